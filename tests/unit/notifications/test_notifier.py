"""Events, told to channels from the callbacks of real task runs."""

import json
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowSkipException, BaseOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk.log import mask_secret
from attempts import TaskInstance, until
from inbox import Inbox, open_inbox

from airflow_mlmax.notifications.channels import Channel
from airflow_mlmax.notifications.events import FAILURE, decided, failed_run, note_failure, tell_decision
from airflow_mlmax.notifications.notifier import ChannelNotifier

TOPIC = Channel(sns="arn:aws:sns:us-east-1:123456789012:flights", conn_id="told")
NOW = datetime(2013, 7, 1, tzinfo=UTC)


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    with open_inbox() as opened:
        monkeypatch.setenv("AIRFLOW_CONN_TOLD", json.dumps(opened.aws_connection))
        yield opened


def texts(inbox: Inbox) -> list[str]:
    return [json.loads(letter["Message"])["default"] for _, letter in inbox.letters]


class Does(BaseOperator):
    """Runs a function of the context."""

    def __init__(self, *, does: Callable[[Any], Any], **kwargs: Any) -> None:
        super().__init__(task_id="task", **kwargs)
        self.does = does

    def execute(self, context: Any) -> Any:
        return self.does(context)


def fails(_: Any) -> None:
    mask_secret("hunter2hunter2")
    raise ValueError("no column dep_delay, token hunter2hunter2\nReason: renamed")


@pytest.mark.parametrize("retries", [0, 1])
def test_note(retries: int) -> None:
    """A task that has failed for good leaves why, without secrets; one that is tried again leaves nothing."""
    task = TaskInstance(
        lambda: Does(does=fails, on_failure_callback=note_failure, retries=retries), retries=retries
    )
    noted = [task.run().xcoms.get(FAILURE) for _ in range(retries + 1)]
    assert noted[:-1] == [None] * retries
    assert noted[-1]["task_id"] == "task"
    assert noted[-1]["why"] == "ValueError: no column dep_delay, token ***\nReason: renamed"


def refuses(context: Any) -> None:
    tell_decision(context, "version 3 is rejected", "the champion is better")
    raise AirflowSkipException("rejected")


def skips(_: Any) -> None:
    raise AirflowSkipException("a backfill approves nothing")


@pytest.mark.parametrize(("does", "told"), [(refuses, 1), (skips, 0)], ids=["decides", "is skipped"])
def test_decision(inbox: Inbox, does: Callable[[Any], Any], told: int) -> None:
    """A task that decided tells it when it is over, and one that did not says nothing."""
    notifier = ChannelNotifier(decided, {"team": TOPIC}, about="prod flights")
    TaskInstance(lambda: Does(does=does, on_skipped_callback=notifier)).run()
    assert len(inbox.letters) == told
    for text in texts(inbox):
        assert text.splitlines()[0] == "prod flights: version 3 is rejected"
        assert text.splitlines()[2:4] == ["Task: task", "the champion is better"]


def failed(*notes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The context of a DAG's callback."""
    with DAG("shop", schedule=None) as dag:
        for name in "abc":
            EmptyOperator(task_id=name)
    ti = SimpleNamespace(
        dag_id="shop", run_id="run", task_id="b", map_index=-1, xcom_pull=lambda **_: [None, *notes]
    )
    run = SimpleNamespace(start_date=NOW)
    return {"dag": dag, "run_id": "run", "reason": "task_failure", "ti": ti, "dag_run": run, **more}


def note(task_id: str, minutes: int) -> dict[str, Any]:
    at = (NOW + timedelta(minutes=minutes)).isoformat()
    return {"task_id": task_id, "map_index": -1, "at": at, "why": f"because of {task_id}"}


def test_first_failure() -> None:
    """Of several failed tasks the first is named; what an earlier try of the run left is none of them."""
    news = failed_run(failed(note("a", -5), note("c", 7), note("b", 3)))
    assert (news.what, news.place.task, news.why) == ("shop failed", "b and 1 more", "because of b")


def test_silent_failure() -> None:
    """A task whose worker died left no reason; the run's is told."""
    news = failed_run(failed())
    assert (news.place.task, news.why) == ("b", "a task failed; its log says why")


def test_no_task() -> None:
    """A run may fail without a task that did."""
    news = failed_run({"dag": failed()["dag"], "run_id": "run", "reason": "timed_out"})
    assert (news.place.task, news.why) == (None, "the run took longer than it may (dagrun_timeout)")


def log_of(capfd: pytest.CaptureFixture[str]) -> str:
    said = capfd.readouterr()
    return said.out + said.err


def test_a_broken_channel(inbox: Inbox, capfd: pytest.CaptureFixture[str]) -> None:
    """What is not set up is told in the log with its reason, and the others get their message."""
    unknown = Channel(smtp=["a@example.com"], conn_id="nobody_made_it")
    channels = {"unknown": unknown, "team": TOPIC, "nobody": None}
    ChannelNotifier(failed_run, channels, about="prod flights")(failed())
    assert len(inbox.letters) == 1
    log = log_of(capfd)
    assert "The channel unknown could not be told: AirflowException: SMTP connection is not found" in log
    assert log.count("could not be told") == 1


def test_a_silent_channel(
    inbox: Inbox, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for a channel that does not answer, and it keeps no other from its message."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        silent = {**inbox.aws_connection, "extra": {"endpoint_url": address}}
        monkeypatch.setenv("AIRFLOW_CONN_SILENT", json.dumps(silent))
        channels = {"silent": TOPIC.model_copy(update={"conn_id": "silent"}), "team": TOPIC}
        ChannelNotifier(failed_run, channels, about="prod flights", patience=0.5)(failed())
        assert "The channel silent could not be told: no answer in 0.5 s" in log_of(capfd)
        until(lambda: bool(inbox.letters))
