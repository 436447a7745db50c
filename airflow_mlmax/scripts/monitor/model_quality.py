"""The model-quality monitor: metrics of predictions against the truth, and which fell behind the baseline's."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import dataset, metrics
from .job import Job
from .labels import Names, Pairs, beside, classes, floats, joined
from .metrics import Labels
from .reading import DataError
from .result import Result
from .sketch import Floats
from .violations import Violation

PROBLEMS = {
    "Regression": "regression",
    "BinaryClassification": "binary_classification",
    "MulticlassClassification": "multiclass_classification",
}
_ERRORS = {"mae", "mse", "rmse", "false_positive_rate", "false_negative_rate"}
_ROUNDING = 1e-9
"""Relative; another order of summation changes the last digits of the same rows' metric."""

_GREATER, _LESS = "GreaterThanThreshold", "LessThanThreshold"


def analyze(job: Job) -> Result:
    """Metrics of the rows that have a truth, and which of a baseline's thresholds they violate if there is one."""
    pairs = _pairs(job)
    given = job.constraints
    found = measured(job.problem, pairs, job.threshold)
    if given is None and pairs.rows < max(job.min_rows, 1):
        raise DataError(f"a baseline needs at least {job.min_rows} labelled rows, there are {pairs.rows}.")
    if exchanged(job.problem, pairs):
        print("WARNING prediction and ground truth may be exchanged: the truth has more different values")
    files = {
        "statistics": statistics(job.problem, pairs, found),
        "constraints": constraints(job.problem, found, job.slack),
    }
    counts = {"rows": pairs.rows, "unlabelled": pairs.unlabelled, "orphaned": pairs.orphaned}
    violations = None if given is None else evaluate(job.problem, given, pairs, found, job.min_rows)
    return Result(files, violations, counts)


def measured(problem: str, pairs: Pairs, threshold: float) -> dict[str, Any]:
    """The metrics of a problem type, each `{value, standard_deviation}`; none where no row has a truth.

    :param threshold: score from which on a row counts as the class `1`, where no predicted class is given
    :raises DataError: for a problem type that nobody knows, or values that are no numbers where they must be
    """
    if problem not in PROBLEMS:
        raise DataError(f"problem_type {problem!r} is unknown; give one of {', '.join(PROBLEMS)}.")
    if not pairs.rows:
        return {}
    if problem == "Regression":
        return _regression(floats(pairs.truth, "the truth"), floats(pairs.predicted, "the prediction"))
    truth = classes(pairs.truth)
    score = floats(pairs.score, "the score") if pairs.score else None
    predicted = _predicted(pairs, score, threshold)
    if problem == "BinaryClassification":
        return _binary(truth, predicted, score)
    return {
        "confusion_matrix": metrics.confusion_matrix(truth, predicted),
        **metrics.deviations(lambda rows: metrics.multiclass(truth[rows], predicted[rows]), len(truth)),
    }


def statistics(problem: str, pairs: Pairs, found: Mapping[str, Any]) -> dict[str, Any]:
    """The content of `statistics.json`; it counts the rows that have a truth."""
    return {
        "version": 0.0,
        "dataset": {"item_count": pairs.rows},
        f"{PROBLEMS[problem]}_metrics": dict(found),
    }


def constraints(problem: str, found: Mapping[str, Any], slack: float) -> dict[str, Any]:
    """The content of `constraints.json`: each metric's own value, loosened by a share `slack` of it."""
    limits = {}
    for name, metric in found.items():
        value = metric.get("value")
        if isinstance(value, float) and not name.endswith("_best_constant_classifier"):
            worse = slack * abs(value)
            limits[name] = (
                {"threshold": value + worse, "comparison_operator": _GREATER}
                if name in _ERRORS
                else {"threshold": value - worse, "comparison_operator": _LESS}
            )
    return {"version": 0.0, f"{PROBLEMS[problem]}_constraints": limits}


def evaluate(
    problem: str, baseline: Mapping[str, Any], pairs: Pairs, found: Mapping[str, Any], min_rows: int
) -> list[Violation]:
    """Metrics that are beyond their threshold, or that cannot be told from these rows: that is no pass.

    :raises DataError: for a baseline of another problem type
    """
    if (key := f"{PROBLEMS[problem]}_constraints") not in baseline:
        raise DataError(f"the baseline's constraints.json has no {key}; is it of another problem type?")
    if pairs.rows < max(min_rows, 1):
        text = (
            f"{pairs.rows} rows have a label, {pairs.unlabelled} have none yet; at least {max(min_rows, 1)} labelled "
            "rows are required."
        )
        return [_violation("item_count", "row_count_check", text, pairs.rows, min_rows)]
    checks = (_check(name, limit, found.get(name, {})) for name, limit in baseline[key].items())
    return [each for each in checks if each is not None]


def exchanged(problem: str, pairs: Pairs) -> bool:
    """Whether prediction and truth look exchanged: a regression predicts fewer different values than there are."""
    return problem == "Regression" and len(set(pairs.predicted)) < len(set(pairs.truth))


def _pairs(job: Job) -> Pairs:
    names = Names(
        truth=dataset.truth_name(job),
        predicted=dataset.output_name(job, "inference_attribute"),
        score=dataset.output_name(job, "probability_attribute"),
        key=job.optional("join_attribute"),
    )
    source = job.truth_source
    if source is None:
        return beside(names, dataset.rows(job, names.predictions(with_truth=True)))
    key = dataset.join_key(job)
    names = Names(names.truth, names.predicted, names.score, key)
    predictions = dataset.rows(job, names.predictions(with_truth=False))
    return joined(names, predictions, dataset.labels(job, source, [key, names.truth]))


def _check(name: str, limit: Mapping[str, Any], metric: Mapping[str, Any]) -> Violation | None:
    value, threshold, operator = metric.get("value"), limit["threshold"], limit["comparison_operator"]
    if not isinstance(threshold, int | float):
        return None  # AWS writes the text NaN where the baseline had no value to compare with
    if not isinstance(value, int | float) or not math.isfinite(value):
        return _violation(name, operator, f"{name} cannot be computed from these rows.", None, threshold)
    if math.isclose(value, threshold, rel_tol=_ROUNDING):
        return None
    if value > threshold if operator.startswith("Greater") else value < threshold:
        text = f"Metric {name} with {value} was {operator} {threshold}."
        return _violation(name, operator, text, value, threshold)
    return None


def _violation(name: str, check: str, text: str, observed: float | None, threshold: float) -> Violation:
    details = {"observed": observed, "threshold": threshold}
    return Violation(name, check, text, details, named="metric_name")


def _regression(truth: Floats, predicted: Floats) -> dict[str, Any]:
    def measure(rows: NDArray[np.intp]) -> dict[str, float]:
        return metrics.regression(truth[rows], predicted[rows])

    return metrics.deviations(measure, len(truth))


def _binary(truth: Labels, predicted: Labels, score: Floats | None) -> dict[str, Any]:
    strangers = sorted({*truth.tolist(), *predicted.tolist()} - {"0", metrics.POSITIVE})
    if strangers:
        raise DataError(
            f"a binary problem has the classes 0 and 1, the data have {', '.join(strangers[:3])}; "
            "write them as 0 and 1, or use MulticlassClassification."
        )

    def measure(rows: NDArray[np.intp]) -> dict[str, float]:
        return metrics.binary(truth[rows], predicted[rows], None if score is None else score[rows])

    found = metrics.deviations(measure, len(truth))
    matrix = metrics.confusion_matrix(truth, predicted)
    return {"confusion_matrix": matrix, **found, **({} if score is None else metrics.curves(truth, score))}


def _predicted(pairs: Pairs, score: Floats | None, threshold: float) -> Labels:
    if pairs.predicted:
        return classes(pairs.predicted)
    if score is None:
        raise DataError("give inference_attribute, the predicted class, or probability_attribute, the score.")
    return np.where(score >= threshold, metrics.POSITIVE, "0")
