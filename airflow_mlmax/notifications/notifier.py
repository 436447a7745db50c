"""An Airflow notifier that tells one kind of event to several channels, and never fails those who call it."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from airflow.providers.common.compat.sdk import Context, conf
from airflow.sdk import BaseNotifier

from airflow_mlmax.notifications.channels import Channel
from airflow_mlmax.notifications.message import Message, News, message_of

_PATIENCE = 20.0
"""Seconds for all channels together: Airflow ends a DAG processor's child after 50 (dag_file_processor_timeout)."""


class ChannelNotifier(BaseNotifier):
    """Tells what an event says to all channels at once. A channel that cannot be reached is a warning in the log.

    :param event: gives the news from the callback's context, or None where there are none; see `events`
    :param channels: by name; None tells nobody
    :param about: environment and model, in front of every subject
    :param patience: seconds after which a channel without an answer is left alone
    """

    def __init__(
        self,
        event: Callable[[Mapping[str, Any]], News | None],
        channels: Mapping[str, Channel | None],
        *,
        about: str,
        patience: float = _PATIENCE,
    ) -> None:
        super().__init__()
        self.event = event
        self.channels = channels
        self.about = about
        self.patience = patience

    def notify(self, context: Context) -> None:
        news = self.event(context)
        if news is None:
            return
        message = message_of(news, about=self.about, base_url=conf.get("api", "base_url", fallback=""))
        reachable = {name: channel for name, channel in self.channels.items() if channel}
        self.log.info("Told to %s:\n%s", ", ".join(reachable) or "nobody", message.text)
        for name, fault in _faults(reachable, message, self.patience).items():
            self.log.warning("The channel %s could not be told: %s", name, fault)


def _faults(channels: Mapping[str, Channel], message: Message, patience: float) -> dict[str, str]:
    """Sends a message to all channels, each in a thread that nobody waits for beyond the time; why some were not reached."""
    faults = dict.fromkeys(channels, f"no answer in {patience:g} s")

    def send(name: str) -> None:
        try:
            channels[name].notifier(message).notify({})
        except Exception as error:  # noqa: BLE001  # whatever a provider raises, the run goes on
            faults[name] = f"{type(error).__name__}: {error}"
        else:
            del faults[name]

    threads = [threading.Thread(target=send, args=(name,), daemon=True) for name in channels]
    deadline = time.monotonic() + patience
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
    return dict(faults)
