"""What people are told."""

import pytest

from airflow_mlmax.notifications.message import News, Place, message_of

PLACE = Place("flights_training", "scheduled__2013-07-01T00:00:00+00:00", "tune")
BASE = "https://airflow.example/base/"


def test_lines() -> None:
    """What, run, task, the first lines of the reason, a link: all that is needed and nothing more."""
    news = News(
        "flights_training failed", PLACE, "UserCodeError: no column\n\nReason: dep_delay\nNext: repair it"
    )
    message = message_of(news, about="prod flights", base_url=BASE)
    assert message.subject == "prod flights: flights_training failed"
    assert message.text.splitlines() == [
        "prod flights: flights_training failed",
        "Run: scheduled__2013-07-01T00:00:00+00:00",
        "Task: tune",
        "UserCodeError: no column",
        "Reason: dep_delay",
        "https://airflow.example/base/dags/flights_training/runs/scheduled__2013-07-01T00%3A00%3A00%2B00%3A00/tasks/tune",
    ]


def test_limits() -> None:
    """Whatever came from outside: the subject has less than 100 characters and no line break, the text six short lines."""
    news = News("x" * 50 + "\r\nBcc: all@example.com " + "word " * 99, PLACE, "\n".join(["long " * 999] * 9))
    message = message_of(news, about="prod flights", base_url=BASE)
    assert len(message.subject) < 100
    assert message.subject.isprintable()
    assert len(message.text.splitlines()) == 6
    assert max(map(len, message.text.splitlines())) == 300


@pytest.mark.parametrize(
    ("place", "task", "path"),
    [
        (Place("d", "r"), None, "/dags/d/runs/r"),
        (Place("d", "r", "t", others=2), "t and 2 more", "/dags/d/runs/r/tasks/t"),
        (Place("d", "r", "g.t", 3), "g.t [3]", "/dags/d/runs/r/tasks/g.t/mapped/3"),
    ],
    ids=["run", "one of several tasks", "mapped task"],
)
def test_places(place: Place, task: str | None, path: str) -> None:
    """A link leads to what the news are about."""
    assert place.task == task
    assert place.url("http://a/") == f"http://a{path}"


def test_no_address() -> None:
    """An Airflow that does not know its own address gives no link."""
    text = message_of(News("what", PLACE), about="prod", base_url="").text
    assert text.splitlines() == ["prod: what", f"Run: {PLACE.run_id}", "Task: tune"]
