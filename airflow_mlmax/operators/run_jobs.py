"""The SageMaker jobs of a run and what each has cost: those of earlier tries, and of runs before a clear, are paid for too."""

import logging
from collections.abc import Mapping
from typing import Any

from airflow_mlmax.costs.charges import charge, search_charge
from airflow_mlmax.costs.prices import Prices
from airflow_mlmax.exceptions import ApiError, TransientApiError
from airflow_mlmax.hooks.children import children
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.operators.claim import all_jobs
from airflow_mlmax.records.jobs import job_facts
from airflow_mlmax.sagemaker import ownership
from airflow_mlmax.sagemaker.jobs import JOB_TYPES, TUNING, JobKey, JobType
from airflow_mlmax.sagemaker.measures import billable_seconds
from airflow_mlmax.sagemaker.results import children_billable_seconds

log = logging.getLogger(__name__)


class RunJobs:
    """Finds the jobs of task instances by their names. What cannot be had is told and left out, and its cost unknown.

    :param prices: for jobs that have not told what they cost
    """

    def __init__(self, hook: SageMakerJobHook, prices: Prices) -> None:
        self._hook = hook
        self._prices = prices
        self._away = False

    def of(self, task: Any, key: JobKey, xcom: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The fields of the records of a task instance's jobs, in the order in which they were made.

        :param xcom: of its last try, which tells its job's name and, if it ended well, the cost
        """
        job_type: Any = getattr(getattr(task, "operator_class", task), "job_type", None)
        if job_type not in JOB_TYPES.values():
            return []
        stem, _, number = str(xcom.get("job_name") or f"{key.stem(job_type)}-0").rpartition("-")
        jobs: dict[int, dict[str, Any]] = {each: _named(stem, each) for each in range(1, int(number) + 1)}
        if jobs:
            jobs[len(jobs)] |= _told(xcom)
        if self._away:  # one question in vain is enough: each is repeated for a while
            return list(jobs.values())
        try:
            for each, description in enumerate(all_jobs(self._hook, job_type, stem), 1):
                known = jobs.get(each, _named(stem, each))
                jobs[each] = {
                    **self._described(job_type, description, is_priced="cost_usd" in known),
                    **known,
                }
        except ApiError as error:
            self._away = isinstance(error, TransientApiError)
            log.warning("The jobs of %s cannot be described, so the record is short: %s", key.task_id, error)
        return list(jobs.values())

    def _described(
        self, job_type: JobType, description: Mapping[str, Any], *, is_priced: bool
    ) -> dict[str, Any]:
        try_number = self._hook.tags(description[job_type.arn_key]).get(ownership.TRY)
        return {
            **job_facts(job_type, description),
            "try_number": int(try_number) if try_number else None,
            **({} if is_priced else self._priced(job_type, description)),
        }

    def _priced(self, job_type: JobType, description: Mapping[str, Any]) -> dict[str, Any]:
        if job_type.status(description).is_active:
            return {}  # it goes on costing
        if job_type is not TUNING:
            seconds = billable_seconds(job_type, description)
            return _cost(charge(job_type, description, self._prices).document(), seconds)
        trained = list(children(self._hook, description[TUNING.name_key]))
        return _cost(search_charge(trained, self._prices).document(), children_billable_seconds(trained))


def _named(stem: str, number: int) -> dict[str, Any]:
    return {"number": number, "name": f"{stem}-{number}"}


def _told(xcom: Mapping[str, Any]) -> dict[str, Any]:
    """What a task that ended well has said of its job."""
    cost = xcom.get("cost")
    return _cost(cost, xcom.get("billable_seconds")) if isinstance(cost, Mapping) else {}


def _cost(document: Mapping[str, Any], seconds: int | None) -> dict[str, Any]:
    """A charge as fields of a record."""
    kept = {key: document[key] for key in ("spot_saving_usd", "unknown_prices", "prices_as_of")}
    return {**kept, "cost_usd": document["usd"], "billable_seconds": seconds}
