"""Bias metrics as the pages "Measure Pre-training Bias" and "Measure Post-training Data and Model Bias" of SageMaker define them.

Rows are counted by group, facet, observed and predicted outcome; every metric here is a function of these counts.
Facet a (index 0) is the rest, facet d (index 1) the group that may be at a disadvantage; outcome 1 is the positive one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .sketch import Floats

Counts = NDArray[np.float64]
"""Shape (groups, 2 facets, 2 observed outcomes, 2 predicted outcomes)."""

_A, _D = 0, 1
_OBSERVED, _PREDICTED = (0, 3), (0, 2)
_CONFUSION = 0


class UndefinedError(ValueError):
    """The metric has no value for these rows; the message says why."""


@dataclass(frozen=True)
class Metric:
    """A metric by its short name in `analysis.json`; 0 means no bias, of ratios 1 does."""

    name: str
    title: str
    value: Callable[[Counts], float]
    neutral: float = 0.0
    grouped: bool = False
    """It needs a group variable."""

    @property
    def description(self) -> str:
        return f"{self.title} ({self.name})"


def _by_facet(counts: Counts, over: int | tuple[int, int]) -> Counts:
    """Counts by facet and what is left. Raises UndefinedError if a facet has no row."""
    table: Counts = counts.sum(axis=over)
    for facet, which in ((_D, "the facet"), (_A, "the rest")):
        if not table[facet].sum():
            raise UndefinedError(f"no row is in {which}")
    return table


def _shares(counts: Counts, over: tuple[int, int]) -> Counts:
    """Share of each outcome by facet."""
    table = _by_facet(counts, over)
    shares: Counts = table / table.sum(axis=1, keepdims=True)
    return shares


def _ratio(part: float, whole: float, what: str) -> float:
    """Infinite over nothing. Raises UndefinedError for nothing over nothing."""
    if whole:
        return float(part / whole)
    if part:
        return float("inf")
    raise UndefinedError(f"there are no {what} to divide by")


def _difference(first: float, second: float) -> float:
    if first == second == float("inf"):
        raise UndefinedError("both facets are infinite")
    return first - second


def _class_imbalance(counts: Counts) -> float:
    a, d = _by_facet(counts, _OBSERVED).sum(axis=1)
    return float((a - d) / (a + d))


def _proportions(over: tuple[int, int]) -> Callable[[Counts], float]:
    def difference(counts: Counts) -> float:
        shares = _shares(counts, over)
        return float(shares[_A, 1] - shares[_D, 1])

    return difference


def _disparate_impact(counts: Counts) -> float:
    shares = _shares(counts, _PREDICTED)
    return _ratio(shares[_D, 1], shares[_A, 1], "positive predictions")


def _divergence(p: Floats, q: Floats) -> float:
    """Of Kullback and Leibler, in nats; an outcome that p lacks adds nothing, one that only q lacks makes it infinite."""
    if ((q == 0) & (p > 0)).any():
        return float("inf")
    some = p > 0
    return float((p[some] * np.log(p[some] / q[some])).sum())


def _kullback_leibler(counts: Counts) -> float:
    a, d = _shares(counts, _OBSERVED)
    return _divergence(a, d)


def _jensen_shannon(counts: Counts) -> float:
    a, d = _shares(counts, _OBSERVED)
    middle = (a + d) / 2
    return (_divergence(a, middle) + _divergence(d, middle)) / 2


def _norm(order: float, factor: float = 1.0) -> Callable[[Counts], float]:
    def norm(counts: Counts) -> float:
        a, d = _shares(counts, _OBSERVED)
        return factor * float(np.linalg.norm(a - d, order))

    return norm


def _conditional_disparity(over: int) -> Callable[[Counts], float]:
    """Mean over the groups, by their size, of the facet's share among the rejected less that among the accepted."""

    def disparity(counts: Counts) -> float:
        table = counts.sum(axis=over)  # group, facet, outcome
        for outcome, word in ((0, "negative"), (1, "positive")):
            if not table[:, :, outcome].sum():
                raise UndefinedError(f"no row has a {word} outcome")
        totals = table.sum(axis=1)
        shares = np.divide(table[:, _D], totals, out=np.zeros_like(totals), where=totals > 0)
        sizes = totals.sum(axis=1)
        return float((sizes * (shares[:, 0] - shares[:, 1])).sum() / sizes.sum())

    return disparity


def _compared(
    part: tuple[tuple[int, int], ...], whole: tuple[tuple[int, int], ...], what: str, *, d_first: bool = False
) -> Callable[[Counts], float]:
    """Difference between the facets of a ratio of sums of (observed, predicted) cells: a less d, or d less a."""

    def difference(counts: Counts) -> float:
        table = _by_facet(counts, _CONFUSION)
        a, d = (
            _ratio(sum(facet[cell] for cell in part), sum(facet[cell] for cell in whole), what)
            for facet in table
        )
        return _difference(d, a) if d_first else _difference(a, d)

    return difference


def _generalized_entropy(counts: Counts) -> float:
    """With alpha 2, of the benefits 1 + predicted - observed."""
    table = counts.sum(axis=(0, 1))
    benefit = np.array([[1.0, 2.0], [0.0, 1.0]])
    rows = table.sum()
    mean = (table * benefit).sum() / rows if rows else 0.0
    if not mean:
        raise UndefinedError("every prediction is a false negative")
    return float((table * ((benefit / mean) ** 2 - 1)).sum() / (2 * rows))


_TN, _FP, _FN, _TP = (0, 0), (0, 1), (1, 0), (1, 1)

PRE_TRAINING = (
    Metric("CDDL", "Conditional Demographic Disparity in Labels", _conditional_disparity(3), grouped=True),
    Metric("CI", "Class Imbalance", _class_imbalance),
    Metric("DPL", "Difference in Positive Proportions in Labels", _proportions(_OBSERVED)),
    Metric("JS", "Jensen-Shannon Divergence", _jensen_shannon),
    Metric("KL", "Kullback-Liebler Divergence", _kullback_leibler),  # as AWS spells it
    Metric("KS", "Kolmogorov-Smirnov Distance", _norm(np.inf)),
    Metric("LP", "L-p Norm", _norm(2)),
    Metric("TVD", "Total Variation Distance", _norm(1, 0.5)),
)

POST_TRAINING = (
    Metric("AD", "Accuracy Difference", _compared((_TP, _TN), (_TP, _TN, _FP, _FN), "rows")),
    Metric(
        "CDDPL",
        "Conditional Demographic Disparity in Predicted Labels",
        _conditional_disparity(2),
        grouped=True,
    ),
    Metric("DAR", "Difference in Acceptance Rates", _compared((_TP,), (_TP, _FP), "positive predictions")),
    Metric(
        "DCAcc",
        "Difference in Conditional Acceptance",
        _compared((_TP, _FN), (_TP, _FP), "positive predictions"),
    ),
    Metric(
        "DCR",
        "Difference in Conditional Rejection",
        _compared((_TN, _FP), (_TN, _FN), "negative predictions", d_first=True),
    ),
    Metric("DI", "Disparate Impact", _disparate_impact, neutral=1.0),
    Metric("DPPL", "Difference in Positive Proportions in Predicted Labels", _proportions(_PREDICTED)),
    Metric(
        "DRR",
        "Difference in Rejection Rates",
        _compared((_TN,), (_TN, _FN), "negative predictions", d_first=True),
    ),
    Metric("GE", "Generalized Entropy", _generalized_entropy),
    Metric("RD", "Recall Difference", _compared((_TP,), (_TP, _FN), "positive labels")),
    Metric("SD", "Specificity Difference", _compared((_TN,), (_TN, _FP), "negative labels", d_first=True)),
    # The ratio that AWS's own code takes: false negatives to false positives, d less a.
    Metric("TE", "Treatment Equality", _compared((_FN,), (_FP,), "false predictions", d_first=True)),
)
"""`FT` is beside them, in `fliptest`: it alone looks at the features."""
