"""When a model may be trained again: the brakes of each cause."""

from typing import Literal

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt

from airflow_mlmax.specs.schedule import Schedule
from airflow_mlmax.strict import Strict

WarmStart = Literal["TransferLearning", "IdenticalDataAndAlgorithm"]


class Brakes(Strict):
    """What must have come together since the last training."""

    cool_down_days: NonNegativeInt = 0
    """Days of data since the end of the last training's window, so that a replay of the past is braked as the present is."""

    cool_down_hours: NonNegativeFloat = 0
    """Hours of the clock since the last training."""

    min_new_rows: NonNegativeInt = 0
    """Labelled rows, about, that no registered version has seen."""


class DriftBrakes(Brakes):
    """The same, and how long drift must last."""

    in_a_row: PositiveInt = 1
    """Monitored days with drift, without one that had none between them."""

    days_apart: PositiveInt = 1
    """Days from one monitored day to the next."""


class Causes(Strict):
    """What may cause a training. A cause without brakes causes none."""

    schedule: Brakes | None = None
    new_data: Brakes | None = None
    drift: DriftBrakes | None = None
    request: Brakes = Brakes()
    """A run that a person starts: nothing but a training that is on its way holds it back, unless said here."""

    def brakes(self, cause: str) -> Brakes | None:
        """The brakes of a cause."""
        found: Brakes | None = getattr(self, cause)
        return found


class Retraining(Strict):
    """When it is decided whether a model is trained again, and by what."""

    schedule: Schedule
    causes: Causes = Causes()
    warm_start: WarmStart | None = None
    """Whether the search begins with what the search of the newest version has learnt; new data make it `TransferLearning`."""

    backfilled_events: Literal["ignore", "count"] = "ignore"
    """Whether drift and data of days that were monitored in a backfill cause anything."""
