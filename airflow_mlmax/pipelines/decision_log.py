"""The decisions on retraining in S3: one object each, written once and never changed.

An object's name is its number, and S3 writes it only if there is none of that name (`If-None-Match: *`). Of two runs that decide
at the same time one is written; the other learns of it, and decides again with that decision known.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from airflow_mlmax.hooks.s3 import S3Objects

_DIGITS = 6
_TRIES = 5
_SKEW = timedelta(hours=1)
"""Clocks of workers and scheduler differ by less."""


@dataclass(frozen=True)
class DecisionLog:
    """The decisions about one model.

    :param uri: S3 prefix of the log
    """

    s3: S3Objects
    uri: str

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
            listed = self._listed()
            if own := self._own(listed, run_id, begun):
                return own
            training = self._last_training(listed)
            made = {**make(training), "run_id": run_id, "number": len(listed) + 1}
            uri = f"{self._prefix}{made['number']:0{_DIGITS}}.json"
            if self.s3.put_if_absent(uri, json.dumps(made, sort_keys=True, allow_nan=False).encode()):
                return made
        raise RuntimeError(f"{_TRIES} other decisions were written below {self._prefix} in the meantime")

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
        training: dict[str, Any] = self.s3.read_json(listed[number - 1])
        return training

    def _listed(self) -> list[str]:
        return [item["uri"] for item in self.s3.list(self._prefix) if item["uri"].endswith(".json")]

    def _read(self, listed: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Decisions from the last one backwards, each read when it is asked for."""
        return (self.s3.read_json(uri) for uri in reversed(listed))

    @property
    def _prefix(self) -> str:
        return f"{self.uri.rstrip('/')}/"
