"""The champion log in S3: of two changes at the same time one is made, and the other fails with who was first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from airflow_mlmax.hooks.numbered_log import NumberedLog
from airflow_mlmax.registry.champions import Change, change_of


class LostRaceError(RuntimeError):
    """Somebody else changed the champion at the same moment."""

    def __init__(self, made: Change) -> None:
        super().__init__(
            f"version {made.version} was made champion at {made.at:%Y-%m-%d %H:%M:%S} UTC by {made.by} ({made.why}) "
            "while this change was on its way; look at it, then clear this task if the change is still wanted"
        )


@dataclass(frozen=True)
class ChampionLog:
    """The changes of one model."""

    entries: NumberedLog

    def history(self) -> list[Change]:
        """All changes in the order in which they were made; empty if there is none."""
        return [change_of(self.entries.read(uri)) for uri in self.entries.listed()]

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
        if not self.entries.write(change.number, change.document()):
            made = change_of(self.entries.read(self.entries.address(change.number)))
            if made.token != token:  # otherwise the answer to an earlier try of the same call was lost
                raise LostRaceError(made)
        return change
