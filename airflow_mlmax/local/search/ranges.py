"""Ranges of hyperparameters: what may be drawn, on which scale, and how a value is spelled."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Scale = Literal["Linear", "Logarithmic", "ReverseLogarithmic"]

_AUTO_RATIO = 100
"""From this ratio of its bounds on, `Auto` takes a positive range for logarithmic. AWS does not tell its own rule."""


@dataclass(frozen=True)
class NumberRange:
    """All numbers, or all integers, between two bounds, both included."""

    name: str
    low: float
    high: float
    is_integer: bool
    scale: Scale = "Linear"

    @classmethod
    def of(cls, request: Mapping[str, Any], *, is_integer: bool) -> "NumberRange":
        """Raises ValueError for bounds that are no numbers or do not suit the scale."""
        low, high = (float(request[name]) for name in ("MinValue", "MaxValue"))
        scale = request.get("ScalingType", "Auto")
        if scale == "Auto":
            scale = "Logarithmic" if 0 < low * _AUTO_RATIO <= high else "Linear"
        made = cls(request["Name"], low, high, is_integer, scale)
        made._check()
        return made

    def _check(self) -> None:
        where = f"the range of {self.name!r}, {self.low:g} to {self.high:g},"
        if not self.low <= self.high or not math.isfinite(self.high - self.low):
            raise ValueError(f"{where} needs two finite numbers, the smaller first")
        if self.is_integer and not (self.low.is_integer() and self.high.is_integer()):
            raise ValueError(f"{where} needs integers")
        if self.scale == "Logarithmic" and self.low <= 0:
            raise ValueError(f"{where} must be above 0 for Logarithmic scaling")
        if self.scale == "ReverseLogarithmic" and (self.is_integer or self.low < 0 or self.high >= 1):
            raise ValueError(
                f"{where} must be continuous and within 0 <= x < 1 for ReverseLogarithmic scaling"
            )

    def at(self, share: float) -> float:
        """The value at a share from 0 to 1 of the range, measured on its scale."""
        margin = (
            0.5 if self.is_integer else 0.0
        )  # so that the bounds are drawn as often as the numbers between
        low, high = self.low - margin, self.high + margin
        if self.scale == "Logarithmic":
            value = math.exp(_between(math.log(low), math.log(high), share))
        elif self.scale == "ReverseLogarithmic":
            value = 1 - math.exp(_between(math.log1p(-low), math.log1p(-high), share))
        else:
            value = _between(low, high, share)
        return min(max(round(value) if self.is_integer else value, self.low), self.high)

    def text(self, value: float) -> str:
        """The value as a hyperparameter is spelled."""
        return str(int(value)) if self.is_integer else repr(float(value))

    def value(self, text: str) -> float | None:
        """The number that a hyperparameter spells, if it lies in the range."""
        try:
            value = float(text)
        except ValueError:
            return None
        is_inside = self.low <= value <= self.high and (value.is_integer() or not self.is_integer)
        return value if is_inside else None


@dataclass(frozen=True)
class Choice:
    """A list of values."""

    name: str
    values: tuple[str, ...]


Range = NumberRange | Choice


def ranges_of(request: Mapping[str, Any]) -> list[Range]:
    """The ranges in a `ParameterRanges` structure. Raises ValueError for one that cannot be searched."""
    return [*_ranges(request)]


def _ranges(request: Mapping[str, Any]) -> Iterator[Range]:
    for item in request.get("IntegerParameterRanges", ()):
        yield NumberRange.of(item, is_integer=True)
    for item in request.get("ContinuousParameterRanges", ()):
        yield NumberRange.of(item, is_integer=False)
    for item in request.get("CategoricalParameterRanges", ()):
        yield Choice(item["Name"], tuple(dict.fromkeys(item["Values"])))


def _between(low: float, high: float, share: float) -> float:
    return low + (high - low) * share
