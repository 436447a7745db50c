"""What goes wrong with a daily file of flights in real life, done to its text on purpose."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

Rows = list[list[str]]
"""The header, then the rows."""

_EVERY = 20


@dataclass(frozen=True)
class Damage:
    """A way to break a file."""

    what: str
    """What it does, for people."""

    apply: Callable[[str], str]


def _of_rows(change: Callable[[Rows], Rows]) -> Callable[[str], str]:
    def applied(text: str) -> str:
        made = io.StringIO()
        csv.writer(made, lineterminator="\n").writerows(change(list(csv.reader(io.StringIO(text)))))
        return made.getvalue()

    return applied


def _in_some_rows(column: str, change: Callable[[str], str]) -> Callable[[str], str]:
    def changed(rows: Rows) -> Rows:
        place = rows[0].index(column)
        for row in rows[1::_EVERY]:
            row[place] = change(row[place])
        return rows

    return _of_rows(changed)


def _without_temperature(rows: Rows) -> Rows:
    place = rows[0].index("temp")
    return [row[:place] + row[place + 1 :] for row in rows]


def _other_temperature(rows: Rows) -> Rows:
    return [["temperature" if name == "temp" else name for name in rows[0]], *rows[1:]]


def _swapped(rows: Rows) -> Rows:
    first, second = rows[0].index("origin"), rows[0].index("dest")
    for row in rows:
        row[first], row[second] = row[second], row[first]
    return rows


def _repeated(rows: Rows) -> Rows:
    return [*rows, *rows[1::_EVERY]]


def _from_the_future(rows: Rows) -> Rows:
    place, last = rows[0].index("scheduled_departure"), rows[-1]
    last[place] = (datetime.fromisoformat(last[place]) + timedelta(days=1)).isoformat()
    return rows


def _truncated(text: str) -> str:
    """Ends in the middle of a row, as an upload that broke off does."""
    lines = text.splitlines(keepends=True)
    kept = max(1, len(lines) * 3 // 5)
    return "".join(lines[:kept]) + "".join(lines[kept : kept + 1])[: len(lines[kept - 1]) // 2]


DAMAGES = {
    "negative-distance": Damage(
        f"the distance of every {_EVERY}th flight is negative",
        _in_some_rows("distance", lambda value: f"-{value}"),
    ),
    "missing-column": Damage("the column temp is gone", _of_rows(_without_temperature)),
    "renamed-column": Damage("the column temp is called temperature", _of_rows(_other_temperature)),
    "reordered-columns": Damage("the columns origin and dest have changed places", _of_rows(_swapped)),
    "new-category": Damage(
        f"every {_EVERY}th flight leaves from HPN, where none left before",
        _in_some_rows("origin", lambda _: "HPN"),
    ),
    "duplicate-keys": Damage(f"every {_EVERY}th flight stands there twice", _of_rows(_repeated)),
    "nulls": Damage(f"every {_EVERY}th flight has no carrier", _in_some_rows("carrier", lambda _: "")),
    "future": Damage("the last flight leaves a day after the day of the file", _of_rows(_from_the_future)),
    "truncated": Damage("the file ends in the middle of a row, after three fifths", _truncated),
    "empty": Damage("there is a header and no flight", _of_rows(lambda rows: rows[:1])),
}
