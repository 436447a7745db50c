"""The operator of hyperparameter tuning jobs."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.costs.charges import Charge, search_charge
from airflow_mlmax.exceptions import UserCodeError
from airflow_mlmax.failures import failure
from airflow_mlmax.hooks.children import children
from airflow_mlmax.hooks.s3 import S3Objects, archive_uri
from airflow_mlmax.operators.base import SageMakerJobOperator
from airflow_mlmax.operators.building import Source, source_of, upload
from airflow_mlmax.sagemaker.jobs import TRAINING, TUNING, JobType
from airflow_mlmax.sagemaker.requests import Request, TuningRequest
from airflow_mlmax.sagemaker.results import children_billable_seconds, tuning_result


class TuningJobOperator(SageMakerJobOperator):
    """Searches hyperparameters: many training jobs, one winner.

    XCom: `best_training_job`, `best_objective`, `best_hyperparameters`, `model_artifacts` (S3 URI of the winner),
    `code_sha256` (hash of its scripts), `completed_jobs` and `failed_jobs`, beside the keys of every job; `billable_seconds` sums up all children.

    :param objective: `{metric, type}`; `type` is `Maximize` or `Minimize`
    :param ranges: by hyperparameter a list of categories or `{type: integer | continuous, min, max, scaling}`
    :param training: arguments of `TrainingJobOperator`: what every child runs
    :param definitions: several such dicts, each with its own `name`, `objective` and `ranges`, instead of `training`
    :param role_arn: role of the children, where their arguments name none
    :param code_uri: S3 prefix for the code of the children, where their arguments name none
    :param strategy: `Bayesian`, `Random`, `Grid` or `Hyperband`
    :param hyperband: `{min_resource, max_resource}`
    :param max_jobs: children in all; 10 where nothing is said, except for Grid, which tries every combination
    :param max_parallel_jobs: children at a time
    :param max_runtime: seconds for the whole search; each child has its own limit
    :param early_stopping: `Auto` or `Off`
    :param warm_start: `{parents, type}`: earlier tuning jobs to learn from
    :param completion_criteria: `{target_value, max_jobs_not_improving, convergence_detected}`
    :param random_seed: makes a search repeatable
    :param min_completed: children that must have completed, else the task fails
    :param security: the environment's security block, see `airflow_mlmax.sagemaker.security.Security`
    :param config: a whole request in AWS's own words instead of the arguments above
    :raises BadRequestError: a request with faults, all of them named, before anything is sent
    :raises UserCodeError: no child reported the objective, or fewer than `min_completed` completed
    """

    job_type: ClassVar[JobType] = TUNING
    request_kind: ClassVar[type[Request]] = TuningRequest
    template_fields: Sequence[str] = (
        *SageMakerJobOperator.template_fields,
        *("objective", "ranges", "training", "definitions", "role_arn", "code_uri", "strategy"),
        *("hyperband", "max_jobs", "max_parallel_jobs", "max_runtime", "early_stopping", "warm_start"),
        *("completion_criteria", "random_seed", "min_completed", "security", "config"),
    )

    def __init__(
        self,
        *,
        objective: dict[str, Any] | None = None,
        ranges: dict[str, Any] | None = None,
        training: dict[str, Any] | None = None,
        definitions: list[dict[str, Any]] | None = None,
        role_arn: str | None = None,
        code_uri: str | None = None,
        strategy: str = "Bayesian",
        hyperband: dict[str, Any] | None = None,
        max_jobs: int | str | None = None,
        max_parallel_jobs: int | str = 1,
        max_runtime: int | str | None = None,
        early_stopping: str = "Off",
        warm_start: dict[str, Any] | None = None,
        completion_criteria: dict[str, Any] | None = None,
        random_seed: int | str | None = None,
        min_completed: int | str = 1,
        security: dict[str, Any] | None = None,
        config: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.objective = objective
        self.ranges = ranges
        self.training = training
        self.definitions = definitions
        self.role_arn = role_arn
        self.code_uri = code_uri
        self.strategy = strategy
        self.hyperband = hyperband
        self.max_jobs = max_jobs
        self.max_parallel_jobs = max_parallel_jobs
        self.max_runtime = max_runtime
        self.early_stopping = early_stopping
        self.warm_start = warm_start
        self.completion_criteria = completion_criteria
        self.random_seed = random_seed
        self.min_completed = min_completed
        self.security = security
        self.config = config

    _described: list[dict[str, Any]] | None = None

    def locate(self, context: Context) -> list[Source]:
        trainings = [self.training] if self.training is not None else self.definitions or []
        sources = [
            source_of(context, {"code_uri": self.code_uri, **training}, archive_uri) for training in trainings
        ]
        located = [_located(training, source) for training, source in zip(trainings, sources, strict=True)]
        if self.training is not None:
            self.training = located[0]
        else:
            self.definitions = located or self.definitions
        return sources

    def prepare(self, context: Context) -> None:
        upload(self, self.locate(context), S3Objects.upload_archive)

    def charge(self, description: Mapping[str, Any]) -> Charge:
        return search_charge(self._children(description[TUNING.name_key]), self.known_prices())

    def result(self, description: Mapping[str, Any]) -> dict[str, Any]:
        children = self._children(description[TUNING.name_key])
        winner = (description.get("BestTrainingJob") or {}).get("TrainingJobName")
        best = next((child for child in children if child.get(TRAINING.name_key) == winner), None)
        result = tuning_result(description, best)
        if winner is None:
            raise self._no_winner(description, "completed, but no child reported the objective metric")
        if result["completed_jobs"] < int(self.min_completed):
            what = f"has {result['completed_jobs']} completed children; min_completed is {self.min_completed}"
            raise self._no_winner(description, what)
        return {**result, "billable_seconds": children_billable_seconds(children)}

    def _children(self, name: str) -> list[dict[str, Any]]:
        """The description of every child of a search that is over."""
        if self._described is None:
            self._described = list(children(self.hook, name))
        return self._described

    def _no_winner(self, description: Mapping[str, Any], what: str) -> Exception:
        name = str(description[TUNING.name_key])
        return failure(UserCodeError, self.job_type, name, what, link=self._link(name))


def _located(training: dict[str, Any], source: Source) -> dict[str, Any]:
    """The arguments of one training with the place of its code instead of the local folder."""
    kept = {key: value for key, value in training.items() if key not in {"source_dir", "code_uri"}}
    return kept if source.uri is None else {**kept, "source_uri": source.uri}
