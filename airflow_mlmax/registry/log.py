"""The champion log in S3: one object for each change, written once and never changed.

S3 writes an object only if there is none of its name (`If-None-Match: *`), so of two changes at the same time one is made and the
other learns of it: the number of a change is its name.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.registry.champions import Change, change_of

_DIGITS = 6


class LostRaceError(RuntimeError):
    """Somebody else changed the champion at the same moment."""

    def __init__(self, made: Change) -> None:
        super().__init__(
            f"version {made.version} was made champion at {made.at:%Y-%m-%d %H:%M:%S} UTC by {made.by} ({made.why}) "
            "while this change was on its way; look at it, then clear this task if the change is still wanted"
        )


@dataclass(frozen=True)
class ChampionLog:
    """The changes of one model.

    :param uri: S3 prefix of the log
    """

    s3: S3Objects
    uri: str

    def history(self) -> list[Change]:
        """All changes in the order in which they were made; empty if there is none."""
        found = self.s3.list(self._prefix)
        return [change_of(self.s3.read_json(item["uri"])) for item in found if item["uri"].endswith(".json")]

    def append(self, make: Callable[[Sequence[Change], int], Change], token: str) -> Change:
        """Makes one change, unless one of the same token was made before; gives it.

        :param make: the change for a history and the number that it would have, or one of the history if none is needed
        :raises LostRaceError: another change was made since the history was read; nothing was written
        """
        history = self.history()
        if known := next((each for each in history if each.token == token), None):
            return known
        change = make(history, len(history) + 1)
        if change in history:
            return change
        body = json.dumps(change.document(), sort_keys=True, allow_nan=False).encode()
        uri = f"{self._prefix}{change.number:0{_DIGITS}}.json"
        if not self.s3.put_if_absent(uri, body):
            made = change_of(self.s3.read_json(uri))
            if made.token != token:  # otherwise the answer to an earlier try of the same call was lost
                raise LostRaceError(made)
        return change

    @property
    def _prefix(self) -> str:
        return f"{self.uri.rstrip('/')}/"
