"""What a profile says, as plain values that `dataclasses.asdict` turns into JSON."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["critical", "warning", "info"]
Task = Literal["two classes", "classes", "number"]


@dataclass(frozen=True)
class Histogram:
    """Rows by range of value, all ranges of one width."""

    low: float
    high: float
    counts: tuple[int, ...]
    open_low: bool = False
    """Whether the first range also holds everything below it."""

    open_high: bool = False
    target: tuple[float | None, ...] = ()
    """Mean of the target in each range: for two classes the share of the positive one."""


@dataclass(frozen=True)
class Spread:
    """Where the finite values of a number or time lie; times are seconds since 1970 in UTC."""

    minimum: float
    maximum: float
    mean: float
    deviation: float | None
    skew: float | None
    quantiles: dict[str, float]
    """By level, such as `0.25`."""

    zeros: int
    negatives: int
    infinite: int
    outliers_iqr: int
    """Values more than 1.5 interquartile ranges outside the quartiles."""

    outliers_z: int | None
    """Values with a robust z-score above 3.5; None where more than half of the values are the same."""

    days: int | None = None
    """Of a time, on how many days of UTC there is a row."""


@dataclass(frozen=True)
class Texts:
    """The form of a text column."""

    shortest: int
    longest: int
    blank: int
    pattern: str | None
    """Regular expression that every value matches, where they look like codes."""


@dataclass(frozen=True)
class Category:
    """A value with its number of rows, and the mean of the target in them."""

    value: str
    rows: int
    target: float | None = None


@dataclass(frozen=True)
class Power:
    """How much a column alone tells of the target on rows it was not fitted on."""

    score: float
    """From 0, nothing, to 1, everything."""

    auc: float | None = None
    """Area under the ROC curve, for two classes."""


@dataclass(frozen=True)
class Feature:
    """One column."""

    name: str
    type: str
    rows: int
    missing: int
    distinct: int
    categories: tuple[Category, ...] = ()
    """The most frequent values; all of them where there are few."""

    spread: Spread | None = None
    texts: Texts | None = None
    histogram: Histogram | None = None
    power: Power | None = None
    missing_target: float | None = None
    """Mean of the target in the rows without a value."""

    sensitive: str | None = None
    """Why the column looks personal; its values are then shown nowhere."""

    @property
    def present(self) -> int:
        return self.rows - self.missing

    @property
    def unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.distinct == self.rows > 0


@dataclass(frozen=True)
class Target:
    """The column to be predicted."""

    column: str
    task: Task
    missing: int
    classes: tuple[Category, ...] = ()
    positive: str | None = None
    """Of two classes, the one whose share is told: the last in order."""

    mean: float | None = None


@dataclass(frozen=True)
class Pair:
    """Two columns that tell the same."""

    first: str
    second: str
    strength: float
    method: Literal["Spearman", "Cramér's V"]


@dataclass(frozen=True)
class Matrix:
    """Rank correlations of numbers; None where fewer than three rows have both."""

    names: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class Finding:
    """Something to look at, in one sentence."""

    severity: Severity
    kind: str
    column: str | None
    text: str


@dataclass(frozen=True)
class Report:
    """A whole profile."""

    source: str
    format: str
    files: int
    bytes: int
    rows: int
    duplicates: int
    """Rows that repeat an earlier one in every column."""

    features: tuple[Feature, ...]
    target: Target | None
    pairs: tuple[Pair, ...]
    matrix: Matrix | None
    findings: tuple[Finding, ...]
    leak_limit: float
    """Prediction power from which on a column is suspected to know the target."""

    sampled: int
    """Rows that correlations were taken from."""
