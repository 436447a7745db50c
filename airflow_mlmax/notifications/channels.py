"""Where messages go: an Amazon SNS topic, Slack, or mail, each by the notifier of its Airflow provider.

The providers are imported when a message is sent, never while DAGs are parsed.
"""

from collections.abc import Callable, Mapping
from html import escape
from typing import Annotated, Any

from airflow.sdk import BaseNotifier
from pydantic import Field, model_validator

from airflow_mlmax.notifications.message import Message
from airflow_mlmax.strict import Strict

_Arn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:.+$")]
_TIMEOUT = 10
"""Seconds that Slack has for an answer."""


class Channel(Strict):
    """One way to people: exactly one of `sns`, `slack`, `slack_webhook` and `smtp`."""

    sns: _Arn | None = None
    """ARN of a topic, in whatever region."""

    slack: Annotated[str, Field(min_length=1)] | None = None
    """A channel, such as `#ml-flights`, by Slack's API."""

    slack_webhook: bool = False
    """By an incoming webhook, which knows its channel."""

    smtp: Annotated[list[str], Field(min_length=1)] | None = None
    """Mail addresses; the sender is the connection's `from_email`."""

    conn_id: str | None = None
    """Airflow connection; by default the provider's own: `aws_default`, `slack_api_default`, `slack_default`, `smtp_default`."""

    @model_validator(mode="after")
    def _one_way(self) -> "Channel":
        ways = [name for name in _NOTIFIERS if getattr(self, name)]
        if len(ways) != 1:
            raise ValueError(
                f"give exactly one of {', '.join(_NOTIFIERS)}, not {' and '.join(ways) or 'none'}"
            )
        return self

    def notifier(self, message: Message) -> BaseNotifier:
        """Airflow's notifier that sends a message. Call its `notify`: the message is no template to be rendered."""
        make = next(make for name, make in _NOTIFIERS.items() if getattr(self, name))
        return make(self, message)

    def connection(self, argument: str) -> dict[str, Any]:
        """The notifier's argument with the connection, if it is not the default."""
        return {argument: self.conn_id} if self.conn_id else {}


def _sns(channel: Channel, message: Message) -> BaseNotifier:
    from airflow.providers.amazon.aws.notifications.sns import SnsNotifier

    arn = str(channel.sns)
    return SnsNotifier(
        target_arn=arn,
        region_name=arn.split(":")[3],
        subject=message.subject,
        message=message.text,
        **channel.connection("aws_conn_id"),
    )


def _slack(channel: Channel, message: Message) -> BaseNotifier:
    from airflow.providers.slack.notifications.slack import SlackNotifier

    return SlackNotifier(
        channel=str(channel.slack),
        text=_slack_text(message.text),
        timeout=_TIMEOUT,
        unfurl_links=False,
        **channel.connection("slack_conn_id"),
    )


def _slack_webhook(channel: Channel, message: Message) -> BaseNotifier:
    from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier

    return SlackWebhookNotifier(
        text=_slack_text(message.text),
        timeout=_TIMEOUT,
        unfurl_links=False,
        **channel.connection("slack_webhook_conn_id"),
    )


def _smtp(channel: Channel, message: Message) -> BaseNotifier:
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    return SmtpNotifier(
        to=channel.smtp or [],
        subject=message.subject,
        html_content="<br>\n".join(escape(message.text).splitlines()),
        **channel.connection("smtp_conn_id"),
    )


def _slack_text(text: str) -> str:
    """Slack's own escape (docs.slack.dev, Formatting message text), without which text could call for everybody in a channel."""
    return escape(text, quote=False)


_NOTIFIERS: Mapping[str, Callable[[Any, Message], BaseNotifier]] = {
    "sns": _sns,
    "slack": _slack,
    "slack_webhook": _slack_webhook,
    "smtp": _smtp,
}
