"""Moments that people and metadata write as text."""

from datetime import UTC, datetime


def moment_of(text: str) -> datetime:
    """A moment in UTC from ISO text; one without a zone means UTC.

    :raises ValueError: for text that is no date
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
