"""Kernel SHAP: how much each feature moves a prediction away from the mean prediction of background rows.

Lundberg and Lee, "A Unified Approach to Interpreting Model Predictions" (2017): Shapley values are the solution of a
weighted linear regression over coalitions of features, where a feature outside of a coalition has the values of the
background. All coalitions are tried where there are few; else the small and the large ones, which weigh most, and pairs
of a drawn one and its complement. The values of a row always add up to its prediction less the mean.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from .sketch import Floats
from .table import Indexes, Mask

Predict = Callable[[Indexes], Floats]
"""Predictions of rows that are put together: entry (i, j) is the row that feature j of row i is taken from."""

_BATCH = 20_000
_CELLS = 2_000_000
"""Rows, and values, that the model is given at a time."""

_VALUES = 1_000_000
"""Values of coalitions that are kept at a time."""


@dataclass(frozen=True)
class Game:
    """A model and its rows: 0 to `rows` are to be explained, the `background` ones come after them."""

    predict: Predict
    rows: int
    background: int
    features: int

    @property
    def own(self) -> Indexes:
        return np.arange(self.rows)

    @property
    def others(self) -> Indexes:
        return np.arange(self.rows, self.rows + self.background)

    @property
    def batch(self) -> int:
        return max(1, min(_BATCH, _CELLS // self.features))

    def predicted(self, rows: Indexes) -> Floats:
        """Predictions of rows as they are."""
        parts = [rows[start : start + self.batch] for start in range(0, len(rows), self.batch)]
        whole = (np.repeat(part[:, None], self.features, axis=1) for part in parts)
        return np.concatenate([self.predict(part) for part in whole])


@dataclass(frozen=True)
class Explanation:
    """Shapley values, shape (rows, features), and the mean prediction of the background."""

    values: Floats
    expected: float


def explain(game: Game, samples: int, seed: int) -> Explanation:
    """Shapley values of the rows of a game.

    :param samples: coalitions to try; 2 * features at least, unless there are no more
    """
    expected = float(game.predicted(game.others).mean())
    gain = game.predicted(game.own) - expected
    if game.features == 1:
        return Explanation(gain[:, None], expected)
    members, weights = coalitions(game.features, samples, np.random.default_rng(seed))
    solution = _solution(members, weights)
    step = max(1, _VALUES // len(members))
    values = np.empty((game.rows, game.features))
    for start in range(0, game.rows, step):
        block = slice(start, start + step)
        worth = _worth(game, game.own[block], members) - expected
        values[block, :-1] = (worth - gain[block, None] * members[:, -1]) @ solution.T
        values[block, -1] = gain[block] - values[block, :-1].sum(axis=1)
    return Explanation(values, expected)


def coalitions(features: int, samples: int, random: np.random.Generator) -> tuple[Mask, Floats]:
    """Coalitions, shape (coalitions, features), and how much each weighs in the regression."""
    sizes = np.arange(1, features)
    mass = (features - 1) / (sizes * (features - sizes))
    mass /= mass.sum()
    whole = 2**features - 2 <= samples
    members: list[tuple[int, ...]] = []
    weights: list[float] = []
    for size in range(1, features // 2 + 1):
        both = sorted({size, features - size})
        count, left = len(both) * comb(features, size), mass[size - 1 : features - size].sum()
        if not whole and count * left > (samples - len(members)) * len(both) * mass[size - 1] and size > 1:
            drawn, each = _drawn(features, size, samples - len(members), random)
            members += drawn
            weights += [left * weight for weight in each]
            break
        for own in both:
            members += combinations(range(features), own)
            weights += [mass[own - 1] / comb(features, own)] * comb(features, own)
    table = np.zeros((len(members), features), dtype=np.bool_)
    for row, member in enumerate(members):
        table[row, list(member)] = True
    return table, np.array(weights)


def _drawn(
    features: int, smallest: int, samples: int, random: np.random.Generator
) -> tuple[list[tuple[int, ...]], Floats]:
    """Pairs of a coalition and its complement, of sizes from the smallest on, and the share of each."""
    sizes = np.arange(smallest, features - smallest + 1)
    odds = 1 / (sizes * (features - sizes))
    counts: dict[tuple[int, ...], int] = {}
    everything = np.arange(features)
    for size in random.choice(sizes, max(samples // 2, 1), p=odds / odds.sum()):
        shuffled = random.permutation(everything)
        for part in (shuffled[:size], shuffled[size:]):
            member = tuple(np.sort(part).tolist())
            counts[member] = counts.get(member, 0) + 1
    shares = np.array(list(counts.values()), dtype=np.float64)
    return list(counts), shares / shares.sum()


def _solution(members: Mask, weights: Floats) -> Floats:
    """The matrix that makes the values of all features but the last of what the coalitions are worth.

    The last one follows from the sum; that is what takes it out of the regression.
    """
    table = members[:, :-1].astype(np.float64) - members[:, -1:]
    root = np.sqrt(weights)[:, None]
    found = np.linalg.pinv(table * root) * root.T
    return found.astype(np.float64)


def _worth(game: Game, rows: Indexes, members: Mask) -> Floats:
    """Mean prediction over the background of each row in each coalition; shape (rows, coalitions)."""
    shape = (len(rows), len(members), game.background)
    total = len(rows) * len(members) * game.background
    sums = np.zeros(len(rows) * len(members))
    for start in range(0, total, game.batch):
        place = np.arange(start, min(start + game.batch, total))
        row, coalition, other = np.unravel_index(place, shape)
        source = np.where(members[coalition], rows[row][:, None], game.others[other][:, None])
        target = place // game.background
        found = np.bincount(target - target[0], weights=game.predict(source))
        sums[target[0] : target[0] + len(found)] += found
    worth: Floats = sums.reshape(shape[:2]) / game.background
    return worth
