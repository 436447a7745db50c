"""Metrics of a model against the truth, under the names of SageMaker's model-quality monitor."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .sketch import Floats

Labels = NDArray[np.str_]
POSITIVE = "1"
"""The class that is the event; also what AWS's `best_constant_classifier` always answers."""

_BETAS = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}
_DRAWS, _DRAWN = 5, 0.8
_FEWEST_TO_DRAW = 200
_CURVE_POINTS = 200


def deviations(measure: Callable[[NDArray[np.intp]], dict[str, float]], rows: int) -> dict[str, Any]:
    """Each metric as `value` and `standard_deviation`, over five draws of 80 %; the text NaN below 200 rows."""
    values = measure(np.arange(rows))
    if rows < _FEWEST_TO_DRAW:
        return {key: {"value": written(value), "standard_deviation": "NaN"} for key, value in values.items()}
    random = np.random.default_rng(0)  # the same rows give the same file
    draws = [
        measure(random.choice(rows, int(rows * _DRAWN), replace=False, shuffle=False)) for _ in range(_DRAWS)
    ]
    return {
        key: {
            "value": written(value),
            "standard_deviation": written(float(np.std([draw[key] for draw in draws]))),
        }
        for key, value in values.items()
    }


def written(value: float) -> float | str:
    """A number as AWS's files have it: JSON has no NaN, so it is a text."""
    return value if math.isfinite(value) else "NaN"


def regression(truth: Floats, predicted: Floats) -> dict[str, float]:
    """`r2` is relative to the mean of the truth; NaN where the truth is constant."""
    error = predicted - truth
    mse = float((error**2).mean())
    spread = float(((truth - truth.mean()) ** 2).mean())
    return {
        "mae": float(np.abs(error).mean()),
        "mse": mse,
        "rmse": math.sqrt(mse),
        "r2": 1 - mse / spread if spread else math.nan,
    }


def binary(truth: Labels, predicted: Labels, score: Floats | None) -> dict[str, float]:
    """Shares of the confusion matrix with the class `1` as the event, and `auc` where there is a score."""
    actual, guessed = truth == POSITIVE, predicted == POSITIVE
    metrics = _of_event(actual, guessed)
    metrics["false_positive_rate"] = ratio(float((~actual & guessed).sum()), float((~actual).sum()))
    metrics["false_negative_rate"] = ratio(float((actual & ~guessed).sum()), float(actual.sum()))
    metrics["true_positive_rate"] = metrics["recall"]
    metrics["true_negative_rate"] = ratio(float((~actual & ~guessed).sum()), float((~actual).sum()))
    if score is not None:
        metrics["auc"] = area(actual, score)
    return {**metrics, **_constant(_of_event(actual, np.ones_like(actual)))}


def multiclass(truth: Labels, predicted: Labels) -> dict[str, float]:
    """Averages over the classes, weighted by how often each is the truth."""
    classes, counts = np.unique(truth, return_counts=True)
    event = POSITIVE if POSITIVE in classes else classes[counts.argmax()]
    return {
        **_weighted(truth, predicted),
        **_constant(_weighted(truth, np.full_like(truth, event, dtype=truth.dtype))),
    }


def confusion_matrix(truth: Labels, predicted: Labels) -> dict[str, dict[str, int]]:
    """Counts by actual label, then by predicted label."""
    labels = sorted({*truth.tolist(), *predicted.tolist()})
    pairs, counts = np.unique(np.stack([truth, predicted]), axis=1, return_counts=True)
    found = {(actual, guess): int(n) for actual, guess, n in zip(*pairs.tolist(), counts, strict=True)}
    return {actual: {guess: found.get((actual, guess), 0) for guess in labels} for actual in labels}


def curves(truth: Labels, score: Floats) -> dict[str, dict[str, list[float]]]:
    """Both curves from the highest threshold to the lowest, at up to 200 points; none without both classes."""
    actual = (truth == POSITIVE)[np.argsort(-score, kind="stable")]
    if actual.all() or not actual.any():
        return {}
    ordered = -np.sort(-score)
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    last = last[np.unique(np.linspace(0, len(last) - 1, _CURVE_POINTS).astype(int))]
    hits, alarms = np.cumsum(actual)[last], last + 1
    events = actual.sum()
    false_rates = (alarms - hits) / (len(actual) - events)
    return {
        "receiver_operating_characteristic_curve": {
            "false_positive_rates": [0.0, *false_rates.tolist()],
            "true_positive_rates": [0.0, *(hits / events).tolist()],
        },
        "precision_recall_curve": {
            "precisions": [1.0, *(hits / alarms).tolist()],
            "recalls": [0.0, *(hits / events).tolist()],
        },
    }


def area(actual: NDArray[np.bool_], score: Floats) -> float:
    """Area under the ROC curve: how often an event scores above a non-event, ties counting half."""
    events = int(actual.sum())
    others = len(actual) - events
    if not events or not others:
        return math.nan
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((rank[actual].sum() - events * (events + 1) / 2) / (events * others))


def ratio(part: float, whole: float) -> float:
    """A share; 0 of nothing is 0, as in Spark and scikit-learn."""
    return part / whole if whole else 0.0


def _of_event(actual: NDArray[np.bool_], guessed: NDArray[np.bool_]) -> dict[str, float]:
    hits = float((actual & guessed).sum())
    precision, recall = ratio(hits, float(guessed.sum())), ratio(hits, float(actual.sum()))
    return {
        "accuracy": float((actual == guessed).mean()),
        "precision": precision,
        "recall": recall,
        **{name: _f(beta, precision, recall) for name, beta in _BETAS.items()},
    }


def _weighted(truth: Labels, predicted: Labels) -> dict[str, float]:
    totals: dict[str, float] = {}
    classes, counts = np.unique(truth, return_counts=True)
    for label, count in zip(classes, counts, strict=True):
        for name, value in _of_event(truth == label, predicted == label).items():
            totals[f"weighted_{name}"] = totals.get(f"weighted_{name}", 0.0) + value * count / len(truth)
    totals.pop("weighted_accuracy", None)
    return {"accuracy": float((truth == predicted).mean()), **totals}


def _constant(metrics: dict[str, float]) -> dict[str, float]:
    return {f"{name}_best_constant_classifier": value for name, value in metrics.items()}


def _f(beta: float, precision: float, recall: float) -> float:
    return ratio((1 + beta**2) * precision * recall, beta**2 * precision + recall)
