"""One gate: run the checks of a suite, find the bad rows, decide whether the data may go on."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal

from .catalogue import EXISTENCE, TYPE_CHECKS, UNREADABLE
from .data import Data
from .duckdb_engine import DuckDBEngine
from .errors import EngineError
from .gx_engine import GreatExpectationsEngine
from .policy import Policy
from .results import CheckResult, Engine, without_values
from .spark_engine import SparkEngine
from .suites import Check
from .wording import without

ENGINES: Mapping[str, Sequence[Callable[[], Engine]]] = {
    "auto": (DuckDBEngine, GreatExpectationsEngine),
    "duckdb": (DuckDBEngine,),
    "great_expectations": (GreatExpectationsEngine,),
    "spark": (SparkEngine,),
}
"""Which engines run a suite: each check goes to the first one that can run it."""

Status = Literal["pass", "warn", "fail", "error"]
Decision = Literal["continue", "continue_quarantined", "stop"]


@dataclass(frozen=True)
class Rows:
    """Where the rows went: each one is either passed on or quarantined."""

    total: int
    bad: int
    quarantined: int

    @property
    def passed_on(self) -> int:
        return self.total - self.quarantined

    @property
    def bad_pct(self) -> float:
        return 100 * self.bad / self.total if self.total else 0.0


@dataclass(frozen=True)
class Finding:
    """What a gate found and decided."""

    status: Status
    decision: Decision
    reasons: tuple[str, ...]
    """Why the gate is closed, or would be but for the policy's `advisory_before`."""

    rows: Rows
    results: tuple[CheckResult, ...]
    after: tuple[CheckResult, ...]
    """The checks that ran again on the rows that are left."""

    engines: tuple[str, ...]
    """Name and version of each engine that ran."""


def judge(
    data: Data,
    checks: Sequence[Check],
    policy: Policy,
    engine: str = "auto",
    sensitive: AbstractSet[str] = frozenset(),
) -> Finding:
    """Runs the checks and applies the policy; the bad rows then stand in the data's table `failing`.

    :param sensitive: columns of which no value is shown
    :raises EngineError: a check has no exact equal in the engine that was asked for, or there is no such engine
    """
    if data.rows < policy.min_rows:
        reason = f"{data.rows} rows, at least {policy.min_rows} are needed"
        return Finding("fail", "stop", (reason,), Rows(data.rows, 0, data.rows), (), (), ())
    runner = _Runner(engine, sensitive)
    results = runner.run(data, [*checks, *_readability(data, len(checks))])
    bad = runner.mark(data, [each for each in results if each.failed and policy.makes_bad_rows(each.check)])
    reasons = _reasons(results, policy, bad, data.rows)
    after: tuple[CheckResult, ...] = ()
    taken_out = 0
    if bad and policy.quarantine == "rows" and not reasons:
        left = data.without_failing()
        after = runner.run(left, [check for check in checks if not policy.makes_bad_rows(check)])
        reasons = _reasons_after(left, after, policy)
        taken_out = bad
    errors = tuple(
        f"{each.check.label}: {each.error}" for each in (*results, *after) if policy.is_undecided_by(each)
    )
    status: Status = "fail" if reasons else "error" if errors else _open_status(results, after)
    stopped = bool(reasons or errors)
    return Finding(
        status=status,
        decision="stop" if stopped else "continue_quarantined" if taken_out else "continue",
        reasons=reasons or errors,
        rows=Rows(data.rows, bad, data.rows if stopped else taken_out),
        results=results,
        after=after,
        engines=tuple(runner.used),
    )


def unreadable(reason: str) -> Finding:
    """The finding on data that cannot be read as what they are said to be."""
    return Finding("fail", "stop", (reason,), Rows(0, 0, 0), (), (), ())


def advised(finding: Finding) -> Finding:
    """The finding where failures only warn: what would close the gate stays in its reasons, and all rows go on."""
    if finding.status != "fail":
        return finding
    rows = replace(finding.rows, quarantined=0)
    return replace(finding, status="warn", decision="continue", rows=rows)


class _Runner:
    """Gives each check to the engine that is to run it."""

    def __init__(self, engine: str, sensitive: AbstractSet[str]) -> None:
        if engine not in ENGINES:
            raise EngineError(f"engine is {engine!r}; give one of {', '.join(ENGINES)}")
        self.engine = engine
        self.sensitive = sensitive
        self.used: list[str] = []
        self._engines = [make() for make in ENGINES[engine]]

    def run(self, data: Data, checks: Sequence[Check]) -> tuple[CheckResult, ...]:
        """Results in the order of the checks."""
        known = {check.position: result for check in checks if (result := _by_schema(data, check))}
        for engine, part in self._parts(data, [check for check in checks if check.position not in known]):
            for result in engine.run(data, part):
                known[result.check.position] = without_values(result, self.sensitive)
            if (name := f"{engine.name} {engine.version}") not in self.used:
                self.used.append(name)
        return tuple(known[check.position] for check in checks)

    def mark(self, data: Data, failed: Sequence[CheckResult]) -> int:
        """Fills the data's table of failing rows; gives how many rows stand there."""
        for result in failed:
            if result.check.type == UNREADABLE:
                data.record_unreadable(result.check.kwargs["column"], result.check.position)
        rest = [each.check for each in failed if each.check.type != UNREADABLE and each.unexpected_count]
        for engine, part in self._parts(data, rest):
            engine.mark_failing(data, part)
        return data.failing_rows()

    def _parts(self, data: Data, checks: Sequence[Check]) -> list[tuple[Engine, list[Check]]]:
        parts: list[tuple[Engine, list[Check]]] = [(engine, []) for engine in self._engines]
        refused: list[Check] = []
        for check in checks:
            taken = next((part for engine, part in parts if engine.can_run(data, check)), refused)
            taken.append(check)
        if refused:
            names = ", ".join(check.label for check in refused)
            raise EngineError(
                f"engine {self.engine} has no exact equal of {names}; use auto or great_expectations"
            )
        return [(engine, part) for engine, part in parts if part]


def _readability(data: Data, first: int) -> list[Check]:
    """A check for each column with values that are not of the column's declared type."""
    return [
        Check(position, UNREADABLE, {"column": name}, "critical")
        for position, name in enumerate(data.unreadable, start=first)
    ]


def _by_schema(data: Data, check: Check) -> CheckResult | None:
    """The result of a check that the columns alone decide, the same for every engine."""
    missing = [name for name in check.columns if name not in data.columns]
    if missing and check.type not in EXISTENCE:
        return CheckResult(check, success=False, observed=without(missing, data.columns))
    if check.type == UNREADABLE:
        count = data.unreadable[check.kwargs["column"]]
        return CheckResult(check, False, data.rows, 0, count)
    if check.type in TYPE_CHECKS:
        found = data.columns[check.kwargs["column"]]
        wanted = check.kwargs.get("type_list") or [check.kwargs["type_"]]
        return CheckResult(
            check, found in wanted or (found == "integer" and "number" in wanted), observed=found
        )
    return None


def _reasons(results: Sequence[CheckResult], policy: Policy, bad: int, rows: int) -> tuple[str, ...]:
    closing = [each for each in results if policy.closes(each)]
    by_rows = [each for each in closing if policy.makes_bad_rows(each.check) and each.unexpected_count]
    alone = [f"{each.check.label} failed" for each in closing if each not in by_rows]
    if by_rows and not policy.allows(bad, rows):
        alone.append(f"{bad} of {rows} rows are bad")
    return tuple(alone)


def _reasons_after(left: Data, after: Sequence[CheckResult], policy: Policy) -> tuple[str, ...]:
    if left.rows < policy.min_rows:
        return (f"{left.rows} rows are left, at least {policy.min_rows} are needed",)
    return tuple(f"{each.check.label} failed on the rows left" for each in after if policy.closes(each))


def _open_status(results: Sequence[CheckResult], after: Sequence[CheckResult]) -> Status:
    return "pass" if all(each.success for each in (*results, *after)) else "warn"
