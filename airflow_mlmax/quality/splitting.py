"""Bad rows with their reasons, and the rows that are left, as files in the format that the data came in."""

from collections.abc import Mapping
from pathlib import Path

from .data import ROW, Data

REASONS = "__dq_failed"
VERDICT = "__dq_verdict"

_OPTIONS = {"csv": "format csv, header true", "parquet": "format parquet", "jsonl": "format json"}


def write_bad_rows(data: Data, path: Path, labels: Mapping[int, str], verdict_id: str) -> int:
    """Writes the rows that stand in the table `failing`, as they came, with the checks they break; gives their number.

    :param labels: what to call a check, by its position
    """
    known = ", ".join(f"({position}, {_text(label)})" for position, label in labels.items())
    return _write(
        data,
        path,
        f"select raw.* exclude ({ROW}), bad.why as {REASONS}, {_text(verdict_id)} as {VERDICT} "  # noqa: S608
        f"from raw join (select row, string_agg(label, '; ' order by position) as why "
        f"from (select distinct row, position from failing) join (values {known}) as names (position, label) "
        f"using (position) group by row) as bad on bad.row = raw.{ROW} order by {ROW}",
    )


def write_clean_rows(data: Data, path: Path) -> int:
    """Writes all other rows as they came; gives their number."""
    left = f"select * exclude ({ROW}) from raw where {ROW} not in (select row from failing) order by {ROW}"  # noqa: S608
    return _write(data, path, left)


def _write(data: Data, path: Path, query: str) -> int:
    [(rows,)] = data.connection.execute(
        f"copy ({query}) to {_text(str(path))} ({_OPTIONS[data.format]})"
    ).fetchall()
    return int(rows)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
