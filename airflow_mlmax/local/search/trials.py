"""The training jobs of a tuning job: how one is asked for, and what is read from those that are there."""

import math
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_mlmax.local.operations.jobs import first_answer
from airflow_mlmax.local.resources import arn
from airflow_mlmax.local.search.ranges import ranges_of
from airflow_mlmax.local.search.strategies import Point, Search, search
from airflow_mlmax.local.store import AlreadyExists, Record
from airflow_mlmax.sagemaker.jobs import TRAINING

if TYPE_CHECKING:
    from airflow_mlmax.local.jobs.job import Job
    from airflow_mlmax.local.store import Store

_SHARED = (
    "AlgorithmSpecification", "RoleArn", "InputDataConfig", "VpcConfig", "OutputDataConfig", "ResourceConfig",
    "StoppingCondition", "EnableNetworkIsolation", "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining", "CheckpointConfig", "RetryStrategy", "Environment",
)  # fmt: skip
"""Members that a training definition has in common with CreateTrainingJob."""

_SUMMARY = (
    "TrainingJobDefinitionName", "TrainingJobName", "TrainingJobArn", "TuningJobName", "CreationTime",
    "TrainingStartTime", "TrainingEndTime", "TrainingJobStatus", "TunedHyperParameters", "FailureReason",
    "FinalHyperParameterTuningJobObjectiveMetric", "ObjectiveStatus",
)  # fmt: skip
_OBJECTIVE = "FinalHyperParameterTuningJobObjectiveMetric"
_RETRYABLE = ("InternalServerError", "CapacityError")


@dataclass(frozen=True)
class Objective:
    """What a search is for."""

    metric: str
    is_maximized: bool

    @classmethod
    def of(cls, request: Mapping[str, Any], definition: Mapping[str, Any]) -> "Objective":
        """The definition's own, else the one of the whole tuning job."""
        common = request["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective")
        given = definition.get("TuningObjective") or common
        return cls(given["MetricName"], given["Type"] == "Maximize")

    def is_better(self, value: float, than: float) -> bool:
        return value > than if self.is_maximized else value < than


@dataclass(frozen=True)
class Definition:
    """One training job definition with its search."""

    request: dict[str, Any]
    objective: Objective
    search: Search

    @classmethod
    def all(cls, request: Mapping[str, Any]) -> "list[Definition]":
        """The definitions of a tuning request. Raises ValueError for what cannot be searched."""
        config = request["HyperParameterTuningJobConfig"]
        made = []
        for given in request.get("TrainingJobDefinitions") or [request["TrainingJobDefinition"]]:
            objective = Objective.of(request, given)
            ranges = ranges_of(given.get("HyperParameterRanges") or config.get("ParameterRanges", {}))
            found = search(
                config["Strategy"], ranges, config.get("RandomSeed"), is_maximized=objective.is_maximized
            )
            made.append(cls(given, objective, found))
        if len({definition.objective.is_maximized for definition in made}) > 1:
            raise ValueError("TrainingJobDefinitions that maximize and minimize have no common best job")
        return made

    def start(self, job: "Job", number: int, point: Point) -> Record:
        """Create the training job of a point as a client would, and queue it."""
        while True:
            name = f"{job.name}-{number:03d}-{secrets.token_hex(4)}"
            request = self._training_request(job, name, point)
            answer = {
                **first_answer(TRAINING, request),
                TRAINING.arn_key: arn(job.region, TRAINING.resource, name),
                TRAINING.status_key: "InProgress",
                "TuningJobArn": job.arn,
                "TuningJobName": job.name,
                "TunedHyperParameters": point,
                "ObjectiveStatus": "Pending",
            }
            if "DefinitionName" in self.request:
                answer["TrainingJobDefinitionName"] = self.request["DefinitionName"]
            try:
                record = job.site.store.insert(job.region, TRAINING.resource, name, request, answer)
            except AlreadyExists:
                continue
            job.site.engine.submit(record)
            return record

    def _training_request(self, job: "Job", name: str, point: Point) -> dict[str, Any]:
        request = {member: self.request[member] for member in _SHARED if member in self.request}
        if tuned := self.request.get("HyperParameterTuningResourceConfig"):
            first = tuned.get("InstanceConfigs", [{}])[0]
            request["ResourceConfig"] = {
                key: value
                for key, value in {**tuned, **first}.items()
                if key not in {"InstanceConfigs", "AllocationStrategy"}
            }
        if tags := job.record.description.get("Tags"):
            request["Tags"] = tags
        fixed = self.request.get("StaticHyperParameters", {})
        target = {"_tuning_objective_metric": self.objective.metric}
        return {**request, "TrainingJobName": name, "HyperParameters": {**fixed, **point, **target}}


def settled(store: "Store", child: Record, objective: Objective) -> Record:
    """Write down what an ended training job made of the objective."""
    found = {metric["MetricName"]: metric["Value"] for metric in child.answer.get("FinalMetricDataList", ())}
    value = found.get(objective.metric)
    answer: dict[str, Any] = {"ObjectiveStatus": "Failed", "LastModifiedTime": time.time()}
    if value is not None and math.isfinite(value):
        kind = "Maximize" if objective.is_maximized else "Minimize"
        answer[_OBJECTIVE] = {"Type": kind, "MetricName": objective.metric, "Value": value}
        if child.answer[TRAINING.status_key] == "Completed":
            answer["ObjectiveStatus"] = "Succeeded"
    return store.update(child.region, child.kind, child.name, answer)


def value_of(child: Record) -> float | None:
    """The objective of a completed job; None for one that has no part in the comparison."""
    if child.answer.get("ObjectiveStatus") != "Succeeded":
        return None
    return float(child.answer[_OBJECTIVE]["Value"])


def best_of(children: Iterable[Record], objective: Objective) -> Record | None:
    """The job with the best objective, of equal ones the first."""
    best: Record | None = None
    for child in children:
        value = value_of(child)
        leader = value_of(best) if best else None
        if value is not None and (leader is None or objective.is_better(value, leader)):
            best = child
    return best


def children_of(store: "Store", region: str, tuning_arn: str) -> list[Record]:
    """The stored training jobs of a tuning job, in the order of their creation."""
    records = store.records(region, TRAINING.resource)
    return [record for record in records if record.answer.get("TuningJobArn") == tuning_arn]


def summary(child: Record) -> dict[str, Any]:
    """A `HyperParameterTrainingJobSummary`."""
    description = child.description
    return {member: description[member] for member in _SUMMARY if member in description}


def counters(children: Iterable[Record]) -> dict[str, dict[str, int]]:
    """`TrainingJobStatusCounters` and `ObjectiveStatusCounters`."""
    states = Counter(map(_state, children))
    objectives = Counter(str(child.answer["ObjectiveStatus"]) for child in children)
    names = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
    return {
        "TrainingJobStatusCounters": {name: states[name] for name in names},
        "ObjectiveStatusCounters": {name: objectives[name] for name in ("Succeeded", "Pending", "Failed")},
    }


def _state(child: Record) -> str:
    status = TRAINING.status(child.answer)
    if status.is_active:
        return "InProgress"
    if str(status) != "Failed":
        return str(status)
    is_retryable = str(child.answer.get("FailureReason", "")).startswith(_RETRYABLE)
    return "RetryableError" if is_retryable else "NonRetryableError"
