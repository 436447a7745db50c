"""Search strategies of tuning jobs: which hyperparameters the next training job gets."""

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Protocol

from airflow_mlmax.local.search.ranges import Choice, NumberRange, Range

Point = dict[str, str]
"""Values of the tuned hyperparameters, as a training job gets them."""

_DRAWS = 1000
"""Draws after which a random search takes its ranges for exhausted."""


OPTUNA_MISSING = (
    "Strategy Bayesian needs optuna, which is not installed beside the local runtime: "
    "install airflow-mlmax[local,bayesian] or use Strategy Random"
)


def has_optuna() -> bool:
    """Whether Bayesian search is possible."""
    return find_spec("optuna") is not None


class Search(Protocol):
    """A strategy over the ranges of one training job definition."""

    def next(self) -> Point | None:
        """The next point, or None when there is none left."""

    def seen(self, point: Point, value: float | None) -> None:
        """Learn the objective of a point of this search or of an earlier one; None if it has none."""


class RandomSearch:
    """Independent draws, each point once. The same seed gives the same points, whatever the jobs answer."""

    def __init__(self, ranges: Sequence[Range], seed: int | None) -> None:
        self._ranges = ranges
        self._random = random.Random(seed)  # noqa: S311 - a search, not a secret
        self._drawn: set[tuple[str, ...]] = set()

    def next(self) -> Point | None:
        for _ in range(_DRAWS):
            point = {item.name: self._draw(item) for item in self._ranges}
            key = tuple(point.values())
            if key not in self._drawn:
                self._drawn.add(key)
                return point
        return None

    def _draw(self, item: Range) -> str:
        share = self._random.random()
        if isinstance(item, Choice):
            return item.values[int(share * len(item.values))]
        return item.text(item.at(share))

    def seen(self, point: Point, value: float | None) -> None:
        """Random search does not learn."""


class GridSearch:
    """Every combination of categorical values once, the last range varying fastest."""

    def __init__(self, ranges: Sequence[Range]) -> None:
        """Raises ValueError for a range that is not categorical."""
        numeric = [item.name for item in ranges if isinstance(item, NumberRange)]
        if numeric:
            raise ValueError(
                f"Grid takes categorical ranges only; {', '.join(numeric)} must list their values"
            )
        values = (item.values for item in ranges if isinstance(item, Choice))
        self._names = [item.name for item in ranges]
        self._points = itertools.product(*values)

    def next(self) -> Point | None:
        point = next(self._points, None)
        return None if point is None else dict(zip(self._names, point, strict=True))

    def seen(self, point: Point, value: float | None) -> None:
        """A grid does not learn."""


class BayesianSearch:
    """Tree-structured Parzen estimator of optuna: near the good points more often than elsewhere."""

    def __init__(self, ranges: Sequence[Range], seed: int | None, *, is_maximized: bool) -> None:
        """Raises ValueError if optuna is not installed."""
        if not has_optuna():
            raise ValueError(OPTUNA_MISSING)
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._optuna = optuna
        self._ranges = ranges
        self._axes = {item.name: _axis(optuna, item) for item in ranges}
        sampler = optuna.samplers.TPESampler(seed=seed, constant_liar=True)  # jobs run in parallel
        self._study = optuna.create_study(
            direction="maximize" if is_maximized else "minimize", sampler=sampler
        )
        self._running: dict[tuple[str, ...], list[Any]] = {}

    def next(self) -> Point | None:
        trial = self._study.ask(self._axes)
        point = {item.name: _spelled(item, trial.params[item.name]) for item in self._ranges}
        self._running.setdefault(tuple(point.values()), []).append(trial)
        return point

    def seen(self, point: Point, value: float | None) -> None:
        running = self._running.get(tuple(point.get(item.name, "") for item in self._ranges))
        states = self._optuna.trial.TrialState
        if running:
            self._study.tell(running.pop(), value, state=states.FAIL if value is None else states.COMPLETE)
            return
        place = {item.name: _measured(item, point.get(item.name, "")) for item in self._ranges}
        if value is not None and None not in place.values():
            made = self._optuna.trial.create_trial(params=place, distributions=self._axes, value=value)
            self._study.add_trial(made)


def _axis(optuna: Any, item: Range) -> Any:
    """The distribution over one range; a reversed logarithmic one is searched in the distance from 1."""
    if isinstance(item, Choice):
        return optuna.distributions.CategoricalDistribution(item.values)
    is_log = item.scale != "Linear"
    if item.is_integer:
        return optuna.distributions.IntDistribution(int(item.low), int(item.high), log=is_log)
    low, high = item.low, item.high
    if item.scale == "ReverseLogarithmic":
        low, high = 1 - high, 1 - low
    return optuna.distributions.FloatDistribution(low, high, log=is_log)


def _spelled(item: Range, place: Any) -> str:
    if isinstance(item, Choice):
        return str(place)
    value = 1 - place if item.scale == "ReverseLogarithmic" else place
    return item.text(min(max(value, item.low), item.high))


def _measured(item: Range, text: str) -> Any:
    """Where on its axis a value lies; None if it does not."""
    if isinstance(item, Choice):
        return text if text in item.values else None
    value = item.value(text)
    if value is None or item.scale != "ReverseLogarithmic":
        return value
    return min(max(1 - value, 1 - item.high), 1 - item.low)


def search(strategy: str, ranges: Sequence[Range], seed: int | None, *, is_maximized: bool) -> Search:
    """The search for a strategy. Raises ValueError for ranges or a strategy that it cannot do."""
    makers: Mapping[str, Callable[[], Search]] = {
        "Random": lambda: RandomSearch(ranges, seed),
        "Grid": lambda: GridSearch(ranges),
        "Bayesian": lambda: BayesianSearch(ranges, seed, is_maximized=is_maximized),
    }
    if strategy not in makers:
        raise ValueError(
            f"Strategy {strategy} is not implemented by the local runtime; use {', '.join(makers)}"
        )
    if not ranges:
        raise ValueError("there is no hyperparameter range to search")
    return makers[strategy]()
