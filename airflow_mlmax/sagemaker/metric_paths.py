"""Numbers in a nested report of metrics, by a path with dots: `model.roc_auc`, `slices.origin=LGA.roc_auc`."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STAR = "*"
_NOTHING = object()
_MOST_NAMES = 10


class MissingMetricError(ValueError):
    """A metric is not in the report, or is there but no finite number."""


@dataclass(frozen=True)
class SlicePath:
    """A path with one `*` in the name of a slice, such as `slices.origin=*.roc_auc`.

    :raises ValueError: there is not exactly one `*`, or no metric after the name that holds it
    """

    text: str

    def __post_init__(self) -> None:
        if self.text.count(STAR) != 1 or "." not in self.text.partition(STAR)[2]:
            raise ValueError(
                f"{self.text!r} must have one {STAR} in the name of a slice and a metric after it, "
                "such as slices.origin=*.roc_auc"
            )

    def of(self, value: str) -> str:
        """The path of one slice's metric."""
        return self.text.replace(STAR, value)

    def rows(self, value: str) -> str:
        """The path of the slice's row count, which stands beside its metrics."""
        before, _, after = self.text.partition(STAR)
        return f"{before}{value}{after.partition('.')[0]}.rows"

    def values(self, report: Mapping[str, Any]) -> set[str]:
        """What `*` stands for in a report: one text for each slice that fits, whether or not it has the metric."""
        before, _, after = self.text.partition(STAR)
        folder, _, start = before.rpartition(".")
        end = after.partition(".")[0]
        found = _at(report, folder) if folder else report
        names = found if isinstance(found, Mapping) else {}
        fitting = [name for name in names if name.startswith(start) and name.endswith(end)]
        return {name[len(start) : len(name) - len(end)] for name in fitting if len(name) > len(start + end)}


def metric(report: Mapping[str, Any], path: str) -> float:
    """The finite number at a dotted path. Raises MissingMetricError with what stands there instead."""
    value = _at(report, path)
    if value is _NOTHING:
        close = difflib.get_close_matches(path, known := sorted(_paths(report)), n=1)
        there = ", ".join(known[:_MOST_NAMES]) or "none"
        hint = f"did you mean {close[0]!r}?" if close else f"there is {there}"
        raise MissingMetricError(f"{path} is not in the report; {hint}")
    if not is_finite(value):
        raise MissingMetricError(f"{path} is {value!r}, not a finite number")
    return float(value)


def is_finite(value: Any) -> bool:
    """Whether it is a number that can be compared; a truth value is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _at(value: Any, path: str) -> Any:
    """What stands at a path; a name may hold dots itself, as `carrier=U.S.` does."""
    if not isinstance(value, Mapping):
        return _NOTHING
    if path in value:
        return value[path]
    for name, below in value.items():
        if path.startswith(f"{name}.") and (found := _at(below, path[len(name) + 1 :])) is not _NOTHING:
            return found
    return _NOTHING


def _paths(report: Mapping[str, Any], prefix: str = "") -> list[str]:
    paths = []
    for name, value in report.items():
        if isinstance(value, Mapping):
            paths += _paths(value, f"{prefix}{name}.")
        elif isinstance(value, int | float):
            paths.append(f"{prefix}{name}")
    return paths
