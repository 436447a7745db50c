"""The windows of a rolling-origin back-test: train on the past, test on what came next, move on, again.

Tashman, Out-of-sample tests of forecasting accuracy: an analysis and review, International Journal of Forecasting 16, 2000.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

MOST = 200
"""Windows of one back-test. Each costs three jobs."""

_LEAST = {"train": 1, "validation": 0, "test": 1, "step": 1}


@dataclass(frozen=True)
class Window:
    """Three spans that follow each other. Each begins on its day and ends before the next begins; the last before `end`."""

    train_start: date
    validation_start: date
    test_start: date
    """The origin: the first day that neither training nor tuning may see."""

    end: date

    @property
    def name(self) -> str:
        """The days of the test."""
        return f"{self.test_start} to {self.end - timedelta(days=1)}"


@dataclass(frozen=True)
class Scheme:
    """Where a back-test's windows lie. Lengths and step in days.

    :param first: the first origin
    :param last: no origin is later
    :param expanding: every training begins where the first begins, so it sees all the past; else all are of one length
    """

    first: date
    last: date
    step: int
    train: int
    validation: int
    test: int
    expanding: bool = False

    @classmethod
    def read(cls, params: Mapping[str, Any]) -> "Scheme":
        """The scheme in a DAG's params: `first`, `last` (ISO dates), `step`, `train`, `validation`, `test`, `window`.

        :raises ValueError: names the param that does not fit
        """
        if params["window"] not in {"sliding", "expanding"}:
            raise ValueError(f"window is {params['window']!r}; give sliding or expanding")
        return cls(
            first=date.fromisoformat(params["first"]),
            last=date.fromisoformat(params["last"]),
            **{name: int(params[name]) for name in _LEAST},
            expanding=params["window"] == "expanding",
        )


def rolling_windows(scheme: Scheme) -> list[Window]:
    """All windows of a scheme, oldest first.

    :raises ValueError: names what does not fit
    """
    for name, least in _LEAST.items():
        if getattr(scheme, name) < least:
            raise ValueError(f"{name} is {getattr(scheme, name)} days; give at least {least}")
    if scheme.last < scheme.first:
        raise ValueError(f"the last origin {scheme.last} is before the first, {scheme.first}")
    count = (scheme.last - scheme.first).days // scheme.step + 1
    if count > MOST:
        raise ValueError(f"{count} windows are more than {MOST}; give a longer step or fewer origins")
    origins = [scheme.first + number * timedelta(days=scheme.step) for number in range(count)]
    return [_window(scheme, origin) for origin in origins]


def _window(scheme: Scheme, origin: date) -> Window:
    validation_start = origin - timedelta(days=scheme.validation)
    seen_from = scheme.first - timedelta(days=scheme.validation) if scheme.expanding else validation_start
    return Window(
        train_start=seen_from - timedelta(days=scheme.train),
        validation_start=validation_start,
        test_start=origin,
        end=origin + timedelta(days=scheme.test),
    )
