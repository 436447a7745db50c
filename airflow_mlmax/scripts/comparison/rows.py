"""The predictions of two models for the same rows, read from CSV and put side by side."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .metrics import Scored

_SHOWN = 3


class RowsError(ValueError):
    """The predictions cannot be compared; says which, where, and what to do."""


@dataclass(frozen=True)
class Pairs:
    """Rows that both models scored."""

    champion: Scored
    challenger: Scored
    columns: dict[str, NDArray[np.str_]]
    """What the rows can be sliced or clustered by."""

    def part(self, chosen: NDArray[np.bool_]) -> "Pairs":
        """Some of the rows."""
        old, new = (
            Scored(side.label[chosen], side.score[chosen]) for side in (self.champion, self.challenger)
        )
        return Pairs(old, new, {name: values[chosen] for name, values in self.columns.items()})


def read_pairs(
    champion: Path, challenger: Path, *, key: str, label: str, score: str, columns: Sequence[str]
) -> Pairs:
    """The rows of both folders, in the order of the challenger's.

    :param columns: read from the challenger's rows
    :raises RowsError: keys or labels differ, a column is missing, or a value is no label or no probability
    """
    old = _read(champion, [key, label, score])
    new = _read(challenger, [key, label, score, *columns])
    place = _places(champion, old[key])
    _places(challenger, new[key])
    strangers = sorted(set(old[key]) ^ set(new[key]))
    if strangers:
        raise RowsError(
            f"champion and challenger did not score the same rows: {len(strangers)} keys stand in one only, first "
            f"{strangers[:_SHOWN]}; score both on the same window"
        )
    order = [place[value] for value in new[key]]
    truth = _labels(challenger, label, new[label])
    if not np.array_equal(truth, _labels(champion, label, [old[label][at] for at in order])):
        raise RowsError(f"champion and challenger have different {label} for the same rows; use one window")
    return Pairs(
        Scored(truth, _scores(champion, score, [old[score][at] for at in order])),
        Scored(truth, _scores(challenger, score, new[score])),
        {name: np.array(new[name]) for name in columns},
    )


def _read(folder: Path, wanted: Sequence[str]) -> dict[str, list[str]]:
    files = sorted(folder.rglob("*.csv"))
    found: dict[str, list[str]] = {name: [] for name in wanted}
    for path in files:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            if missing := [name for name in wanted if name not in (reader.fieldnames or ())]:
                raise RowsError(f"{path} has no column {', '.join(missing)}; it has {reader.fieldnames}")
            for row in reader:
                for name in wanted:
                    found[name].append(row[name])
    if not files or not found[wanted[0]]:
        raise RowsError(f"no rows of CSV below {folder}")
    return found


def _places(folder: Path, keys: Sequence[str]) -> dict[str, int]:
    places = {value: at for at, value in enumerate(keys)}
    if len(places) < len(keys):
        raise RowsError(f"{len(keys) - len(places)} keys stand twice below {folder}; a key names one row")
    return places


def _labels(folder: Path, name: str, texts: Sequence[str]) -> NDArray[np.float64]:
    if strangers := sorted(set(texts) - {"0", "1"}):
        raise RowsError(f"{name} below {folder} is {strangers[:_SHOWN]}; a label is 0 or 1")
    return np.array([text == "1" for text in texts], dtype=np.float64)


def _scores(folder: Path, name: str, texts: Sequence[str]) -> NDArray[np.float64]:
    try:
        values = np.array(texts, dtype=np.float64)
    except ValueError as error:
        raise RowsError(f"{name} below {folder}: {error}") from None
    if not ((values >= 0) & (values <= 1)).all():
        raise RowsError(f"{name} below {folder} has a value outside 0 to 1; give probabilities")
    return values
