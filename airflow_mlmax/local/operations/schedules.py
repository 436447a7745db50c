"""Monitoring schedules and their executions."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from airflow_mlmax.local import rules
from airflow_mlmax.local.errors import ServiceError, validation
from airflow_mlmax.local.monitoring.executions import KIND as EXECUTION
from airflow_mlmax.local.monitoring.executions import SCHEDULE, told
from airflow_mlmax.local.monitoring.scheduler import LAST, NEXT, next_time
from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.operations.pages import Description, in_window, page
from airflow_mlmax.local.store import AlreadyExists, Record

_STATUS = "MonitoringScheduleStatus"
_CONFIG = "MonitoringScheduleConfig"
_NAME = "MonitoringScheduleName"


def create(call: ApiCall) -> dict[str, Any]:
    """Store the schedule, then tell the scheduler: whoever has the ARN finds it, even after a crash."""
    name = call.request[_NAME]
    arn = call.key(SCHEDULE, name).arn
    taken = ServiceError("ResourceInUse", f"Monitoring Schedule {arn} already exists.")
    if call.parts.store.get(call.region, SCHEDULE, name):
        raise taken
    rules.check(call)
    now = time.time()
    answer = {
        "MonitoringScheduleArn": arn,
        "CreationTime": now,
        **_planned(call.request[_CONFIG], now),
        _STATUS: "Scheduled",
    }
    try:
        call.parts.store.insert(call.region, SCHEDULE, name, call.request, answer)
    except AlreadyExists:
        raise taken from None
    call.parts.schedules.changed()
    return answer


def _planned(config: dict[str, Any], now: float) -> dict[str, Any]:
    kind = {"MonitoringType": "DataQuality", **config}["MonitoringType"]
    shown = {"MonitoringType": kind, "MonitoringJobDefinitionName": config.get("MonitoringJobDefinitionName")}
    return {**shown, "LastModifiedTime": now, NEXT: next_time(config, now)}


def find(call: ApiCall) -> Record:
    """The schedule that a request names. Raises ResourceNotFound."""
    name = call.request[_NAME]
    record = call.parts.store.get(call.region, SCHEDULE, name)
    if record is None:
        raise ServiceError(
            "ResourceNotFound", f"Monitoring Schedule {call.key(SCHEDULE, name).arn} not found."
        )
    return record


def describe(call: ApiCall) -> dict[str, Any]:
    """The schedule and, once there is one, its last execution."""
    record = find(call)
    last = call.parts.store.get(record.region, EXECUTION, record.answer.get(LAST, ""))
    summary = {"LastMonitoringExecutionSummary": told(call.parts.store, last)} if last else {}
    return {**record.description, **summary}


def update(call: ApiCall) -> dict[str, Any]:
    """Another configuration takes the place of the whole old one; with NOW it runs at once, again."""
    with call.parts.schedules.lock:
        record = find(call)
        rules.check(call)
        config, now = call.request[_CONFIG], time.time()
        _keep(call, record, **{_CONFIG: config, **_planned(config, now)})
    call.parts.schedules.changed()
    return {"MonitoringScheduleArn": record.answer["MonitoringScheduleArn"]}


def start(call: ApiCall) -> dict[str, Any]:
    with call.parts.schedules.lock:
        record = _in_status(call, "Stopped")
        now = time.time()
        due = next_time(record.description[_CONFIG], now)
        _keep(call, record, **{_STATUS: "Scheduled", NEXT: due, "LastModifiedTime": now})
    call.parts.schedules.changed()
    return {}


def stop(call: ApiCall) -> dict[str, Any]:
    """No further execution starts; one that runs goes on."""
    with call.parts.schedules.lock:
        record = _in_status(call, "Scheduled")
        _keep(call, record, **{_STATUS: "Stopped", NEXT: None, "LastModifiedTime": time.time()})
    return {}


def delete(call: ApiCall) -> dict[str, Any]:
    """The history of its executions stays."""
    with call.parts.schedules.lock:
        record = find(call)
        call.parts.store.delete(record.region, record.kind, record.name)
    return {}


def _in_status(call: ApiCall, wanted: str) -> Record:
    record = find(call)
    if record.answer[_STATUS] != wanted:
        raise validation(f"Monitoring schedule in status {record.answer[_STATUS]}")
    return record


def _keep(call: ApiCall, record: Record, **changes: Any) -> None:
    call.parts.store.update(record.region, record.kind, record.name, changes)


def listed(call: ApiCall) -> dict[str, Any]:
    found = [record.description for record in call.parts.store.records(call.region, SCHEDULE)]
    by = {"Name": _NAME, "Status": _STATUS}.get(call.request.get("SortBy", ""), "CreationTime")
    return _page(call, found, "MonitoringScheduleSummaries", _STATUS, lambda item: (item[by], item[_NAME]))


def executions(call: ApiCall) -> dict[str, Any]:
    found = [told(call.parts.store, record) for record in call.parts.store.records(call.region, EXECUTION)]
    asked = call.request.get("SortBy", "CreationTime")
    by = "MonitoringExecutionStatus" if asked == "Status" else asked

    def order(item: Description) -> tuple[Any, str]:
        return item[by], f"{item[_NAME]}/{item['ScheduledTime']}"

    return _page(call, found, "MonitoringExecutionSummaries", "MonitoringExecutionStatus", order)


def _page(
    call: ApiCall,
    found: list[dict[str, Any]],
    answer: str,
    status: str,
    order: Callable[[Description], tuple[Any, str]],
) -> dict[str, Any]:
    request = call.request
    equal = {
        status: request.get("StatusEquals"),
        "MonitoringType": request.get("MonitoringTypeEquals"),
        "MonitoringJobDefinitionName": request.get("MonitoringJobDefinitionName"),
        "EndpointName": request.get("EndpointName"),
        _NAME: request.get(_NAME),
    }
    wanted = [
        item
        for item in found
        if all(value is None or item.get(member) == value for member, value in equal.items())
        and request.get("NameContains", "") in item[_NAME]
        and in_window(request, item)
    ]
    shown, more = page(request, wanted, order, descending=request.get("SortOrder") != "Ascending")
    return {answer: shown, **more}


OPERATIONS: dict[str, Callable[[ApiCall], Mapping[str, Any]]] = {
    "CreateMonitoringSchedule": create,
    "DescribeMonitoringSchedule": describe,
    "UpdateMonitoringSchedule": update,
    "DeleteMonitoringSchedule": delete,
    "StartMonitoringSchedule": start,
    "StopMonitoringSchedule": stop,
    "ListMonitoringSchedules": listed,
    "ListMonitoringExecutions": executions,
}
