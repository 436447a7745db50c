"""Rows with their outcomes, observed and predicted, and the counts of them that bias metrics are made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .bias_metrics import Counts
from .bias_rows import Rows, rows
from .fliptest import flips
from .groups import Group, Wanted, group
from .job import Job
from .reading import DataError
from .sketch import Floats
from .table import Indexes, Mask, column


@dataclass(frozen=True)
class Outcomes:
    """Which rows are positive: in truth, and by the model where there is one."""

    rows: Rows
    positive: Group
    labelled: Mask
    predicted: Mask | None
    predicted_positive: Mask
    subgroups: Indexes | None
    """A number for each row's value of the group variable, if there is one."""

    @property
    def grouped(self) -> bool:
        return self.subgroups is not None

    def counts(self, facet: Mask, usable: Mask) -> Counts:
        """Usable rows by subgroup, facet, observed and predicted outcome."""
        subgroups = np.zeros(len(facet), dtype=np.intp) if self.subgroups is None else self.subgroups
        place = subgroups
        for outcome in (facet, self.positive.rows, self.predicted_positive):
            place = place * 2 + outcome
        shape = (int(subgroups.max(initial=0)) + 1, 2, 2, 2)
        counts: Counts = np.bincount(place[usable], minlength=int(np.prod(shape))).astype(np.float64)
        return counts.reshape(shape)

    def flips(self, name: str, facet: Mask, usable: Mask) -> Callable[[], Floats]:
        """The fliptest of usable rows."""
        return lambda: flips(self.rows.features(name)[usable], facet[usable], self.predicted_positive[usable])


def outcomes(job: Job, config: Mapping[str, Any], known: list[str]) -> Outcomes:
    """The outcomes of a job's rows.

    :param known: how the baseline names the positive label
    :raises DataError: for a configuration that does not say which labels are positive, or a column that is missing
    """
    wanted = config.get("label_values_or_threshold")
    if not isinstance(wanted, list) or not wanted:
        raise DataError("bias_config has no label_values_or_threshold, the list of favourable labels.")
    found = rows(job, config)
    labels = found.table[found.label]
    positive = group(labels, wanted, f"label {found.label!r}", known)
    by = config.get("group_variable")
    subgroups = None if by is None else found.table[column(found.table, by)].ranks()
    predicted = _predicted_positive(job, found, wanted, positive.name)
    return Outcomes(found, positive, labels.present, found.predicted, predicted, subgroups)


def _predicted_positive(job: Job, found: Rows, wanted: Wanted, name: str) -> Mask:
    """A predicted class is positive if it would be as a label, a score from the threshold on."""
    if found.prediction:
        what = f"prediction {found.prediction!r}"
        return group(found.table[found.prediction], wanted, what, [name]).rows
    if found.probability is None:
        return np.zeros(len(found.table[found.label]), dtype=np.bool_)
    if (scores := found.table[found.probability].numbers) is None:
        raise DataError(f"probability {found.probability!r} has values that are no numbers.")
    above: Mask = scores >= job.threshold
    return above
