"""Labels come after predictions, so what depends on them waits."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.providers.common.compat.sdk import BaseSensorOperator, PokeReturnValue

from airflow_mlmax.pipelines.access import s3_of
from airflow_mlmax.pipelines.runs import interval_day
from airflow_mlmax.settings import Settings

_PATIENCE = timedelta(days=3)
_EVERY = timedelta(minutes=10)


class LabelsSensor(BaseSensorOperator):
    """Waits, without a worker, until the labels of the run's day have landed. XCom: the day.

    :param labels: S3 URI of a folder with one `date=` partition a day
    """

    def __init__(self, *, settings: Settings, labels: str, **kwargs: Any) -> None:
        waiting = {"mode": "reschedule", "timeout": _PATIENCE, "poke_interval": _EVERY}
        super().__init__(**{**waiting, **kwargs})
        self.settings = settings
        self.labels = labels

    def poke(self, context: Mapping[str, Any]) -> PokeReturnValue:
        day = interval_day(context, self.settings.data_ends)
        place = f"{self.labels}/date={day}/"
        there = any(not item["uri"].endswith("/") for item in s3_of(self.settings).list(place))
        self.log.info("%s labels below %s.", "There are" if there else "There are no", place)
        return PokeReturnValue(is_done=there, xcom_value=str(day))
