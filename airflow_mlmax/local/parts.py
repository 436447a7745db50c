"""The parts of the runtime that a call works with."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_mlmax.local.calls import Calls
    from airflow_mlmax.local.faults import Faults
    from airflow_mlmax.local.jobs.engine import Engine
    from airflow_mlmax.local.monitoring.scheduler import Scheduler
    from airflow_mlmax.local.s3.objects import ObjectStore
    from airflow_mlmax.local.services.events import EventStore
    from airflow_mlmax.local.services.logs import LogStore
    from airflow_mlmax.local.services.metrics import MetricStore
    from airflow_mlmax.local.store import Store


@dataclass(frozen=True)
class Parts:
    store: "Store"
    objects: "ObjectStore"
    logs: "LogStore"
    metrics: "MetricStore"
    events: "EventStore"
    engine: "Engine"
    schedules: "Scheduler"
    faults: "Faults"
    calls: "Calls"
