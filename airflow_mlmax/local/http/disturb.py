"""What the faults of API calls do to a call, before it takes effect and after."""

import time

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.faults import Faults


class Dropped(Exception):  # noqa: N818 - nobody gets to see it: the connection is closed
    """The connection is to be closed without an answer."""


def before(faults: Faults, operation: str, name: str) -> None:
    """Delay the call or let it fail without any effect. Raises ServiceError or Dropped."""
    facts = {"operation": operation, "name": name}
    if fault := faults.take("delay", **facts):
        time.sleep(float(fault.parameters["seconds"]))
    if faults.take("throttle", **facts):
        raise ServiceError("ThrottlingException", "Rate exceeded")
    if fault := faults.take("error", **facts):
        text = fault.parameters.get("message", "the fault 'error' of the local runtime")
        raise ServiceError(fault.parameters["code"], text)
    if fault := faults.take("http", **facts):
        status = int(fault.parameters.get("status", 500))
        raise ServiceError("InternalFailure", "the fault 'http' of the local runtime", status)
    if faults.take("drop", **facts):
        raise Dropped


def after(faults: Faults, operation: str, name: str) -> None:
    """Lose the answer of a call that took effect. Raises Dropped."""
    if faults.take("lose_answer", operation=operation, name=name):
        raise Dropped
