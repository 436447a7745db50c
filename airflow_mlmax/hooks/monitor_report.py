"""What a monitor's report says, read from S3 and told in the words of a person on call."""

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.sagemaker.results import violated

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


def explanation(about: str, violations: Sequence[Mapping[str, Any]], link: str) -> str:
    """The error of a task: each violation with what was observed and what was required, the report, the next step.

    :param about: what was compared with what, with `{}` for the number of violations
    """
    lines = [f"ViolationsError: {about.format(len(violations))}"]
    lines += [_line(each)[:_LONGEST_LINE] for each in violations[:_LISTED]]
    if len(violations) > _LISTED:
        lines.append(f"  and {len(violations) - _LISTED} more")
    return "\n".join([*lines, f"Report: {link}", f"Next: {_NEXT}"])


def _line(violation: Mapping[str, Any]) -> str:
    details = violation.get("details") or {}
    figures = " against ".join(
        f"{name} {_figure(details[key])}"
        for name, key in (("observed", "observed"), ("threshold", "threshold"))
        if details.get(key) is not None
    )
    subject, check = violated(violation) or "data", violation.get("constraint_check_type")
    return f"  - {subject} {check}: {f'{figures}. ' if figures else ''}{violation.get('description')}"


def _figure(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
