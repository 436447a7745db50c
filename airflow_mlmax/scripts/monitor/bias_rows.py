"""The rows that bias is measured on: features, predictions and their truth, which may lie elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import dataset
from .job import Job
from .reading import DataError
from .sketch import Floats
from .table import Cells, Indexes, Mask, column, load


@dataclass(frozen=True)
class Rows:
    """A table with the truth in it, and which of its columns tell what."""

    table: Mapping[str, Cells]
    label: str
    prediction: str | None
    probability: str | None
    key: str | None
    unlabelled: int
    orphaned: int

    @property
    def predicted(self) -> Mask | None:
        """Which rows have a prediction; None where there is no such column."""
        name = self.prediction or self.probability
        return self.table[name].present if name else None

    def features(self, facet: str) -> Floats:
        """The columns of numbers that neither the facet nor an outcome is; shape (rows, features)."""
        told = {self.label, self.prediction, self.probability, self.key, facet}
        numeric = [
            cells.numbers
            for name, cells in self.table.items()
            if cells.numbers is not None and name not in told
        ]
        return np.column_stack(numeric) if numeric else np.empty((len(self.table[self.label]), 0))


def rows(job: Job, config: Mapping[str, Any]) -> Rows:
    """The rows of a job.

    :raises DataError: for a column that is missing, or a key that does not stand for one row
    """
    table = load(dataset.rows(job), config.get("headers"))
    if not table:
        raise DataError("the data have no column.")
    truth, source = config.get("label") or dataset.truth_name(job), job.truth_source
    prediction, probability = (
        column(table, name) if (name := dataset.output_name(job, variable)) else None
        for variable in ("inference_attribute", "probability_attribute")
    )
    if source is None:
        label = column(table, truth)
        unlabelled = int((~table[label].present).sum())
        return Rows(table, label, prediction, probability, job.optional("join_attribute"), unlabelled, 0)
    key = dataset.join_key(job)
    labels = load(dataset.labels(job, source, [key, str(truth)]))
    own = table[column(table, key)]
    found, orphaned = _matched(own, labels[column(labels, key)], key)
    joined = labels[column(labels, truth)].take(found)
    unlabelled = int((~joined.present).sum())
    return Rows({**table, str(truth): joined}, str(truth), prediction, probability, key, unlabelled, orphaned)


def _matched(own: Cells, theirs: Cells, name: str) -> tuple[Indexes, int]:
    """For each own row the row of theirs with the same key, -1 for none; and how many of theirs were not asked for."""
    places = _places(theirs, "the labels", name)
    keys = _places(own, "the predictions", name)
    found = np.array([places.get(each, -1) for each in keys], dtype=np.intp)
    return found, len(places.keys() - keys.keys())


def _places(cells: Cells, whose: str, name: str) -> dict[str, int]:
    places: dict[str, int] = {}
    for row, word in enumerate(cells.spellings()):
        if word is None:
            raise DataError(f"{whose} have a row without {name!r}, so it cannot be joined.")
        if word in places:
            raise DataError(f"{whose} have the {name} {word!r} more than once; each must occur once.")
        places[word] = row
    return places
