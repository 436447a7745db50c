"""How much each column alone tells of the target, measured on rows it was not fitted on.

The figure is that of SageMaker Data Wrangler's data quality and insights report (a model for each feature alone, scored on held-out rows,
scaled to 0..1). The model here is the mean of the target in each value or range of values, drawn towards the overall mean
where rows are few (Micci-Barreca, A preprocessing scheme for high-cardinality categorical attributes, SIGKDD Explorations 3(1), 2001), in
five-fold cross-validation. Score: for two classes 2 AUC - 1 (Gini), for more the part of the entropy that is explained, for a number R2.
"""

from typing import TYPE_CHECKING, Any

from airflow_mlmax.profiling.numbers import as_number
from airflow_mlmax.profiling.report import Power
from airflow_mlmax.profiling.table import Table
from airflow_mlmax.profiling.target import CODE, FOLD, FOLDS, MEAN, VIEW, Aim
from airflow_mlmax.quality.data import quoted
from airflow_mlmax.quality.predicates import literal

if TYPE_CHECKING:
    from numpy.typing import NDArray

RANGES = 32
VALUES = 256
FEWEST_ROWS = 50
FEWEST_OF_A_CLASS = 10
_PRIOR_ROWS = 5.0


def measurable(table: Table, aim: Aim) -> bool:
    """Whether there are rows enough to say anything."""
    smallest = min((each.rows for each in aim.target.classes), default=FEWEST_OF_A_CLASS)
    return table.rows - aim.target.missing >= FEWEST_ROWS and smallest >= FEWEST_OF_A_CLASS


def power(table: Table, name: str, kind: str, aim: Aim) -> Power:
    """The prediction power of one column."""
    source, place = _places(table, name, kind)
    if aim.target.task == "number":
        return Power(_of_number(_sums(table, source, place)))
    counts = _counts(table, source, place, len(aim.classes))
    if aim.target.task == "two classes":
        auc = _auc(counts)
        return Power(max(0.0, 2 * auc - 1), auc)
    return Power(_gain(counts))


def _places(table: Table, name: str, kind: str) -> tuple[str, str]:
    """A table, and the number of a row's value or range in it; 0 for a missing value."""
    if kind in {"string", "boolean"}:
        column = quoted(name)
        top = (
            f"(select {column} as __value, row_number() over (order by count(*) desc, {column}) as __place from {VIEW} "  # noqa: S608
            f"where {column} is not null group by {column} order by 2 limit {VALUES})"
        )
        other = f"case when {column} is null then 0 else coalesce(__place, {VALUES + 1}) end"
        return f"{VIEW} left join {top} on {column} = __value", other
    value = as_number(name, kind)
    levels = [number / RANGES for number in range(1, RANGES)]
    cuts = table.row(f"select quantile_disc({value}, {levels}) from {VIEW}")[0] or []  # noqa: S608
    steps = " + ".join(f"({value} > {literal(float(cut))})::INTEGER" for cut in sorted(set(cuts))) or "0"
    return VIEW, f"case when {quoted(name)} is null then 0 else 1 + coalesce({steps}, {RANGES + 1}) end"


def _counts(table: Table, source: str, place: str, classes: int) -> "NDArray[Any]":
    """Rows by place, fold and class."""
    import numpy as np

    rows = table.ask(
        f"select {place} as place, {FOLD}, {CODE}, count(*) from {source} where {CODE} is not null group by all"  # noqa: S608
    )
    cube: NDArray[Any] = np.zeros((VALUES + RANGES + 2, FOLDS, classes))
    for where, fold, code, count in rows:
        cube[where, fold, code] = count
    used: NDArray[Any] = cube[cube.sum(axis=(1, 2)) > 0]
    return used


def _sums(table: Table, source: str, place: str) -> "NDArray[Any]":
    """Rows, sum and sum of squares of the scaled target by place and fold."""
    import numpy as np

    rows = table.ask(
        f"select {place} as place, {FOLD}, count(*), sum({MEAN}), sum({MEAN} * {MEAN}) from {source} "  # noqa: S608
        f"where {MEAN} is not null group by all"
    )
    cube: NDArray[Any] = np.zeros((VALUES + RANGES + 2, FOLDS, 3))
    for where, fold, *found in rows:
        cube[where, fold] = found
    used: NDArray[Any] = cube[cube[:, :, 0].sum(axis=1) > 0]
    return used


def _predicted(counts: "NDArray[Any]") -> "NDArray[Any]":
    """Shares of the classes by place and fold, as the other folds have them."""
    rest = counts.sum(axis=1, keepdims=True) - counts
    overall = rest.sum(axis=0)
    prior = overall / overall.sum(axis=1, keepdims=True)
    found: NDArray[Any] = (rest + _PRIOR_ROWS * prior) / (rest.sum(axis=2, keepdims=True) + _PRIOR_ROWS)
    return found


def _auc(counts: "NDArray[Any]") -> float:
    """The mean over folds of the share of pairs in which the positive row is ranked higher; ties count half."""
    import numpy as np

    shares = _predicted(counts)[:, :, 1]
    areas = []
    for fold in range(FOLDS):
        _, rank = np.unique(shares[:, fold], return_inverse=True)
        negative, positive = (np.bincount(rank, counts[:, fold, code]) for code in (0, 1))
        below = np.cumsum(negative) - negative
        pairs = negative.sum() * positive.sum()
        if pairs:
            areas.append(float((positive * (below + negative / 2)).sum() / pairs))
    return float(np.mean(areas)) if areas else 0.5


def _gain(counts: "NDArray[Any]") -> float:
    """The part of the log loss of the overall shares that the column takes away."""
    import numpy as np

    rest = counts.sum(axis=(0, 1)) - counts.sum(axis=0)
    overall = rest / rest.sum(axis=1, keepdims=True)
    loss = -(counts * np.log(_predicted(counts))).sum()
    least = -(counts.sum(axis=0) * np.log(overall)).sum()
    return max(0.0, float(1 - loss / least)) if least else 0.0


def _of_number(sums: "NDArray[Any]") -> float:
    """R2 of the predicted means."""
    import numpy as np

    rest = sums.sum(axis=1, keepdims=True) - sums
    overall = rest.sum(axis=0)
    prior = overall[:, 1] / np.maximum(overall[:, 0], 1)
    predicted = (rest[:, :, 1] + _PRIOR_ROWS * prior) / (rest[:, :, 0] + _PRIOR_ROWS)
    rows, total, squares = sums[:, :, 0], sums[:, :, 1], sums[:, :, 2]
    errors = (squares - 2 * predicted * total + rows * predicted**2).sum()
    around = (squares - 2 * prior * total + rows * prior**2).sum()
    return max(0.0, float(1 - errors / around)) if around else 0.0
