"""The feature-attribution monitor: which features move a model's predictions, and whether that order has changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import capture, dataset
from .attribution_drift import Change, attributions, too_few
from .drift import DRIFT
from .features import Features, features, predictions
from .job import BACKGROUND, Job
from .kernel_shap import Explanation, Game, explain
from .model import ScriptModel, loaded
from .reading import Chunk, DataError
from .result import Result
from .sampling import Sample, drawn
from .sketch import Floats
from .table import Indexes

VERSION = "1.0"
_FEWEST, _SAMPLES = 2, 256

AGGREGATES: Mapping[str, Callable[[Floats], Floats]] = {
    "mean_abs": lambda values: np.abs(values).mean(axis=0),
    "median": lambda values: np.median(values, axis=0),
    "mean_sq": lambda values: (values**2).mean(axis=0),
}
"""How the values of all rows become one for each feature, in Clarify's words for `agg_method`."""


@dataclass(frozen=True)
class Settings:
    """`attribution_config`. Rows to explain are drawn from the data, and those of a baseline's background, apart from them.

    The model predicts `num_samples * max_rows * background_rows` rows.
    """

    label: str = "label0"
    num_samples: int | None = None
    """Coalitions; 256, or twice the features if that is more, where nothing is said."""

    max_rows: int = 100
    background_rows: int = 10
    agg_method: str = "mean_abs"
    seed: int = 0
    content_type: str = "text/csv"

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Settings":
        """:raises DataError: for a word that is none, or a number that is none or too small"""
        given = {name: value for name, value in given.items() if value is not None}
        if strangers := sorted(given.keys() - cls.__dataclass_fields__.keys()):
            raise DataError(
                f"attribution_config has {strangers[0]!r}; it knows {', '.join(cls.__dataclass_fields__)}."
            )
        numbers = {
            name: _whole(given[name], name, least)
            for name, least in (("num_samples", 1), ("max_rows", 1), ("background_rows", 1), ("seed", 0))
            if name in given
        }
        settings = cls(**{**given, **numbers})
        if settings.agg_method not in AGGREGATES:
            raise DataError(
                f"agg_method {settings.agg_method!r} is unknown; give one of {', '.join(AGGREGATES)}."
            )
        return settings

    def coalitions(self, features: int) -> int:
        """:raises DataError: for fewer than tell the features apart"""
        if self.num_samples is None:
            return max(_SAMPLES, 2 * features)
        if self.num_samples < min(2 * features, 2**features - 2):
            raise DataError(
                f"num_samples {self.num_samples} is too small for {features} features; give {2 * features} or more."
            )
        return self.num_samples


def analyze(job: Job) -> Result:
    """Kernel SHAP of some rows, and how much of a baseline's ranking of features is left, if there is one."""
    settings, given = Settings.of(job.settings("attribution_config")), job.constraints
    before = None if given is None else attributions(given, settings.label)
    sample, background = _sample(job, settings)
    enough = max(job.min_rows, _FEWEST)
    if sample.total < enough and before is None:
        raise DataError(f"a baseline needs at least {enough} rows, the data have {sample.total}.")
    if sample.total < enough:
        few = [too_few(settings.label, sample.total, enough)]
        return Result({"analysis": {"version": VERSION}}, few, {"rows": sample.total}, VERSION)
    with loaded(job.model_source) as model:
        table = features(model, sample, settings.content_type, _header(job))
        found = _explained(table, background, model, settings)
    live = found.attributions(settings.agg_method)
    entry = {"global_shap_values": live, "expected_value": found.explanation.expected}
    files = {
        "analysis": {"version": VERSION, "explanations": {"kernel_shap": {settings.label: entry}}},
        Path(BACKGROUND).stem: sample.first(background).document(),
    }
    verdict = {"rows": sample.total, "explained": len(found.explanation.values)}
    if before is None:
        return Result(files, None, verdict, VERSION)
    change = Change(settings.label, before, live)
    violations = [change.violation()] if change.state == DRIFT else []
    return Result(files, violations, {**verdict, **change.document()}, VERSION)


def _sample(job: Job, settings: Settings) -> tuple[Sample, int]:
    """The rows of the background, then those to explain; and how many the first are.

    The background is the baseline's, so that a value that a whole day shares still differs from it. Where there is none
    it is drawn like the rest; of too few rows for both, half.
    """
    if known := job.background:
        first = Sample.of(known)
        return drawn(_inputs(job), settings.max_rows, settings.seed).after(first), len(first.rows)
    sample = drawn(_inputs(job), settings.max_rows + settings.background_rows, settings.seed)
    return sample, min(settings.background_rows, len(sample.rows) // 2)


def _explained(table: Features, background: int, model: ScriptModel, settings: Settings) -> "Explained":
    width, rows = len(table.names), len(table) - background
    samples = settings.coalitions(width)
    order = np.roll(np.arange(len(table)), -background)  # a game has its background behind its rows

    def predict(source: Indexes) -> Floats:
        return predictions(model, table.mixed(order[source]))

    print(f"explaining {rows} rows, {width} features: {samples} coalitions, {background} background rows")
    return Explained(table.names, explain(Game(predict, rows, background, width), samples, settings.seed))


@dataclass(frozen=True)
class Explained:
    """Shapley values of some rows, and the names of their columns."""

    names: Sequence[str]
    explanation: Explanation

    def attributions(self, method: str) -> dict[str, float]:
        """One value for each feature."""
        return dict(zip(self.names, AGGREGATES[method](self.explanation.values).tolist(), strict=True))


def _whole(value: Any, name: str, least: int) -> int:
    if not str(value).isdigit() or int(value) < least:
        raise DataError(f"attribution_config: {name} {value!r} is no whole number from {least} on.")
    return int(value)


def _inputs(job: Job) -> Iterator[Chunk]:
    """The columns that the model was given; captured records hold its answers too."""
    for chunk in dataset.rows(job):
        if capture.LAYOUT in job.layout:
            yield {
                name: each
                for name, each in chunk.items()
                if name != capture.KEY and not name.startswith(capture.OUTPUT)
            }
        else:
            yield chunk


def _header(job: Job) -> bool:
    """Whether the columns have names that the model knows."""
    options = job.layout.get("csv", {"header": capture.LAYOUT not in job.layout}) or {}
    return str(options.get("header", False)).lower() == "true"
