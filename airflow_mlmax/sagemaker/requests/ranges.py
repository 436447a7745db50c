"""Ranges of hyperparameters: a list of categories, or two bounds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.sagemaker.groups import Group, group_faults
from airflow_mlmax.sagemaker.requests.values import present, text

_KINDS = {"integer": "IntegerParameterRanges", "continuous": "ContinuousParameterRanges"}


@dataclass(frozen=True, kw_only=True)
class Bounds(Group):
    """A numeric range; `type` is `integer` or `continuous`."""

    type: str | None = None
    min: int | float | str | None = None
    max: int | float | str | None = None
    scaling: str | None = None
    """`Auto`, `Linear`, `Logarithmic` or `ReverseLogarithmic`."""

    def item(self, name: str) -> dict[str, Any]:
        return present(
            Name=name,
            MinValue=None if self.min is None else text(self.min),
            MaxValue=None if self.max is None else text(self.max),
            ScalingType=self.scaling,
        )


def parameter_ranges(ranges: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """`ParameterRanges`: each range under the kind that it says."""
    result: dict[str, list[dict[str, Any]]] = {}
    for name, value in (ranges or {}).items():
        if isinstance(value, list | tuple):
            kind, item = (
                "CategoricalParameterRanges",
                {"Name": name, "Values": [text(each) for each in value]},
            )
        else:
            bounds = Bounds.of(value)
            kind, item = _KINDS[str(bounds.type).lower()], bounds.item(name)
        result.setdefault(kind, []).append(item)
    return result or None


def range_faults(ranges: Mapping[str, Any] | None, where: str) -> Iterator[str]:
    """What is wrong with each range: unknown keys, an unknown type."""
    for name, value in (ranges or {}).items():
        if isinstance(value, list | tuple):
            continue
        faults = list(group_faults(Bounds, value, f"{where}[{name!r}]"))
        yield from faults
        if not faults and str(Bounds.of(value).type).lower() not in _KINDS:
            yield f"{where}[{name!r}] needs type 'integer' or 'continuous'; categories are a plain list."
