"""The header that all CSV files of a data set share."""

import csv
import gzip
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from .errors import DataError


def header(files: Sequence[Path]) -> list[str]:
    """Column names, the same in the same order in every file.

    :raises DataError: a file without a header, another header than the first file's, a name that stands twice
    """
    first = _first_line(files[0])
    twice = [name for name, count in Counter(name.lower() for name in first).items() if count > 1]
    if twice:
        raise DataError(f"{files[0].name}: columns {', '.join(twice)} stand more than once in the header")
    for path in files[1:]:
        if (other := _first_line(path)) != first:
            raise DataError(
                f"{path.name} has other columns than {files[0].name}: missing {_without(first, other)}, "
                f"new {_without(other, first)}, or in another order"
            )
    return first


def _first_line(path: Path) -> list[str]:
    opened = gzip.open if path.name.endswith(".gz") else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as lines:
            found = next(csv.reader(lines), [])
    except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile) as error:
        raise DataError(f"{path.name} is no CSV in UTF-8: {error}") from error
    if not found:
        raise DataError(f"{path.name} is empty: it has no header")
    return found


def _without(names: Sequence[str], others: Sequence[str]) -> str:
    return ", ".join(name for name in names if name not in others) or "none"
