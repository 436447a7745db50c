"""Kernel SHAP against Shapley's own definition, and the ranking that is made of it."""

from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from airflow_mlmax.scripts.monitor.kernel_shap import Explanation, Game, coalitions, explain
from airflow_mlmax.scripts.monitor.ranking import ndcg

RANDOM = np.random.default_rng(4)
ALL = 1_000_000
SCORES = {"SAT": 0.70, "GPA": 0.50, "rank": 0.05}


def game(model: Callable[[np.ndarray], np.ndarray], table: np.ndarray, background: int) -> Game:
    """The rows of a table before its last ones, against those."""
    return Game(
        lambda source: model(np.take_along_axis(table, source, axis=0)),
        len(table) - background,
        background,
        table.shape[1],
    )


def shapley(model: Callable[[np.ndarray], np.ndarray], row: np.ndarray, others: np.ndarray) -> np.ndarray:
    """What each feature adds, in the mean over all orders in which they can be let in."""
    found = np.zeros(len(row))
    orders = list(permutations(range(len(row))))
    for order in orders:
        mixed = others.copy()
        before = model(mixed).mean()
        for feature in order:
            mixed[:, feature] = row[feature]
            after = model(mixed).mean()
            found[feature] += (after - before) / len(orders)
            before = after
    return found


def interacting(table: np.ndarray) -> np.ndarray:
    return table[:, 0] * table[:, 1] + np.sin(3 * table[:, 2]) * (table[:, 3] > 0) + table[:, 4] ** 2


def test_a_linear_model_has_its_closed_form() -> None:
    """Weight times distance from the background's mean, also where most coalitions are not tried."""
    table, weights = RANDOM.normal(size=(12, 15)), RANDOM.normal(size=15)
    expected = weights * (table[:8] - table[8:].mean(axis=0))
    for samples in (30, 200, ALL):
        found = explain(game(lambda rows: rows @ weights + 3, table, 4), samples, seed=1)
        assert found.values == pytest.approx(expected)
        assert found.expected == pytest.approx(float((table[8:] @ weights).mean()) + 3)


def test_all_coalitions_give_shapley_values() -> None:
    """For a model whose features interact."""
    table = RANDOM.normal(size=(9, 5))
    found = explain(game(interacting, table, 6), ALL, seed=0)
    for row, values in enumerate(found.values):
        assert values == pytest.approx(shapley(interacting, table[row], table[3:]))


def test_drawn_coalitions_come_near() -> None:
    """The more the nearer; of a model with many interactions."""
    table = RANDOM.normal(size=(25, 11))

    def model(rows: np.ndarray) -> np.ndarray:
        pairs = rows[:, :-1] * rows[:, 1:]
        return np.tanh(pairs.sum(axis=1)) + rows[:, 0]

    exact = explain(game(model, table, 5), ALL, seed=0).values
    errors = [
        float(np.abs(explain(game(model, table, 5), samples, seed=2).values - exact).mean())
        for samples in (60, 400, 1600)
    ]
    assert errors[0] > errors[1] > errors[2]
    assert errors[1] < 0.1 * float(np.abs(exact).mean())


@pytest.mark.parametrize("samples", [22, 60, ALL])
def test_values_add_up_to_the_prediction(samples: int) -> None:
    """Exactly, however few coalitions are tried; and a feature that does nothing gets nothing where all are."""
    table = RANDOM.normal(size=(13, 11))
    found = explain(game(interacting, table, 3), samples, seed=5)
    assert found.values.sum(axis=1) + found.expected == pytest.approx(interacting(table[:10]), abs=1e-12)
    if samples == ALL:
        assert found.values[:, 5:] == pytest.approx(0, abs=1e-9)


def test_the_seed_decides() -> None:
    """The same one gives the same values to the last digit, another one others."""
    table = RANDOM.normal(size=(8, 12))

    def values(seed: int) -> Explanation:
        return explain(game(interacting, table, 3), 100, seed)

    assert np.array_equal(values(1).values, values(1).values)
    assert not np.array_equal(values(1).values, values(2).values)


@pytest.mark.parametrize("features", [1, 2, 3])
def test_few_features(features: int) -> None:
    """One takes all; two and three have all their coalitions."""
    table = RANDOM.normal(size=(5, features))
    found = explain(game(lambda rows: rows.prod(axis=1), table, 2), 10, seed=0)
    for row, values in enumerate(found.values):
        assert values == pytest.approx(shapley(lambda rows: rows.prod(axis=1), table[row], table[3:]))


def test_coalitions_are_paired_and_weigh_one_together() -> None:
    """The smallest and the largest ones are all there; a drawn one comes with its complement."""
    members, weights = coalitions(14, 300, np.random.default_rng(0))
    assert len(members) <= 300
    assert weights.sum() == pytest.approx(1)
    known = {tuple(row) for row in members.tolist()}
    assert {tuple(not each for each in row) for row in known} == known
    assert sum(sum(row) == 1 for row in known) == 14


def test_the_model_is_asked_in_batches() -> None:
    """However many rows there are, it never sees more than 20,000 at a time, nor more than 2 million values."""
    seen: list[int] = []

    def model(rows: np.ndarray) -> np.ndarray:
        seen.append(rows.size)
        assert len(rows) <= 20_000
        return rows[:, 0]

    explain(game(model, RANDOM.normal(size=(60, 200)), 20), 420, seed=0)
    assert max(seen) <= 2_000_000
    assert sum(seen) == 200 * (60 + 40 * 420 * 20)


def test_ndcg_of_the_documented_example() -> None:
    """The order reversed."""
    assert ndcg(SCORES, {"SAT": 0.10, "GPA": 0.20, "rank": 0.70}) == pytest.approx(0.6876396, abs=1e-7)
    assert ndcg(SCORES, SCORES) == 1


def test_ndcg_is_that_of_scikit_learn() -> None:
    """Ties of the live side included."""
    for _ in range(20):
        before, now = RANDOM.random(7), RANDOM.integers(0, 4, 7) / 4
        names = "abcdefg"
        ours = ndcg(dict(zip(names, before, strict=True)), dict(zip(names, now, strict=True)))
        assert ours == pytest.approx(float(ndcg_score([before], [now])))


def test_ndcg_of_other_features() -> None:
    """What one side lacks has no attribution there; where the baseline has none at all there is no score."""
    assert ndcg({"a": 1.0}, {"b": 1.0}) == pytest.approx(1 / np.log2(3))
    assert ndcg({"a": 0.0}, {"a": 1.0}) is None
