"""Values on their way to CloudWatch."""

from typing import Any

import pytest

from airflow_mlmax.hooks.metrics import put_metrics
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook


@pytest.mark.parametrize(
    ("count", "length", "calls"), [(0, 1, 0), (1, 1, 1), (1000, 1, 1), (1001, 1, 2), (1000, 1000, 2)]
)
def test_as_few_calls_as_the_limits_allow(runtime: Any, count: int, length: int, calls: int) -> None:
    """1,000 metrics and 1 MB a call; all of them arrive."""
    place = f"shop/{count}-{length}"
    name = "n" * length
    data = [
        {"MetricName": "m", "Value": 1.0, "Dimensions": [{"Name": "d", "Value": f"{name}{number % 3}"}]}
        for number in range(count)
    ]
    assert put_metrics(SageMakerJobHook(aws_conn_id="aws_default"), place, data) == calls
    stored = runtime.client("cloudwatch").list_metrics(Namespace=place)["Metrics"]
    assert len(stored) == min(count, 3)
