"""Each channel over its own wire, and what is no channel."""

import json
from collections.abc import Iterator
from email.message import Message as Mail
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from inbox import Inbox, open_inbox
from pydantic import ValidationError

from airflow_mlmax.notifications.channels import Channel
from airflow_mlmax.notifications.message import Message
from airflow_mlmax.stack.environment import free_port

TOPIC = "arn:aws:sns:eu-west-1:123456789012:flights"
MESSAGE = Message("prod flights: it failed", "prod flights: it failed\nReason: {{ a }} & <!channel>")


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with open_inbox() as opened:
        yield opened


def send(channel: dict[str, Any], connection: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_TOLD", json.dumps(connection))
    Channel.model_validate({**channel, "conn_id": "told"}).notifier(MESSAGE).notify({})


def test_sns(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The topic gets subject and text as they are, in the topic's own region."""
    send({"sns": TOPIC}, inbox.aws_connection, monkeypatch)
    [(_, letter)] = inbox.letters
    assert letter["Action"] == "Publish"
    assert letter["TargetArn"] == TOPIC
    assert letter["Subject"] == MESSAGE.subject
    assert json.loads(letter["Message"]) == {"default": MESSAGE.text}


def test_slack(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack's API gets the channel, and a text that calls nobody."""
    connection = {"conn_type": "slack", "password": "x" * 20, "extra": {"base_url": f"{inbox.url}/api/"}}
    send({"slack": "#ml-flights"}, connection, monkeypatch)
    [(path, letter)] = inbox.letters
    assert path == "/api/chat.postMessage"
    assert letter["channel"] == "#ml-flights"
    assert letter["text"] == "prod flights: it failed\nReason: {{ a }} &amp; &lt;!channel&gt;"


def test_slack_webhook(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A webhook gets the same text, at its secret address."""
    connection = {"conn_type": "slackwebhook", "password": f"{inbox.url}/hook"}
    send({"slack_webhook": True}, connection, monkeypatch)
    [(path, letter)] = inbox.letters
    assert path == "/hook"
    assert letter["text"].startswith("prod flights: it failed\n")


class Post:
    """Takes mail as a mail server does."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(BytesParser(policy=default).parsebytes(envelope.content))
        return "250 taken"


def test_smtp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody in the channel gets one mail, whose text is no markup."""
    server = Controller(post := Post(), hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        connection = {
            "conn_type": "smtp",
            "host": "127.0.0.1",
            "port": server.port,
            "extra": {"from_email": "airflow@example.com", "disable_ssl": True, "disable_tls": True},
        }
        send({"smtp": ["a@example.com", "b@example.com"]}, connection, monkeypatch)
    finally:
        server.stop()
    [mail] = post.mails
    assert (mail["From"], mail["To"]) == ("airflow@example.com", "a@example.com, b@example.com")
    assert mail["Subject"] == MESSAGE.subject
    [text] = [part.get_content() for part in mail.walk() if part.get_content_type() == "text/html"]
    assert text.splitlines() == ["prod flights: it failed<br>", "Reason: {{ a }} &amp; &lt;!channel&gt;"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "exactly one of sns, slack, slack_webhook, smtp, not none"),
        ({"sns": TOPIC, "slack": "#a"}, "not sns and slack"),
        ({"sns": "flights"}, "should match pattern"),
        ({"smtp": []}, "at least 1 item"),
    ],
    ids=["nothing", "two", "no ARN", "nobody"],
)
def test_no_channel(given: dict[str, Any], said: str) -> None:
    """A channel is one way to people."""
    with pytest.raises(ValidationError, match=said):
        Channel.model_validate(given)
