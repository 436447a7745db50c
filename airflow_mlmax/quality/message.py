"""The verdict for the task's log and the notification, in a few lines."""

from .gate import Finding
from .policy import Policy
from .results import CheckResult
from .suites import Suite
from .verdict import DataSet, counts, worst_first
from .wording import found, phrase

_MOST_CHECKS = 20
_MOST_REASONS = 3
_LONGEST_REASON = 160
_WIDTH = 120
_NEXT = {
    False: "fix the source, or the suite if it is wrong, then clear this task",
    True: "look at what could not be evaluated; the task tries again while it has retries",
}


def message(finding: Finding, dataset: DataSet, suite: Suite, policy: Policy, details: str) -> str:
    """What a person on call needs, in a few lines.

    :param details: where the page lies, or how to get one
    """
    rows, tally = finding.rows, counts(finding.results)
    engines = " + ".join(finding.engines) or "no check ran"
    title = (
        f"DATA QUALITY {finding.status.upper()}  {dataset.uri}   {rows.total:,} rows   suite {suite.title}"
    )
    bad = f"; {rows.bad:,} bad rows ({rows.bad_pct:.3f} %, limit {_limit(policy)})" if rows.bad else ""
    sums = f"{tally['failed']} of {tally['total']} checks failed{bad}"
    lines = [
        f"{title}   ({engines})",
        f"{sums}; {rows.passed_on:,} rows passed on, {rows.quarantined:,} held back",
        *map(_line, worst_first(finding)[:_MOST_CHECKS]),
    ]
    if finding.decision == "stop":
        lines.append(f"closed    {_reasons(finding)}")
    lines.append(f"details   {details}")
    if finding.decision == "stop":
        lines.append(f"next      {_NEXT[finding.status == 'error']}")
    return "\n".join(lines)


def _line(result: CheckResult) -> str:
    return f"  {result.check.severity.upper():9} {phrase(result.check)}   {found(result)}"[:_WIDTH]


def _reasons(finding: Finding) -> str:
    """Why the gate is closed, in one line."""
    more = len(finding.reasons) - _MOST_REASONS
    text = "; ".join(reason[:_LONGEST_REASON] for reason in finding.reasons[:_MOST_REASONS])
    return f"{text}; and {more} more" if more > 0 else text


def _limit(policy: Policy) -> str:
    return f"{policy.max_bad_row_pct:g} % or {policy.max_bad_rows:g} rows"
