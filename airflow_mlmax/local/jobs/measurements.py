"""Metrics of a training job: what its regular expressions find in its log lines, and nothing else."""

import re
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_mlmax.local.jobs.job import Job, JobError

_NAMESPACE = "/aws/sagemaker/TrainingJobs"


class Measurements:
    """Searches every line for every metric; group 1 is the value, and the last value of each metric is the final one."""

    def __init__(self, job: Job, definitions: Sequence[Mapping[str, str]]) -> None:
        """`definitions` as in `MetricDefinitions`. Raises JobError for a regular expression that does not compile."""
        self.job = job
        self._patterns = [(definition["Name"], _compiled(definition)) for definition in definitions]
        self._final: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def seen(self, line: str) -> None:
        """Look at one line of the log; every match goes to CloudWatch at once."""
        for name, pattern in self._patterns:
            value = _value(pattern.search(line))
            if value is not None:
                now = time.time()
                with self._lock:
                    self._final[name] = {"MetricName": name, "Value": value, "Timestamp": now}
                dimensions = {"TrainingJobName": self.job.name}
                self.job.site.metrics.put(self.job.region, _NAMESPACE, name, dimensions, value, now)

    def final(self) -> list[dict[str, Any]]:
        """`FinalMetricDataList`."""
        with self._lock:
            return list(self._final.values())


def _compiled(definition: Mapping[str, str]) -> re.Pattern[str]:
    try:
        return re.compile(definition["Regex"])
    except re.error as error:
        raise JobError(
            f"ClientError: metric {definition['Name']}: {definition['Regex']!r}: {error}"
        ) from error


def _value(match: re.Match[str] | None) -> float | None:
    """Group 1 as a number; None for a pattern without a group or a group that is no number."""
    try:
        return float(match[1]) if match else None
    except (IndexError, TypeError, ValueError):
        return None
