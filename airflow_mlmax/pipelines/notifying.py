"""Who hears what of a model: the spec gives names, and the environment the ways to people."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from airflow_mlmax.notifications.events import asked_person, decided, failed_run
from airflow_mlmax.notifications.message import News
from airflow_mlmax.notifications.notifier import ChannelNotifier
from airflow_mlmax.settings import Settings
from airflow_mlmax.specs import ModelSpec

Event = Literal["failure", "approval", "decision"]
_NEWS: Mapping[Event, Callable[[Mapping[str, Any]], News | None]] = {
    "failure": failed_run,
    "approval": asked_person,
    "decision": decided,
}


def notifier(settings: Settings, spec: ModelSpec, event: Event) -> ChannelNotifier:
    """Tells those whom the spec names: `failure` as a DAG's `on_failure_callback`, `approval` in an operator's `notifiers`, `decision` as the
    callback at the end of a task that decides.
    """
    names = getattr(spec.notifications, event)
    channels = {name: settings.channels[name] for name in names}
    return ChannelNotifier(_NEWS[event], channels, about=f"{settings.environment} {spec.name}")
