"""How much of a ranking of features is left: normalized discounted cumulative gain.

The page "Monitor Feature Attribution Drift for Models in Production" of SageMaker's developer guide: the sum over the
live ranks i of a(f_i) / log2(i + 1), where a is the baseline's attribution, divided by the same sum in the baseline's
own order. Features that share a live rank each count with the mean of their attributions, as in scikit-learn's
`ndcg_score`, to which the page on violations refers.
"""

from collections.abc import Mapping

import numpy as np

from .sketch import Floats

THRESHOLD = 0.90
"""Below it the page speaks of drift."""


def ndcg(baseline: Mapping[str, float], live: Mapping[str, float]) -> float | None:
    """Between 0 and 1, 1 for the same order; None where nothing had an attribution.

    A feature that one side lacks has no attribution there. Signs, which only medians have, do not count.
    """
    names = sorted({*baseline, *live})
    gains = np.abs([baseline.get(name, 0.0) for name in names])
    ideal = _gain(gains, gains)
    if not ideal:
        return None
    return _gain(gains, np.abs([live.get(name, 0.0) for name in names])) / ideal


def ranks(values: Mapping[str, float]) -> dict[str, int]:
    """From 1 on, by size; equal ones by name."""
    ordered = sorted(values, key=lambda name: (-abs(values[name]), name))
    return {name: rank for rank, name in enumerate(ordered, 1)}


def _gain(gains: Floats, order: Floats) -> float:
    discounts = 1 / np.log2(np.arange(len(gains)) + 2)
    _, tied = np.unique(-order, return_inverse=True)
    counts = np.bincount(tied)
    means = np.bincount(tied, weights=gains) / counts
    ends = np.cumsum(counts)
    shares = np.array([discounts[end - count : end].sum() for end, count in zip(ends, counts, strict=True)])
    return float((means * shares).sum())
