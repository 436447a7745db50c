"""CloudWatch metrics through boto3."""

import uuid
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

NOON = 1_767_268_800


@pytest.fixture
def cloudwatch(runtime: Any) -> Any:
    return runtime.client("cloudwatch")


@pytest.fixture
def namespace() -> str:
    return f"test/{uuid.uuid4().hex}"


def statistics(cloudwatch: Any, namespace: str, **arguments: Any) -> list[dict[str, Any]]:
    """Data points as plain numbers, by what the test names beside the metric."""
    asked = {"MetricName": "loss", "StartTime": NOON, "EndTime": NOON + 600, "Period": 60, **arguments}
    points = cloudwatch.get_metric_statistics(Namespace=namespace, **asked)["Datapoints"]
    return [{**point, "Timestamp": int(point["Timestamp"].timestamp()) - NOON} for point in points]


def test_statistics_of_periods(cloudwatch: Any, namespace: str) -> None:
    """Each period with values has its own statistics; other dimensions and times stay out."""
    here = [{"Name": "TrainingJobName", "Value": "a"}]
    data = [
        {"MetricName": "loss", "Dimensions": here, "Timestamp": NOON + second, "Value": value}
        for second, value in ((0, 1.0), (30, 3.0), (60, 5.0), (600, 9.0))
    ]
    other = {"MetricName": "loss", "Timestamp": NOON, "Value": 100.0}
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[*data, other])
    wanted = ["SampleCount", "Sum", "Average", "Minimum", "Maximum"]
    assert statistics(cloudwatch, namespace, Dimensions=here, Statistics=wanted) == [
        {
            "Timestamp": 0,
            "Unit": "None",
            "SampleCount": 2,
            "Sum": 4,
            "Average": 2,
            "Minimum": 1,
            "Maximum": 3,
        },
        {
            "Timestamp": 60,
            "Unit": "None",
            "SampleCount": 1,
            "Sum": 5,
            "Average": 5,
            "Minimum": 5,
            "Maximum": 5,
        },
    ]
    assert [p["Sum"] for p in statistics(cloudwatch, namespace, Statistics=["Sum"])] == [100]


def test_forms_of_values(cloudwatch: Any, namespace: str) -> None:
    """Values with counts and statistics count like single values; units are told apart."""
    base = {"MetricName": "loss", "Timestamp": NOON, "Unit": "Seconds"}
    told = {"SampleCount": 2, "Sum": 10, "Minimum": 4, "Maximum": 6}
    cloudwatch.put_metric_data(
        Namespace=namespace,
        MetricData=[
            {**base, "Values": [1.0, 2.0], "Counts": [1.0, 3.0]},
            {**base, "StatisticValues": told},
            {**base, "Unit": "Bytes", "Value": 1000},
        ],
    )
    (point,) = statistics(cloudwatch, namespace, Unit="Seconds", Statistics=["Sum", "SampleCount", "Maximum"])
    assert (point["Sum"], point["SampleCount"], point["Maximum"]) == (17, 6, 6)


def test_many_values_come_compressed(cloudwatch: Any, namespace: str) -> None:
    """Botocore compresses a long list of values, and it arrives whole."""
    data = [
        {"MetricName": "loss", "Timestamp": NOON, "Value": number, "Unit": "Count"} for number in range(900)
    ]
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)
    assert [p["SampleCount"] for p in statistics(cloudwatch, namespace, Statistics=["SampleCount"])] == [900]


@pytest.mark.parametrize(
    ("order", "values"), [("TimestampAscending", [1, 2]), ("TimestampDescending", [2, 1])], ids=["up", "down"]
)
def test_metric_data(runtime: Any, cloudwatch: Any, namespace: str, order: str, values: list[int]) -> None:
    """Queries give series in the wanted order, of what the engine put too; a silent one gives nothing."""
    for number in (1, 2):
        runtime.server.metrics.put("us-east-1", namespace, "loss", {"Host": "a"}, number, NOON + number * 60)
    metric = {"Namespace": namespace, "MetricName": "loss", "Dimensions": [{"Name": "Host", "Value": "a"}]}
    query = {"Id": "q", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"}}
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[query, {**query, "Id": "silent", "ReturnData": False}],
        StartTime=NOON, EndTime=NOON + 600, ScanBy=order,
    )  # fmt: skip
    (result,) = answer["MetricDataResults"]
    assert (result["Id"], result["Label"], result["Values"]) == ("q", "loss", values)


def test_list_metrics(cloudwatch: Any, namespace: str) -> None:
    """Metrics are found by name and dimension, page by page."""
    data = [
        {"MetricName": f"m{number % 2}", "Value": 1, "Dimensions": [{"Name": "n", "Value": str(number)}]}
        for number in range(600)
    ]
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)
    paginator = cloudwatch.get_paginator("list_metrics")

    def count(**arguments: Any) -> int:
        return sum(len(page["Metrics"]) for page in paginator.paginate(Namespace=namespace, **arguments))

    assert count() == 600
    assert count(MetricName="m1") == 300
    assert count(Dimensions=[{"Name": "n", "Value": "7"}]) == 1
    assert count(Dimensions=[{"Name": "n"}]) == 600
    assert count(Dimensions=[{"Name": "other"}]) == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"Period": 61, "Statistics": ["Sum"]}, "InvalidParameterValue"),
        ({"ExtendedStatistics": ["p99"]}, "InvalidParameterValue"),
        ({"Statistics": ["Sum"], "EndTime": NOON}, "InvalidParameterValue"),
        ({"Statistics": ["Sum"], "EndTime": NOON + 90_000}, "InvalidParameterCombination"),
        ({"Statistics": ["Median"]}, "InvalidParameterValue"),
    ],
    ids=["period", "percentile", "times", "too-many", "statistic"],
)
def test_refused_statistics(cloudwatch: Any, namespace: str, arguments: dict[str, Any], code: str) -> None:
    """What is not computed, or cannot be, is refused with the code that CloudWatch's clients know."""
    with pytest.raises(ClientError) as caught:
        statistics(cloudwatch, namespace, **arguments)
    assert caught.value.response["Error"]["Code"] == code


def test_refused_page(cloudwatch: Any) -> None:
    """A token that this server did not give is refused."""
    with pytest.raises(cloudwatch.exceptions.InvalidParameterValueException, match="NextToken"):
        cloudwatch.list_metrics(NextToken="later")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"Expression": "1 + 1"}, "Expression"),
        (
            {"MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "p99"}},
            "p99",
        ),
    ],
    ids=["expression", "percentile"],
)
def test_refused_queries(runtime: Any, cloudwatch: Any, query: dict[str, Any], named: str) -> None:
    """Metric math and percentiles are refused by name."""
    runtime.server.metrics.put("us-east-1", "n", "m", {}, 1.0, NOON)
    with pytest.raises(cloudwatch.exceptions.InvalidParameterValueException, match=named):
        cloudwatch.get_metric_data(
            MetricDataQueries=[{"Id": "q", **query}], StartTime=NOON, EndTime=NOON + 60
        )


def test_other_operations(cloudwatch: Any) -> None:
    """Everything else is refused by name."""
    with pytest.raises(ClientError, match=r"UnknownOperationException.*DescribeAlarms"):
        cloudwatch.describe_alarms()


def test_older_clients_use_the_query_protocol(runtime: Any, namespace: str) -> None:
    """Forms in and XML out work too, as older clients speak."""
    scope = "Credential=test/20260101/us-east-1/monitoring/aws4_request"
    put = {
        "Action": "PutMetricData",
        "Namespace": namespace,
        "MetricData.member.1.MetricName": "loss",
        "MetricData.member.1.Value": "2.5",
        "MetricData.member.1.Timestamp": "2026-01-01T12:00:00Z",
        "MetricData.member.1.Dimensions.member.1.Name": "n",
        "MetricData.member.1.Dimensions.member.1.Value": "v",
    }
    answer = requests.post(runtime.url, data=put, headers={"Authorization": scope}, timeout=10)
    assert (answer.status_code, "PutMetricDataResponse" in answer.text) == (200, True)
    ask = {
        "Action": "GetMetricStatistics",
        "Namespace": namespace,
        "MetricName": "loss",
        "Dimensions.member.1.Name": "n",
        "Dimensions.member.1.Value": "v",
        "StartTime": "2026-01-01T12:00:00Z",
        "EndTime": "2026-01-01T13:00:00Z",
        "Period": "60",
        "Statistics.member.1": "Sum",
    }
    answer = requests.post(runtime.url, data=ask, headers={"Authorization": scope}, timeout=10)
    assert "<Sum>2.5</Sum>" in answer.text
    assert "<Timestamp>2026-01-01T12:00:00+00:00</Timestamp>" in answer.text
