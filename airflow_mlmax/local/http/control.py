"""The runtime's own pages below `/_mlmax/`: health, faults, calls, events, executions, reset and crash."""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from werkzeug import Request, Response

if TYPE_CHECKING:
    from airflow_mlmax.local.server import LocalRuntime

PREFIX = "/_mlmax/"


def answer(request: Request, runtime: "LocalRuntime") -> Response:
    """Answer in JSON. A browser page may look but not change anything: whatever sends an Origin is refused."""
    page = _PAGES.get((request.method, request.path.removeprefix(PREFIX)))
    if page is None:
        known = ", ".join(f"{method} {PREFIX}{name}" for method, name in _PAGES)
        return _json({"error": f"no page {request.method} {request.path}; there are {known}"}, 404)
    if request.method != "GET" and "Origin" in request.headers:
        return _json({"error": "web pages may not change the local runtime"}, 403)
    try:
        return _json(page(request, runtime))
    except (TypeError, ValueError) as error:
        return _json({"error": str(error)}, 400)


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body) + "\n", status, content_type="application/json")


def _health(_: Request, runtime: "LocalRuntime") -> dict[str, Any]:
    return runtime.health()


def _faults(_: Request, runtime: "LocalRuntime") -> list[dict[str, Any]]:
    return runtime.faults.list()


def _add_fault(request: Request, runtime: "LocalRuntime") -> dict[str, Any]:
    parameters = json.loads(request.get_data() or b"null")
    if not isinstance(parameters, dict) or "kind" not in parameters:
        raise TypeError(
            'a fault is an object with a kind: {"kind": "throttle", "operation": "Create*", "times": 2}'
        )
    return runtime.faults.add(**parameters).listed()


def _clear_faults(_: Request, runtime: "LocalRuntime") -> dict[str, Any]:
    runtime.faults.clear()
    return {}


def _calls(request: Request, runtime: "LocalRuntime") -> list[dict[str, Any]]:
    """All calls, or those that agree with the query: `?operation=CreateTrainingJob&name=job-1`."""
    wanted = {
        key: value for key, value in request.args.items() if key in {"region", "service", "operation", "name"}
    }
    return [asdict(call) for call in runtime.calls.list(**wanted)]


def _clear_calls(_: Request, runtime: "LocalRuntime") -> dict[str, Any]:
    runtime.calls.clear()
    return {}


def _reset(_: Request, runtime: "LocalRuntime") -> dict[str, Any]:
    runtime.reset()
    return {}


def _events(request: Request, runtime: "LocalRuntime") -> list[dict[str, Any]]:
    """Every event in the form in which a rule's target receives it; `?resource=<ARN>` asks for those of one resource."""
    return [event.envelope() for event in runtime.events.events(resource=request.args.get("resource"))]


def _run_schedule(request: Request, runtime: "LocalRuntime") -> dict[str, Any]:
    """Starts the next execution of `?schedule=NAME` (and `&region=`) now, as if its hour had come."""
    name = request.args.get("schedule")
    if not name:
        raise ValueError("name the schedule whose next execution is to run: ?schedule=NAME")
    execution = runtime.schedules.run_next(request.args.get("region", "us-east-1"), name)
    return {key: execution.answer.get(key) for key in ("ScheduledTime", "ProcessingJobArn", "FailureReason")}


def _crash(_: Request, __: "LocalRuntime") -> None:
    """Die at once, as in a power cut: nothing is cleaned up, and no answer comes."""
    os.kill(os.getpid(), signal.SIGKILL)


_PAGES: dict[tuple[str, str], Callable[[Request, "LocalRuntime"], Any]] = {
    ("GET", "health"): _health,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "calls"): _calls,
    ("DELETE", "calls"): _clear_calls,
    ("GET", "events"): _events,
    ("POST", "reset"): _reset,
    ("POST", "executions"): _run_schedule,
    ("POST", "crash"): _crash,
}
