"""Requests of `CreateHyperParameterTuningJob`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from airflow_mlmax.sagemaker.groups import Group, argument_group_faults, group_faults, grouped, unknown_keys
from airflow_mlmax.sagemaker.requests.ranges import parameter_ranges, range_faults
from airflow_mlmax.sagemaker.requests.request import Request
from airflow_mlmax.sagemaker.requests.training import TrainingRequest
from airflow_mlmax.sagemaker.requests.values import present

_OF_A_DEFINITION = ("name", "objective", "ranges")
_NOT_IN_TUNING = ("entrypoint", "arguments", "config", "extra", "security")


@dataclass(frozen=True, kw_only=True)
class Objective(Group):
    """The metric to improve; it must be among the metric definitions of an image of one's own."""

    metric: str | None = None
    type: str = "Maximize"

    def objective(self) -> dict[str, Any]:
        return present(Type=self.type, MetricName=self.metric)


@dataclass(frozen=True, kw_only=True)
class WarmStart(Group):
    """Earlier tuning jobs to learn from."""

    parents: list[str] | None = None
    type: str = "IdenticalDataAndAlgorithm"

    def config(self) -> dict[str, Any]:
        parents = [{"HyperParameterTuningJobName": name} for name in self.parents or []]
        return {"ParentHyperParameterTuningJobs": parents, "WarmStartType": self.type}


@dataclass(frozen=True, kw_only=True)
class CompletionCriteria(Group):
    """When the search is good enough."""

    target_value: float | str | None = None
    max_jobs_not_improving: int | str | None = None
    convergence_detected: bool | None = None

    def criteria(self) -> dict[str, Any]:
        stalled = self.max_jobs_not_improving
        converged = self.convergence_detected
        return present(
            TargetObjectiveMetricValue=self.target_value,
            BestObjectiveNotImproving=None
            if stalled is None
            else {"MaxNumberOfTrainingJobsNotImproving": stalled},
            ConvergenceDetected=None
            if converged is None
            else {"CompleteOnConvergence": "Enabled" if converged else "Disabled"},
        )


@dataclass(frozen=True, kw_only=True)
class Hyperband(Group):
    """Resources (epochs) of the Hyperband strategy."""

    min_resource: int | str | None = None
    max_resource: int | str | None = None


@dataclass(frozen=True, kw_only=True)
class TuningRequest(Request):
    """A search over hyperparameters whose children are training jobs."""

    operation: ClassVar[str] = "CreateHyperParameterTuningJob"
    name_key: ClassVar[str] = "HyperParameterTuningJobName"
    role_key: ClassVar[str | None] = None

    objective: Mapping[str, Any] | None = grouped(Objective)
    ranges: Mapping[str, Any] | None = None
    """By name: a list of categories, or `{type: "integer" | "continuous", min, max, scaling}`."""

    training: Mapping[str, Any] | None = None
    """Arguments of a training request: what every child runs."""

    definitions: list[Mapping[str, Any]] | None = None
    """Several of them, each with its own `name`, `objective` and `ranges`, instead of `training`."""

    strategy: str = "Bayesian"
    hyperband: Mapping[str, Any] | None = grouped(Hyperband)
    max_jobs: int | str | None = None
    """Children in all; 10 where nothing is said, except for Grid, which tries every combination."""

    max_parallel_jobs: int | str = 1
    max_runtime: int | str | None = None
    """Seconds for the whole search, from 120; each child has its own limit."""

    early_stopping: str = "Off"
    """`Auto` lets AWS stop children that are unlikely to win."""

    warm_start: Mapping[str, Any] | None = grouped(WarmStart)
    completion_criteria: Mapping[str, Any] | None = grouped(CompletionCriteria)
    random_seed: int | str | None = None

    def body(self) -> dict[str, Any]:
        several = self.definitions is not None
        return present(
            HyperParameterTuningJobConfig=self._search(several=several),
            TrainingJobDefinition=None if several else self._child(self.training or {}).definition(),
            TrainingJobDefinitions=[*map(self._definition, self.definitions or [])] or None,
            WarmStartConfig=WarmStart.of(self.warm_start).config() if self.warm_start else None,
        )

    def argument_faults(self) -> Iterator[str]:
        if (self.training is None) == (self.definitions is None):
            yield "training and definitions exclude each other and one is needed."
        if self.definitions is not None and (self.objective or self.ranges):
            yield "with definitions, objective and ranges belong into each definition; remove them here."
        if self.hyperband and self.strategy != "Hyperband":
            yield f"hyperband is given but strategy is {self.strategy!r}; make it 'Hyperband'."
        yield from range_faults(self.ranges, "ranges")
        yield from self._child_faults(self.training, "training", ())
        for index, definition in enumerate(self.definitions or []):
            where = f"definitions[{index}]"
            yield from group_faults(Objective, definition.get("objective"), f"{where}.objective")
            yield from range_faults(definition.get("ranges"), f"{where}.ranges")
            yield from self._child_faults(definition, where, _OF_A_DEFINITION)

    def _search(self, *, several: bool) -> dict[str, Any]:
        band = Hyperband.of(self.hyperband)
        jobs = 10 if self.max_jobs is None and self.strategy != "Grid" else self.max_jobs
        limits = present(
            MaxNumberOfTrainingJobs=jobs,
            MaxParallelTrainingJobs=self.max_parallel_jobs,
            MaxRuntimeInSeconds=self.max_runtime,
        )
        resources = present(MinResource=band.min_resource, MaxResource=band.max_resource)
        criteria = CompletionCriteria.of(self.completion_criteria).criteria()
        return present(
            Strategy=self.strategy,
            StrategyConfig={"HyperbandStrategyConfig": resources} if resources else None,
            HyperParameterTuningJobObjective=None if several else Objective.of(self.objective).objective(),
            ResourceLimits=limits,
            ParameterRanges=None if several else parameter_ranges(self.ranges),
            TrainingJobEarlyStoppingType=self.early_stopping,
            TuningJobCompletionCriteria=criteria or None,
            RandomSeed=self.random_seed,
        )

    def _definition(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        training = {key: value for key, value in definition.items() if key not in _OF_A_DEFINITION}
        return present(
            DefinitionName=definition.get("name"),
            TuningObjective=Objective.of(definition.get("objective")).objective(),
            HyperParameterRanges=parameter_ranges(definition.get("ranges")),
            **self._child(training).definition(),
        )

    def _child(self, training: Mapping[str, Any]) -> TrainingRequest:
        return TrainingRequest(**{"role_arn": self.role_arn, **training, "security": self.security})

    def _child_faults(
        self, training: Mapping[str, Any] | None, where: str, also_known: tuple[str, ...]
    ) -> Iterator[str]:
        known = [each.name for each in fields(TrainingRequest) if each.name not in _NOT_IN_TUNING]
        unknown = list(unknown_keys(training or {}, [*known, *also_known], where))
        yield from unknown
        if training is None or unknown:
            return
        child = self._child({key: value for key, value in training.items() if key in known})
        groups = list(argument_group_faults(child))
        yield from (f"{where}.{fault}" for fault in groups or child.argument_faults())
