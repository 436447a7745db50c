"""The column to be predicted, as SQL: what is counted by class, or averaged."""

from dataclasses import dataclass
from typing import Any

from airflow_mlmax.profiling.report import Category, Target
from airflow_mlmax.profiling.table import TABLE, Table
from airflow_mlmax.quality.data import ROW, quoted
from airflow_mlmax.quality.errors import DataError
from airflow_mlmax.quality.predicates import literal

FOLDS = 5
VIEW = "labelled"
CODE, MEAN, FOLD = "__mlmax_class", "__mlmax_y", "__mlmax_fold"
FEWEST_ROWS = 20
"""A mean of fewer rows says nothing and is not shown."""

_MOST_CLASSES = 30
_FEW_NUMBERS = 10
"""Whole numbers with no more values than this are classes."""


@dataclass(frozen=True)
class Aim:
    """A target with the view `labelled`: the table with the target's number and the fold of each row."""

    target: Target
    classes: tuple[str, ...]
    scale: float = 1.0
    """What a number was divided by after its mean was taken off."""

    @property
    def has_mean(self) -> bool:
        """Whether a mean of the target means something: not for three classes and more."""
        return self.target.task != "classes"

    def mean(self, found: float | None, rows: int) -> float | None:
        """The mean of the target in some rows, from that of `MEAN`; None where they are too few."""
        if rows < FEWEST_ROWS:
            return None
        if found is None or self.target.task != "number":
            return found
        return found * self.scale + (self.target.mean or 0.0)


def aim_at(table: Table, column: str) -> Aim:
    """Looks at the target and makes the view.

    :raises DataError: no such column, or nothing that could be predicted
    """
    if column not in table.columns:
        raise DataError(
            f"there is no column {column!r} to take as target; there is {', '.join(table.columns)}"
        )
    kind, name = table.columns[column], quoted(column)
    values = table.ask(
        f"select {name}, count(*) from {TABLE} where {name} is not null group by 1 order by 1 limit {_MOST_CLASSES + 1}"  # noqa: S608
    )
    missing = table.rows - table.row(f"select count({name}) from {TABLE}")[0]  # noqa: S608
    if len(values) < 2:  # noqa: PLR2004  # one value is no choice
        raise DataError(f"the target {column!r} has {len(values)} value(s): there is nothing to predict")
    if kind == "number" or (kind == "integer" and len(values) > _FEW_NUMBERS):
        return _number(table, column, missing)
    if kind in {"timestamp", "other"} or len(values) > _MOST_CLASSES:
        raise DataError(
            f"the target {column!r} ({kind}) is neither a number nor a choice of at most {_MOST_CLASSES} classes"
        )
    return _classes(table, column, missing, values)


def _classes(table: Table, column: str, missing: int, values: list[tuple[Any, ...]]) -> Aim:
    named = tuple(Category(shown(value), rows) for value, rows in values)
    two = len(named) == 2  # noqa: PLR2004
    cases = " ".join(f"when {literal(value)} then {code}" for code, (value, _) in enumerate(values))
    _make_view(table, f"case {quoted(column)} {cases} end", "__class::DOUBLE" if two else "null::DOUBLE")
    target = Target(
        column,
        "two classes" if two else "classes",
        missing,
        named,
        positive=named[-1].value if two else None,
        mean=named[-1].rows / (table.rows - missing) if two else None,
    )
    return Aim(target, tuple(each.value for each in named))


def _number(table: Table, column: str, missing: int) -> Aim:
    finite = f"case when isfinite({quoted(column)}::DOUBLE) then {quoted(column)}::DOUBLE end"
    largest = table.row(f"select max(abs({finite})) from {TABLE}")[0] or 1.0  # noqa: S608
    share, spread = table.row(
        f"select avg({finite} / {literal(float(largest))}), stddev_pop({finite} / {literal(float(largest))}) from {TABLE}"  # noqa: S608
    )
    mean, scale = (share or 0.0) * largest, (spread or 0.0) * largest or 1.0
    scaled = f"({finite} - {literal(float(mean))}) / {literal(float(scale))}"
    _make_view(table, "0", scaled)
    return Aim(Target(column, "number", missing, mean=mean), (), scale)


def _make_view(table: Table, code: str, mean: str) -> None:
    # Knuth's multiplicative hash of the row's number: folds that no order of the rows shines through.
    fold = f"(({ROW} * 2654435761) // 65536) % {FOLDS}"
    table.connection.execute(
        f"create view {VIEW} as select * exclude (__class), __class as {CODE}, {mean} as {MEAN}, {fold} as {FOLD} "  # noqa: S608
        f"from (select *, {code} as __class from {TABLE})"
    )


def shown(value: Any) -> str:
    """A value as people write it."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat(sep=" ") if hasattr(value, "isoformat") else str(value)
