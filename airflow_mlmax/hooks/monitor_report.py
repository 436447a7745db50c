"""What a monitor's report says, read from S3 and told in the words of a person on call."""

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.sagemaker.results import farthest_first, violated

FILES = ("constraint_violations.json", "constraints_violations.json")
"""Both spellings that AWS's own pages have."""

_LISTED = 20
_LONGEST_LINE = 300
_NEXT = (
    "Look at the data and at the report. If the data are wrong, repair them and clear this task; if the world has "
    "changed, make a new baseline."
)


def read_violations(objects: S3Objects, report_uri: str) -> tuple[str, list[Mapping[str, Any]]]:
    """The URI of a report's file of violations, and its rows.

    :raises ApiError: there is no such file, so nothing is known to be good
    """
    for uri in (f"{report_uri}{name}" for name in FILES):
        if objects.exists(uri):
            return uri, objects.read_json(uri)["violations"]
    what = f"{report_uri} has no {FILES[0]}, so nothing is known to be good."
    raise ApiError("GetObject", "NoSuchKey", what)


def read_files(objects: S3Objects, report_uri: str, names: Sequence[str]) -> dict[str, Any]:
    """The content of those of a report's JSON files that there are, by name."""
    return {
        name: objects.read_json(f"{report_uri}{name}")
        for name in names
        if objects.exists(f"{report_uri}{name}")
    }


def explanation(about: str, violations: Sequence[Mapping[str, Any]], link: str) -> str:
    """The error of a task: each violation with what was observed and what was required, the report, the next step.

    :param about: what was compared with what, and how many violations there are
    :param link: address of the report
    """
    lines = [f"ViolationsError: {about}"]
    lines += [_line(each)[:_LONGEST_LINE] for each in farthest_first(violations)[:_LISTED]]
    if len(violations) > _LISTED:
        lines.append(f"  and {len(violations) - _LISTED} more")
    return "\n".join([*lines, f"Report: {link}", f"Next: {_NEXT}"])


def _line(violation: Mapping[str, Any]) -> str:
    details = violation.get("details") or {}
    told = {name: details[name] for name in ("observed", "threshold") if details.get(name) is not None}
    figures = ", ".join(f"{name} {_figure(value)}" for name, value in told.items())
    subject, check = violated(violation) or "data", violation.get("constraint_check_type")
    return f"  - {subject} {check}: {f'{figures}. ' if figures else ''}{violation.get('description')}"


def _figure(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
