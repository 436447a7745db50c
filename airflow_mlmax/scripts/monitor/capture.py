"""Records that the data capture of an endpoint wrote, and their ground truth, as tables.

The form of a record is that of the page "Capture data from a real-time endpoint" of SageMaker's developer guide, that
of the ground truth of the page "Ingest Ground Truth labels and merge them with predictions".
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from . import payloads
from .payloads import Row
from .reading import Chunk, DataError, Values, json_values

KEY = "eventId"
"""Column of the record's id: `inferenceId` if the caller gave one, else the endpoint's own `eventId`."""

TRUTH = "groundTruthData"
"""Column of the label where the job does not name it."""

LAYOUT = "sagemakerCaptureJson"
OUTPUT, INPUT = "endpointOutput", "endpointInput"

_ROWS = 16_384
_START, _END = "START", "END"

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Capture:
    """How captured records become rows.

    :param sides: `endpointOutput`, `endpointInput` or both, in the order of their columns
    :param window: only records of this time, from its first moment on and before its second
    :param names: names of the columns of CSV by position, if they are known
    :param preprocess: makes rows of a record, instead of the payloads themselves
    """

    sides: Sequence[str] = (OUTPUT, INPUT)
    window: tuple[datetime | None, datetime | None] = (None, None)
    names: Sequence[str] | None = None
    preprocess: Callable[[Record], list[Row]] | None = None

    @classmethod
    def of(cls, layout: Mapping[str, Any], **more: Any) -> "Capture":
        """From the value of `sagemakerCaptureJson`: `captureIndexNames` and `output_columns_position`.

        The output's columns come first, as Model Monitor has them, unless the position is END.
        """
        wanted = layout.get("captureIndexNames") or [OUTPUT, INPUT]
        if strangers := set(wanted) - {OUTPUT, INPUT}:
            raise DataError(f"captureIndexNames has {min(strangers)!r}; give {INPUT}, {OUTPUT} or both.")
        first = str(layout.get("output_columns_position") or _START).upper()
        order = (INPUT, OUTPUT) if first == _END else (OUTPUT, INPUT)
        return cls(sides=[side for side in order if side in wanted], **more)

    def chunks(self, folder: Path) -> Iterator[Chunk]:
        """The records of all files below a folder, each with its id.

        :raises DataError: for a line that is no record
        """
        rows = (row for record in _records(folder) if self._wanted(record) for row in self._rows(record))
        while some := list(islice(rows, _ROWS)):
            yield self._table(some)

    def _wanted(self, record: Record) -> bool:
        start, end = self.window
        if start is None and end is None:
            return True
        text = (record.get("eventMetadata") or {}).get("inferenceTime")
        at = moment(str(text), "inferenceTime of a captured record")
        return (start is None or at >= start) and (end is None or at < end)

    def _rows(self, record: Record) -> Iterator[Row]:
        name = _id(record)
        found = self.preprocess(record) if self.preprocess else self._merged(record, name)
        for number, row in enumerate(found):
            yield {**row, KEY: keyed(name, number, len(found))}

    def _merged(self, record: Record, name: str) -> list[Row]:
        """The rows of both sides beside each other."""
        data = record.get("captureData") or {}
        parts = {side: payloads.rows(data[side], side) for side in self.sides if data.get(side)}
        if not parts:
            raise DataError(f"the captured record {name!r} has none of {', '.join(self.sides)}.")
        most = max(map(len, parts.values()))
        parts = {side: _spread(rows, most) for side, rows in parts.items()}
        if any(len(rows) != most for rows in parts.values()):
            counts = ", ".join(f"{len(rows)} in {side}" for side, rows in parts.items())
            raise DataError(f"the captured record {name!r} has different numbers of rows: {counts}.")
        return [_beside({side: rows[number] for side, rows in parts.items()}) for number in range(most)]

    def _table(self, rows: list[Row]) -> Chunk:
        names = dict.fromkeys(name for row in rows for name in row if name != KEY)
        called = self._called([str(name) for name in names])
        return {
            KEY: Values(texts=pa.array([row[KEY] for row in rows], pa.string())),
            **{called[str(name)]: _values([row.get(name) for row in rows]) for name in names},
        }

    def _called(self, names: list[str]) -> dict[str, str]:
        """Names of columns of CSV: those of the baseline where it has as many, else with their side and position."""
        if self.names is None or not all(map(_is_position, names)):
            return dict(zip(names, names, strict=True))
        own = list(self.names) if len(self.names) == len(names) else [f"_c{n}" for n in range(len(names))]
        return dict(zip(sorted(names, key=self._place), own, strict=True))

    def _place(self, name: str) -> tuple[int, int]:
        side, _, position = name.rpartition("_")
        return (list(self.sides).index(side) if side in self.sides else 0, int(position))


def truth(folder: Path, name: str) -> Iterator[Chunk]:
    """Ground-truth records of all files below a folder: the id, and the label under a name.

    A label of a record with several rows has as many lines.
    """
    rows = (row for record in _records(folder) for row in _labels(record, name))
    while some := list(islice(rows, _ROWS)):
        yield {
            KEY: Values(texts=pa.array([row[KEY] for row in some], pa.string())),
            name: _values([row[name] for row in some]),
        }


def moment(text: str, what: str) -> datetime:
    """A time of ISO 8601; without a zone it is one of UTC.

    :raises DataError: for another text
    """
    try:
        found = datetime.fromisoformat(
            f"{text[:-1]}+00:00" if text.endswith("Z") else text
        )  # 3.10 knows no Z
    except ValueError:
        raise DataError(f"{what} is {text!r}, no time of ISO 8601.") from None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)  # noqa: UP017  3.10 knows no UTC


def keyed(name: str, number: int, of: int) -> str:
    """The id of a row: the record's, with a number where the record has several rows."""
    return name if of == 1 else f"{name}#{number}"


def _records(folder: Path) -> Iterator[Record]:
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and each.name[0] not in "._"):
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _record(line, f"{path.relative_to(folder)}, line {number}")


def _record(line: str, where: str) -> Record:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise DataError(f"{where}: a captured record must be one line of JSON: {error}") from None
    if not isinstance(record, dict) or not isinstance(record.get("eventMetadata"), dict):
        raise DataError(f"{where}: this is no captured record, it has no eventMetadata.")
    return record


def _id(record: Record) -> str:
    metadata = record["eventMetadata"]
    if not (name := metadata.get("inferenceId") or metadata.get(KEY)):
        raise DataError(f"a captured record has neither inferenceId nor {KEY}.")
    return str(name)


def _labels(record: Record, name: str) -> list[Row]:
    told = record.get(TRUTH)
    key = record["eventMetadata"].get(KEY) or record["eventMetadata"].get("inferenceId")
    if not isinstance(told, dict) or not key:
        raise DataError(f"a ground-truth record needs {TRUTH} and eventMetadata.{KEY}; {key!r} has not both.")
    values = [next(iter(row.values()), None) for row in payloads.rows(told, TRUTH)]
    return [{KEY: keyed(str(key), n, len(values)), name: value} for n, value in enumerate(values)]


def _spread(rows: list[Row], most: int) -> list[Row]:
    """One line of CSV with an answer for each row, as some containers write it, becomes as many rows."""
    if len(rows) == 1 < most == len(rows[0]) and all(isinstance(key, int) for key in rows[0]):
        return [{0: value} for value in rows[0].values()]
    return rows


def _beside(parts: Mapping[str, Row]) -> Row:
    """A row of both sides: positions get the name of their side, and so does a name that both sides have."""
    row: Row = {}
    for side, part in parts.items():
        others = {key for other, values in parts.items() if other != side for key in values}
        for key, value in part.items():
            told = isinstance(key, int) or (side == OUTPUT and key in others)
            row[f"{side}_{key}" if told else key] = value
    return row


def _is_position(name: str) -> bool:
    side, _, position = name.rpartition("_")
    return position.isdigit() and side in {OUTPUT, INPUT, ""}


def _values(values: Iterable[Any]) -> Values:
    """Texts may spell numbers, for CSV has no types."""
    listed = list(values)
    if all(each is None or isinstance(each, str) for each in listed):
        return Values(texts=pa.array(listed, pa.string()), spelled=True)
    return json_values(listed)
