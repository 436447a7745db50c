"""The most that a job can cost, told from its request: its time limit times its instances times their list price.

Tuning counts the smaller of all children at their own limit and of the children at a time at the search's. The service overruns
limits by minutes, and what `airflow_mlmax.costs.charges` does not count is not counted here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_mlmax.costs.charges import HOUR, Charge
from airflow_mlmax.costs.prices import Prices
from airflow_mlmax.sagemaker.jobs import TRAINING, TRANSFORM, TUNING, JobType
from airflow_mlmax.sagemaker.measures import compute, machines, time_limit

_CHOICES = ("InstancePreferences", "InstanceConfigs")
"""Members that name several types of which SageMaker takes one."""


def maximum(job_type: JobType, request: Mapping[str, Any], prices: Prices, *, own_limit: float) -> Charge:
    """The charge of one job that takes all its time, on the dearest of the instances that it may get.

    :param own_limit: seconds after which its task stops a job that SageMaker sets no limit to
    """
    definitions = list(_definitions(request)) if job_type is TUNING else [request]
    kind = TRAINING if job_type is TUNING else job_type
    hourly = [_hourly(kind, each, prices) for each in definitions]
    usd, unknown = (
        max((price for price, _ in hourly), default=0.0),
        frozenset().union(*(names for _, names in hourly)),
    )
    seconds = (
        _search_seconds(request, definitions) if job_type is TUNING else _seconds(kind, request, own_limit)
    )
    return Charge(usd * seconds / HOUR, 0.0, unknown, prices.as_of)


def _seconds(job_type: JobType, request: Mapping[str, Any], own_limit: float) -> float:
    if job_type is TRANSFORM:
        return own_limit
    running = (request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds")
    idle = (compute(job_type, request) or {}).get("KeepAlivePeriodInSeconds") or 0
    return float(running or time_limit(job_type, {})) + float(idle)


def _search_seconds(request: Mapping[str, Any], definitions: list[Mapping[str, Any]]) -> float:
    """Seconds of all children together."""
    limits = request.get("HyperParameterTuningJobConfig", {}).get("ResourceLimits", {})
    child = max((_seconds(TRAINING, each, 0) for each in definitions), default=0.0)
    parallel = int(limits.get("MaxParallelTrainingJobs") or 1) * time_limit(TUNING, request)
    jobs = limits.get("MaxNumberOfTrainingJobs")
    return parallel if jobs is None else min(int(jobs) * child, parallel)


def _definitions(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The training jobs that a search may start, as far as money goes: with their machines where any other job has them."""
    for each in [request.get("TrainingJobDefinition"), *(request.get("TrainingJobDefinitions") or ())]:
        if each:
            resources = each.get("HyperParameterTuningResourceConfig") or each.get("ResourceConfig")
            yield {**each, "ResourceConfig": resources}


def _hourly(job_type: JobType, request: Mapping[str, Any], prices: Prices) -> tuple[float, frozenset[str]]:
    """USD for an hour of the whole job on the dearest machines it may get, and the types without a price."""
    resources = compute(job_type, request) or {}
    choices = [group for name in _CHOICES for group in resources.get(name) or ()]
    alternatives = [
        [(str(each["InstanceType"]), int(each.get("InstanceCount") or resources.get("InstanceCount") or 1))]
        for each in choices
    ]
    highest, unknown = 0.0, set()
    for group in alternatives or [machines(job_type, request)]:
        priced = [(prices.hourly(job_type, name), name, count) for name, count in group]
        unknown |= {name for price, name, _ in priced if price is None}
        highest = max(highest, sum((price or 0.0) * count for price, _, count in priced))
    return highest, frozenset(unknown)
