"""The counterfactual fliptest: would the nearest members of the other facet have been predicted otherwise?

The page "Counterfactual Fliptest (FT)" of SageMaker's developer guide: FT = (F+ - F-) / n_d; AWS's library
`smclarify` has the opposite sign, which no comparison notices. Neighbours are, as there, the five nearest in the
numeric features as they are, one where the other facet has fewer than ten rows.
"""

import numpy as np

from .bias_metrics import UndefinedError
from .sketch import Floats
from .table import Mask

DESCRIPTION = "Counterfactual Fliptest (FT)"
MOST_ROWS = 2_000
"""Members of each facet that are looked at; of more, as many are drawn, the same ones each time."""

_NEIGHBOURS, _ENOUGH = 5, 10
_BLOCK = 64


def flips(features: Floats, facet: Mask, predicted: Mask) -> Floats:
    """For each member of the facet 1 if its neighbours would turn it positive, -1 if negative, else 0.

    :param features: shape (rows, features); a missing value counts as the mean of its column
    :raises UndefinedError: where there is no feature, or a facet without a row
    """
    if not features.shape[1]:
        raise UndefinedError("there is no numeric feature to find neighbours by")
    if facet.all() or not facet.any():
        raise UndefinedError(f"no row is in {'the rest' if facet.all() else 'the facet'}")
    present = ~np.isnan(features)
    means = np.where(present, features, 0).sum(axis=0) / np.maximum(present.sum(axis=0), 1)
    members, others = _drawn(facet), _drawn(~facet)
    filled = np.where(present, features, means)
    return _changed(filled[members], predicted[members], filled[others], predicted[others])


def _changed(members: Floats, own: Mask, others: Floats, theirs: Mask) -> Floats:
    nearest = _NEIGHBOURS if len(others) >= _ENOUGH else 1
    changed = np.empty(len(members))
    for start in range(0, len(members), _BLOCK):
        block = slice(start, start + _BLOCK)
        distances = np.zeros((len(members[block]), len(others)))
        for feature in range(members.shape[1]):
            distances += (members[block, feature, None] - others[None, :, feature]) ** 2
        near = np.argsort(distances, axis=1, kind="stable")[:, :nearest]
        changed[block] = (theirs[near].mean(axis=1) > 1 / 2).astype(float) - own[block]
    return changed


def _drawn(rows: Mask) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    found = np.flatnonzero(rows)
    if len(found) <= MOST_ROWS:
        return found
    return np.sort(np.random.default_rng(0).choice(found, MOST_ROWS, replace=False))
