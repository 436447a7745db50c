"""A KLL quantile sketch in Deequ's form: levels of values, where one of level i stands for 2**i values of the data."""

import math

import numpy as np
from numpy.typing import NDArray

K = 2048
C = 0.64

Floats = NDArray[np.float64]


class Sketch:
    """Keeps every value, in order, up to 2,050; from there on a bounded sample whose ranks are nearly right."""

    def __init__(self) -> None:
        self.levels: list[Floats] = [np.empty(0)]
        self._compactions = [0]

    def add(self, values: Floats) -> None:
        self.levels[0] = np.concatenate([self.levels[0], values])
        while sum(map(len, self.levels)) > sum(map(self._capacity, range(len(self.levels)))):
            self._compact()

    def document(self) -> dict[str, object]:
        """`sketch` of `statistics.json`; infinity, which JSON has not, becomes the largest number."""
        data = [np.nan_to_num(level).tolist() for level in self.levels]
        return {"parameters": {"c": C, "k": float(K)}, "data": data}

    def _capacity(self, level: int) -> int:
        height = len(self.levels) - level - 1
        return 2 * (math.ceil(K * C**height / 2) + 1)

    def _compact(self) -> None:
        """Sorts the lowest full level and moves every second value up; the other half is forgotten."""
        level = next(i for i, values in enumerate(self.levels) if len(values) >= self._capacity(i))
        if level + 1 == len(self.levels):
            self.levels.append(np.empty(0))
            self._compactions.append(0)
        values = np.sort(self.levels[level])
        paired = len(values) // 2 * 2
        offset = self._compactions[level] // 2 % 2
        self._compactions[level] += 1
        self.levels[level + 1] = np.concatenate([self.levels[level + 1], values[offset:paired:2]])
        self.levels[level] = values[paired:]


def weighted(levels: list[list[float]]) -> tuple[Floats, Floats]:
    """The values of a sketch's levels, and how many values of the data each stands for."""
    values = [np.asarray(level, dtype=np.float64) for level in levels]
    weights = [np.full(len(level), 2.0**i) for i, level in enumerate(values)]
    if not values:
        return np.empty(0), np.empty(0)
    return np.concatenate(values), np.concatenate(weights)
