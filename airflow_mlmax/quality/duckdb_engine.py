"""The engine for suites that compile: all checks in one scan, seconds instead of a heavy import."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from .data import ROW, Data
from .predicates import PARSES, SEARCH, NotCompiledError
from .results import CheckResult
from .sql import compiled
from .suites import Check


class DuckDBEngine:
    """Answers every check of a compiled type with the counts that Great Expectations has."""

    name = "duckdb"

    @property
    def version(self) -> str:
        import duckdb

        return str(duckdb.__version__)

    def can_run(self, data: Data, check: Check) -> bool:
        """Whether the check compiles on these columns."""
        try:
            compiled(check, data.columns, data.view)
        except NotCompiledError:
            return False
        return True

    def run(self, data: Data, checks: Sequence[Check]) -> list[CheckResult]:
        parts = [compiled(check, data.columns, data.view) for check in checks]
        expressions = [each for part in parts for each in part.expressions]
        found = iter(self._scan(data, expressions) if expressions else ())
        return [part.read([next(found) for _ in part.expressions]) for part in parts]

    def mark_failing(self, data: Data, checks: Sequence[Check]) -> None:
        self._prepare(data)
        for check in checks:
            bad = compiled(check, data.columns, data.view).bad
            data.connection.execute(
                f"insert into failing select {ROW}, {check.position} from {data.view} where {bad}"  # noqa: S608
            )

    def _scan(self, data: Data, expressions: Sequence[str]) -> tuple[object, ...]:
        self._prepare(data)
        [row] = data.connection.execute(f"select {', '.join(expressions)} from {data.view}").fetchall()  # noqa: S608
        values: tuple[object, ...] = row
        return values

    def _prepare(self, data: Data) -> None:
        import duckdb

        known = data.connection.execute(
            "select function_name from duckdb_functions() where function_name in (?, ?)", [SEARCH, PARSES]
        ).fetchall()
        text = duckdb.sqltypes.VARCHAR
        for name, function in ((SEARCH, _search), (PARSES, _parses)):
            if (name,) not in known:
                data.connection.create_function(name, function, [text, text], duckdb.sqltypes.BOOLEAN)


def _search(value: str, pattern: str) -> bool:
    return _pattern(pattern).search(value) is not None


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _parses(value: str, form: str) -> bool:
    try:
        datetime.strptime(value, form)  # noqa: DTZ007 - only whether it can be read
    except ValueError:
        return False
    return True
