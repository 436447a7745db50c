"""Amazon CloudWatch's operations on metrics."""

import time
from collections.abc import Iterator
from typing import Any

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.services.metrics import Metric, MetricStore, Sample, Window

_MOST_DATAPOINTS = 1440
_PAGE = 500
_SHORT_PERIODS = frozenset({1, 5, 10, 20, 30})
_MINUTE = 60


def operations(metrics: MetricStore) -> dict[str, Any]:
    calls = MetricCalls(metrics)
    return {
        "GetMetricData": calls.get_metric_data,
        "GetMetricStatistics": calls.get_metric_statistics,
        "ListMetrics": calls.list_metrics,
        "PutMetricData": calls.put_metric_data,
    }


class MetricCalls:
    """The operations over one store. Percentiles, metric math and alarms are refused."""

    def __init__(self, metrics: MetricStore) -> None:
        self._metrics = metrics

    def put_metric_data(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        entities = request.get("EntityMetricData", [])
        data = [
            *request.get("MetricData", []),
            *(item for one in entities for item in one.get("MetricData", [])),
        ]
        for datum in data:
            metric = _metric({"Namespace": request["Namespace"], **datum})
            self._metrics.add(region, metric, list(_samples(datum)))
        return {}

    def get_metric_statistics(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        """In no order, as CloudWatch says; here oldest first."""
        wanted = request.get("Statistics")
        if not wanted or request.get("ExtendedStatistics"):
            raise _invalid("name Statistics; the local runtime computes no ExtendedStatistics")
        window = _window(request, request["Period"], request.get("Unit"))
        if window.length > _MOST_DATAPOINTS * window.period:
            raise ServiceError(
                "InvalidParameterCombinationException",
                f"You have requested more than {_MOST_DATAPOINTS} datapoints: ask for a longer Period or less time",
            )
        samples = self._metrics.periods(region, _metric(request), window)
        points = [
            {
                "Timestamp": sample.time,
                "Unit": sample.unit,
                **{name: sample.statistic(name) for name in wanted},
            }
            for sample in samples
        ]
        return {"Label": request["MetricName"], "Datapoints": points}

    def get_metric_data(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        """All values in one answer: there is no further page."""
        results = [
            self._result(region, request, query)
            for query in request["MetricDataQueries"]
            if query.get("ReturnData", True)
        ]
        return {"MetricDataResults": results, "Messages": []}

    def _result(self, region: str, request: dict[str, Any], query: dict[str, Any]) -> dict[str, Any]:
        wanted = query.get("MetricStat")
        if wanted is None:
            raise _invalid(
                f"query {query['Id']}: name a MetricStat; the local runtime computes no Expression"
            )
        window = _window(request, wanted["Period"], wanted.get("Unit"))
        samples = self._metrics.periods(region, _metric(wanted["Metric"]), window)
        if request.get("ScanBy", "TimestampDescending") == "TimestampDescending":
            samples = samples[::-1]
        return {
            "Id": query["Id"],
            "Label": query.get("Label", wanted["Metric"].get("MetricName")),
            "Timestamps": [sample.time for sample in samples],
            "Values": [_statistic(sample, wanted["Stat"]) for sample in samples],
            "StatusCode": "Complete",
        }

    def list_metrics(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        found = [metric for metric in self._metrics.metrics(region) if _is_wanted(metric, request)]
        start = _offset(request.get("NextToken", "0"))
        page = [
            {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": _pairs(metric)}
            for metric in found[start : start + _PAGE]
        ]
        more = len(found) > start + _PAGE
        return {"Metrics": page, "NextToken": str(start + _PAGE) if more else None}


def _metric(named: dict[str, Any]) -> Metric:
    dimensions = {pair["Name"]: pair["Value"] for pair in named.get("Dimensions", [])}
    return Metric(named.get("Namespace", ""), named.get("MetricName", ""), dimensions)


def _pairs(metric: Metric) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]


def _is_wanted(metric: Metric, request: dict[str, Any]) -> bool:
    return (
        request.get("Namespace", metric.namespace) == metric.namespace
        and request.get("MetricName", metric.name) == metric.name
        and all(
            pair["Name"] in metric.dimensions
            and pair.get("Value", metric.dimensions[pair["Name"]]) == metric.dimensions[pair["Name"]]
            for pair in request.get("Dimensions", [])
        )
    )


def _samples(datum: dict[str, Any]) -> Iterator[Sample]:
    """What one datum holds: a value, values with their counts, or statistics."""
    epoch, unit = datum.get("Timestamp", time.time()), datum.get("Unit", "None")
    if "StatisticValues" in datum:
        told = datum["StatisticValues"]
        yield Sample(epoch, told["SampleCount"], told["Sum"], told["Minimum"], told["Maximum"], unit)
    values = [datum["Value"]] if "Value" in datum else datum.get("Values", [])
    counts = datum.get("Counts", [1.0] * len(values))
    if len(counts) != len(values):
        raise _invalid(f"metric {datum['MetricName']}: {len(values)} Values and {len(counts)} Counts")
    for value, count in zip(values, counts, strict=True):
        yield Sample.of(value, epoch, unit, count)


def _window(request: dict[str, Any], period: int, unit: str | None) -> Window:
    if period not in _SHORT_PERIODS and period % _MINUTE:
        raise _invalid(
            f"Period {period} is neither a multiple of {_MINUTE} nor one of {sorted(_SHORT_PERIODS)}"
        )
    if request["StartTime"] >= request["EndTime"]:
        raise _invalid("StartTime must be less than EndTime")
    return Window(request["StartTime"], request["EndTime"], period, unit)


def _statistic(sample: Sample, name: str) -> float:
    try:
        return sample.statistic(name)
    except KeyError:
        raise _invalid(f"the local runtime does not compute the statistic {name}") from None


def _offset(token: str) -> int:
    if not token.isdecimal():
        raise _invalid("The specified NextToken is not valid")
    return int(token)


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", message)
