"""What is known of a task instance when the run is recorded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

FAILED = frozenset({"failed", "upstream_failed"})

OF_AN_UNFINISHED_TASK: Mapping[str, Sequence[str]] = {
    "failed": (
        *("job_name", "passed", "metrics", "champion", "report_uri"),
        *("violation_count", "reasons", "worst_features"),
        *("model_package_arn", "version", "approval_status"),
    ),
    "skipped": ("refusal",),
}
"""By state the XCom keys that a task may have pushed before it ended; one that ended well gives all of its own as one value."""


@dataclass(frozen=True)
class TaskFacts:
    """A task instance that is over: what Airflow says of it, its XCom, and its jobs."""

    task_id: str
    map_index: int
    state: str
    operator: str | None = None
    seconds: float | None = None
    xcom: Mapping[str, Any] = field(default_factory=dict)
    verdict: Any = None
    """XCom `verdict` of a data-quality gate, which it has even if it closed."""

    jobs: Sequence[Mapping[str, Any]] = ()
    """The fields of the records of its jobs."""

    @property
    def name(self) -> dict[str, Any]:
        """What tells it apart in its run."""
        return {"task_id": self.task_id, "map_index": self.map_index}

    def some(self, *names: str) -> dict[str, Any]:
        """Those of its XCom values that there are."""
        return some(self.xcom, names)


def some(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Those of the values that there are."""
    return {name: values[name] for name in names if values.get(name) is not None}


def is_uri(value: Any) -> TypeGuard[str]:
    """Whether a value of XCom is the S3 URI of something."""
    return isinstance(value, str) and value.startswith("s3://")
