"""A person decides whether data that failed go on: what is shown, and what the answer says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

APPROVE = "Approve"
OPTIONS = (APPROVE, "Reject")
_SPECIAL = "\\`*_{}[]<>|~#"


@dataclass(frozen=True)
class Answer:
    """What was chosen, by whom and when; no option where nobody answered in time."""

    option: str | None
    by: str
    at: str

    @property
    def text(self) -> str:
        """For the log."""
        if self.option is None:
            return f"none: {self.by}"
        return f"{self.option} by {self.by} at {self.at}"

    @property
    def record(self) -> dict[str, str]:
        """For XCom."""
        return {"by": self.by, "at": self.at}


def invitation(document: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and body, in Markdown, of the question: the failed checks as a table."""
    dataset, rows = document["dataset"], document["rows"]
    lines = [
        f"{_plain(dataset['uri'])}: {dataset['rows']:,} rows, {rows['bad']:,} bad ({rows['bad_pct']:.3f} %).",
        f"Closed because: {_plain('; '.join(document['reasons']))}.",
        "",
        "| severity | check and what was found |",
        "|---|---|",
        *(f"| {item['severity']} | {_plain(item['text'])} |" for item in document["failed"]),
        "",
        *(
            f"{name}: {_plain(uri)}  "
            for name, uri in document["artifacts"].items()
            if name in {"report", "bad_rows"}
        ),
        "",
        f"{APPROVE} lets all {dataset['rows']:,} rows go on as they are.",
    ]
    return f"Data quality: may {dataset['uri']} go on?", "\n".join(lines)


def answer(event: Mapping[str, Any]) -> Answer:
    """The answer in the event with which Airflow resumes the task."""
    if "error" in event:
        return Answer(None, str(event["error"]), "")
    user = event.get("responded_by_user") or {}
    at = event.get("responded_at")
    return Answer(
        option=next(iter(event.get("chosen_options") or ()), None),
        by=str(user.get("name") or user.get("id") or "nobody"),
        at=at.isoformat(timespec="seconds") if isinstance(at, datetime) else str(at),
    )


def _plain(text: str) -> str:
    """Text in which nothing is markup."""
    return "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in text)
