"""The verdict for the task's log and the notification, in a few lines."""

from collections.abc import Iterator, Mapping
from typing import Any

_MOST_REASONS = 3
_NEXT = {
    "fail": "fix the source, or the suite if it is wrong, then clear this task (of pinned data, the whole run)",
    "error": "look at what could not be evaluated; the task tries again while it has retries",
}


def message(document: Mapping[str, Any], details: str) -> str:
    """What a person on call needs: five lines of a verdict that stopped the run, three of any other.

    :param details: where the page lies, or how to get one
    """
    return "\n".join(_lines(document, details))


def failures(document: Mapping[str, Any]) -> list[str]:
    """A line for each check that failed or could not be evaluated, the most severe first, as many as the verdict has."""
    return [f"  {item['severity'].upper():9} {item['text']}" for item in document["failed"]]


def _lines(document: Mapping[str, Any], details: str) -> Iterator[str]:
    dataset, engine = document["dataset"], document["engine"]
    suite = document["suite"]["name"] + (f" v{version}" if (version := document["suite"]["version"]) else "")
    yield (
        f"DATA QUALITY {document['status'].upper()}  {dataset['uri']}   {dataset['rows']:,} rows   suite {suite}   "
        f"({engine['name'] or 'no check ran'}, {engine['where']}, {document['timing']['seconds']:g} s)"
    )
    stopped = document["decision"] == "stop"
    if stopped:
        yield f"closed    {_reasons(document)}; {_sums(document)}"
        yield f"worst     {_worst(document)}"
    else:
        yield _sums(document)
    if document["reasons"] and not stopped:
        yield f"advisory  it would be closed, but for advisory_before: {_reasons(document)}"
    bad = document["artifacts"].get("bad_rows")
    yield f"details   {details}" + (f"   bad rows   {bad}" if bad else "")
    if stopped:
        yield f"next      {_NEXT[document['status']]}"


def _sums(document: Mapping[str, Any]) -> str:
    checks, rows, policy = document["checks"], document["rows"], document["policy"]
    limit = f"limit {policy['max_bad_row_pct']:g} % or {policy['max_bad_rows']:g} rows"
    bad = f"; {rows['bad']:,} bad rows ({rows['bad_pct']:.3f} %, {limit})" if rows["bad"] else ""
    passed = f"{rows['passed_on']:,} rows passed on, {rows['quarantined']:,} held back"
    return f"{checks['failed']} of {checks['total']} checks failed{bad}; {passed}"


def _reasons(document: Mapping[str, Any]) -> str:
    reasons = document["reasons"]
    more = len(reasons) - _MOST_REASONS
    return "; ".join(reasons[:_MOST_REASONS]) + (f"; and {more} more" if more > 0 else "")


def _worst(document: Mapping[str, Any]) -> str:
    failed = document["failed"]
    if not failed:
        return "no check failed, or none ran"
    more = document["checks"]["failed"] + document["checks"]["errored"] - 1
    return f"{failed[0]['severity'].upper()} {failed[0]['text']}" + (f"; and {more} more" if more > 0 else "")
