"""The data of a model: where they land, what their columns mean, what they must hold."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, NonNegativeFloat, ValidationInfo, field_validator

from airflow_mlmax.specs.surroundings import KeyColumn, LabelColumn, LandedColumn, ScoreColumn, SuitePath
from airflow_mlmax.strict import Strict, close_to

_TAKEN = frozenset({"predictions", "until"})
"""What jobs and tasks have beside the sources."""


def _free(name: str) -> str:
    if name in _TAKEN:
        raise ValueError("means something else beside the sources; take another name")
    return name


SourceName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$"), AfterValidator(_free)]
Prefix = Annotated[str, Field(pattern=r"^[^/]+(/[^/]+)*$")]


class Suites(Strict):
    """Great Expectations suites, as paths in the folder of the model."""

    landing: SuitePath
    """What rows must hold as they land."""

    features: SuitePath
    """What the windows that `preprocess.py` makes must hold."""

    predictions: SuitePath
    """What predictions must hold; its parameter `rows` is the number of rows that went in."""


class Data(Strict):
    """Where data land, what their columns mean and what they must hold."""

    sources: dict[SourceName, Prefix]
    """Key prefixes, below the environment's, of folders with `date=` partitions of CSV files; each name is an input of
    `preprocess.py` and `folds.py`."""

    rows: str
    """The source that is scored: the row key is its first column."""

    labels: str
    """The source of what came of the rows."""

    suites: Suites
    key: KeyColumn
    """Column of the row key."""

    label: LabelColumn
    """Column of the truth."""

    score: ScoreColumn
    """Column of the probability of the label 1."""

    categories: dict[LandedColumn, Literal["info", "warning", "critical"]] = {}
    """Columns whose values the contract lists, with the severity of a value that training has not seen."""

    late_files: Literal["refuse", "allow"] = "refuse"
    """Whether a run may use a file that came later than `grace_hours` after the end of its interval."""

    grace_hours: NonNegativeFloat = 48

    @field_validator("rows", "labels")
    @classmethod
    def _is_a_source(cls, name: str, info: ValidationInfo) -> str:
        sources = info.data.get("sources")
        if sources is not None and name not in sources:
            raise ValueError(f"no source; {close_to(name, list(sources))}")
        return name

    @field_validator("labels")
    @classmethod
    def _is_not_the_rows(cls, name: str, info: ValidationInfo) -> str:
        if name == info.data.get("rows"):
            raise ValueError("the same source as `rows`; labels come later, so they are another")
        return name
