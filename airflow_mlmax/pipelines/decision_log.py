"""The decisions on retraining in S3: of two runs that decide at the same time one is written, the other decides again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from airflow_mlmax.hooks.numbered_log import NumberedLog

_TRIES = 5
_SKEW = timedelta(hours=1)
"""Clocks of workers and scheduler differ by less."""


@dataclass(frozen=True)
class DecisionLog:
    """The decisions about one model."""

    entries: NumberedLog

    def record(
        self,
        run_id: str,
        begun: datetime,
        make: Callable[[Mapping[str, Any] | None], Mapping[str, Any]],
    ) -> dict[str, Any]:
        """The decision of a run: the one that it has made before, or a new one.

        :param begun: no decision of the run is older
        :param make: the decision, for the last one before it that was to train; it is asked again if another run was faster
        :raises RuntimeError: other runs were faster every time
        """
        for _ in range(_TRIES):
            listed = self.entries.listed()
            if own := self._own(listed, run_id, begun):
                return own
            training = self._last_training(listed)
            made = {**make(training), "run_id": run_id, "number": len(listed) + 1}
            if self.entries.write(made["number"], made):
                return made
        raise RuntimeError(f"{_TRIES} other decisions were written below {self.entries.uri} in the meantime")

    def _own(self, listed: Sequence[str], run_id: str, begun: datetime) -> dict[str, Any] | None:
        for each in self._read(listed):
            if each["run_id"] == run_id:
                return each
            if datetime.fromisoformat(each["at"]) < begun - _SKEW:
                return None
        return None

    def _last_training(self, listed: Sequence[str]) -> dict[str, Any] | None:
        """Each decision names the last one before it that was to train, so this reads two objects at most."""
        last = next(self._read(listed), None)
        if last is None or last["retrain"]:
            return last
        number = last["last_retraining"]
        if number is None:
            return None
        return self.entries.read(listed[number - 1])

    def _read(self, listed: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Decisions from the last one backwards, each read when it is asked for."""
        return (self.entries.read(uri) for uri in reversed(listed))
