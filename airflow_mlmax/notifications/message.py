"""What people are told: a subject of less than 100 characters and at most six lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

_LONGEST_SUBJECT = 99
"""Amazon SNS, API reference of Publish: a subject has less than 100 characters and no line break."""

_LONGEST_LINE = 300
_LINES_OF_REASON = 2


@dataclass(frozen=True)
class Place:
    """A run in Airflow, and the task that the news are about."""

    dag_id: str
    run_id: str
    task_id: str | None = None
    map_index: int = -1
    others: int = 0
    """How many more tasks the same is to be said of."""

    @property
    def task(self) -> str | None:
        """The task in words."""
        if self.task_id is None:
            return None
        name = self.task_id if self.map_index < 0 else f"{self.task_id} [{self.map_index}]"
        return f"{name} and {self.others} more" if self.others else name

    def url(self, base: str) -> str:
        """Address of the task in Airflow's UI, or of the run.

        :param base: Airflow's own address
        """
        parts = ["dags", self.dag_id, "runs", self.run_id]
        if self.task_id is not None:
            parts += ["tasks", self.task_id]
            parts += ["mapped", str(self.map_index)] if self.map_index >= 0 else []
        return "/".join([base.rstrip("/"), *(quote(part, safe="") for part in parts)])


@dataclass(frozen=True)
class News:
    """What happened, where, and why: the reason may have many lines, of which the first ones are told."""

    what: str
    place: Place
    why: str = ""


@dataclass(frozen=True)
class Message:
    """What a channel sends, as plain text."""

    subject: str
    text: str
    """Begins with the subject: not every channel shows that by itself."""


def message_of(news: News, *, about: str, base_url: str) -> Message:
    """The message for a piece of news.

    :param about: what stands in front of the subject: environment and model
    :param base_url: Airflow's own address; an empty one gives no link
    """
    subject = _line(f"{about}: {news.what}", _LONGEST_SUBJECT)
    return Message(subject, text="\n".join([subject, *_lines(news, base_url)]))


def _lines(news: News, base_url: str) -> Iterator[str]:
    yield f"Run: {news.place.run_id}"
    if news.place.task:
        yield f"Task: {news.place.task}"
    reasons = [line for line in news.why.splitlines() if line.strip()]
    yield from (_line(line, _LONGEST_LINE) for line in reasons[:_LINES_OF_REASON])
    if base_url:
        yield news.place.url(base_url)


def _line(text: str, longest: int) -> str:
    """Text from outside as one line without control characters."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(printable.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
