"""Faults that are switched on from outside: a test decides when the service fails, and how.

Faults of calls are applied by the server, faults of jobs by the engine. Each one counts its hits, so that a test
can tell that it really happened.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

CALL_KINDS: Mapping[str, frozenset[str]] = {
    "throttle": frozenset({"seconds"}),
    "error": frozenset({"code", "message"}),
    "http": frozenset({"status"}),
    "drop": frozenset(),
    "delay": frozenset({"seconds"}),
    "lose_answer": frozenset(),
}
"""Faults of API calls with what each may carry besides `operation`, `name` and `times`.

throttle: ThrottlingException, for `seconds` instead of `times` if given; error: any AWS error code;
http: a bare status (default 500); drop: the connection is closed before the call takes effect; lose_answer: after it;
delay: the answer waits for `seconds`.
"""

JOB_KINDS: Mapping[str, frozenset[str]] = {
    "capacity": frozenset({"message"}),
    "internal": frozenset({"after", "message"}),
    "interrupt": frozenset({"after"}),
    "stop": frozenset({"after"}),
    "hold": frozenset({"seconds"}),
    "release": frozenset(),
    "fail": frozenset({"reason", "exit_code", "message"}),
    "stale_message": frozenset(),
}
"""Faults of jobs with what each may carry besides `family` (`TrainingJob`), `name` or `job`, and `times`.

hold: the job stays InProgress until a `release`, or for `seconds`.
"""

_MATCHED = {
    **dict.fromkeys(CALL_KINDS, frozenset({"operation", "name"})),
    **dict.fromkeys(JOB_KINDS, frozenset({"family", "name", "job"})),
}


@dataclass
class Fault:
    """One switch."""

    kind: str
    parameters: dict[str, Any]
    times: int | None
    """How often it strikes; None while it lasts."""

    expires: float | None = None
    """Epoch seconds."""

    hits: int = 0

    @property
    def is_spent(self) -> bool:
        is_late = self.expires is not None and time.time() > self.expires
        return is_late or (self.times is not None and self.hits >= self.times)

    def matches(self, facts: Mapping[str, Any]) -> bool:
        """Whether every fact agrees; a fault says nothing about what it does not name. `*` stands for any text."""
        return all(
            fnmatchcase(str(fact), str(self.parameters[name]))
            for name, fact in facts.items()
            if name in self.parameters
        )

    def listed(self) -> dict[str, Any]:
        return {"kind": self.kind, **self.parameters, "times": self.times, "hits": self.hits}


class Faults:
    """Thread-safe. Faults stay listed, with their hits, until `clear`."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, kind: str, *, times: int | None = None, **parameters: Any) -> Fault:
        """Switch a fault on, for one hit unless `times` says how many. Raises ValueError for what does not exist."""
        fault = Fault(kind, parameters, *_duration(kind, times, parameters))
        _check(fault)
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, kind: str, **facts: Any) -> Fault | None:
        """The oldest unspent fault of a kind that agrees with the facts; the hit is counted."""
        with self._lock:
            for fault in self._faults:
                if fault.kind == kind and not fault.is_spent and fault.matches(facts):
                    fault.hits += 1
                    return fault
        return None

    def hits(self, kind: str) -> int:
        """How often faults of a kind struck since the last `clear`."""
        with self._lock:
            return sum(fault.hits for fault in self._faults if fault.kind == kind)

    def list(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.listed() for fault in self._faults]

    def clear(self) -> None:
        """Switch everything off. A job that is held goes on."""
        with self._lock:
            self._faults.clear()


def _duration(kind: str, times: int | None, parameters: Mapping[str, Any]) -> tuple[int | None, float | None]:
    """How often and until when. Only throttling is bound to a time; all else strikes once unless told otherwise."""
    if kind == "throttle" and "seconds" in parameters and times is None:
        return None, time.time() + float(parameters["seconds"])
    return 1 if times is None else times, None


def _check(fault: Fault) -> None:
    carried = {**CALL_KINDS, **JOB_KINDS}.get(fault.kind)
    if carried is None:
        raise ValueError(f"no fault {fault.kind!r}; there are {', '.join([*CALL_KINDS, *JOB_KINDS])}")
    allowed = carried | _MATCHED[fault.kind]
    unknown = sorted(set(fault.parameters) - allowed)
    if unknown:
        raise ValueError(
            f"fault {fault.kind!r} knows no {', '.join(unknown)}; it takes {', '.join(sorted({*allowed, 'times'}))}"
        )
    if fault.kind == "error" and "code" not in fault.parameters:
        raise ValueError("fault 'error' needs a code, for example ResourceLimitExceeded")
    if fault.kind == "delay" and "seconds" not in fault.parameters:
        raise ValueError("fault 'delay' needs seconds")
