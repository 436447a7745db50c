"""The verdict on a data set as plain JSON, in schema `mlmax.dq.verdict/1`."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from .gate import Finding
from .policy import Policy
from .results import CheckResult
from .suites import SEVERITIES, Suite
from .wording import expected, line, short

SCHEMA = "mlmax.dq.verdict/1"
_MOST_FAILED = 20
"""Failed checks in the verdict's file."""

_MOST_IN_XCOM = 3
_LARGEST = 16_000
_LARGEST_IN_XCOM = 1_800
_LONGEST_REASON = 160
_MEMBERS = ("id", "status", "reasons", "dataset", "rows", "policy", "failed", "artifacts")


def verdict(
    finding: Finding,
    suite: Suite,
    policy: Policy,
    *,
    mark: str,
    dataset: Mapping[str, Any],
    engine: Mapping[str, Any],
    run: Mapping[str, Any],
    timing: Mapping[str, Any],
    artifacts: Mapping[str, str],
    advisory: bool = False,
) -> dict[str, Any]:
    """The whole verdict, at most 16 kB.

    :param mark: the verdict's id
    :param dataset: `uri`, `format`, `bytes`, `manifest_sha256`, the hash over URIs and ETags of the objects, and `sensitive`
        columns
    :param engine: `where` it ran, `worker` or `processing`, and the job's `job_arn`
    :param run: who asked: `dag_id`, `run_id`, `task_id`, `map_index`, `try_number`
    :param timing: `started_at` and `seconds`
    :param artifacts: S3 URIs by what lies there
    :param advisory: whether failures only warned
    """
    document = {
        "schema": SCHEMA,
        "id": mark,
        "status": finding.status,
        "decision": finding.decision,
        "reasons": [reason[:_LONGEST_REASON] for reason in finding.reasons],
        "advisory": advisory,
        "dataset": {**dataset, "rows": finding.rows.total},
        "suite": {"name": suite.name, "version": suite.version, "sha256": suite.sha256},
        "engine": {"name": " + ".join(finding.engines), **engine},
        "run": dict(run),
        "timing": dict(timing),
        "checks": counts(finding.results),
        "rows": _rows(finding),
        "policy": asdict(policy),
        "failed": [_failure(result) for result in worst_first(finding)],
        "truncated": False,
        "artifacts": dict(artifacts),
    }
    return _capped(document, _MOST_FAILED, _LARGEST)


def compact(document: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict for XCom: without what its file tells better, below 2 kB."""
    kept = ("schema", "id", "status", "decision", "reasons", "checks", "rows", "failed", "truncated")
    small = {name: document[name] for name in (*kept, "approval") if name in document}
    small["failed"] = [
        {name: value for name, value in item.items() if name != "text"} for item in document["failed"]
    ]
    small["dataset"] = {name: document["dataset"][name] for name in ("uri", "rows")}
    small["suite"] = {name: document["suite"][name] for name in ("name", "version")}
    return _capped(small, _MOST_IN_XCOM, _LARGEST_IN_XCOM)


def is_verdict(document: Any) -> bool:
    """Whether a JSON value is a verdict of this schema, so that it may decide something."""
    return (
        isinstance(document, dict)
        and document.get("schema") == SCHEMA
        and document.get("decision") in {"continue", "continue_quarantined", "stop"}
        and all(name in document for name in _MEMBERS)
    )


def worst_first(finding: Finding) -> list[CheckResult]:
    """The checks that failed or could not be evaluated, the most severe first, each once."""
    results = {each.check.position: each for each in (*finding.after, *finding.results) if not each.success}
    return sorted(results.values(), key=lambda each: (-each.check.rank, each.check.position))


def counts(results: Sequence[CheckResult]) -> dict[str, int]:
    failed = Counter(each.check.severity for each in results if each.failed)
    errored = sum(each.error is not None for each in results)
    return {
        "total": len(results),
        "passed": sum(each.success for each in results),
        "failed": sum(failed.values()),
        "errored": errored,
        **{severity: failed[severity] for severity in reversed(SEVERITIES)},
    }


def _rows(finding: Finding) -> dict[str, Any]:
    rows = finding.rows
    return {
        "bad": rows.bad,
        "bad_pct": round(rows.bad_pct, 4),
        "quarantined": rows.quarantined,
        "passed_on": rows.passed_on,
    }


def _failure(result: CheckResult) -> dict[str, Any]:
    column = result.check.column
    shown: dict[str, Any] = {
        "check": result.check.type,
        "column": None if column is None else short(column),
        "severity": result.check.severity,
        "expected": short(expected(result.check)),
        "text": line(result),
    }
    if result.error:
        return {**shown, "error": result.error}
    if result.unexpected_count is None:
        return {**shown, "observed": short(result.observed)}
    share = 100 * result.unexpected_count / result.element_count if result.element_count else 0.0
    sample = [short(value) for value in result.sample]
    return {**shown, "bad": result.unexpected_count, "pct": round(share, 4), "sample": sample}


def _capped(document: Mapping[str, Any], most: int, largest: int) -> dict[str, Any]:
    capped = {**document}
    capped["truncated"] = (
        document["truncated"] or max(len(document["failed"]), len(document["reasons"])) > most
    )
    for count in range(most, -1, -1):
        capped.update(failed=document["failed"][:count], reasons=document["reasons"][: max(count, 1)])
        if len(json.dumps(capped)) <= largest:
            break
        capped["truncated"] = True
    return capped
