"""Data in the local runtime's S3, and a gate in front of them; shared by the gate's tests."""

from typing import Any
from uuid import uuid4

from attempts import Attempt, TaskInstance
from families import IMAGE, ROLE

from airflow_mlmax.operators.quality import DataQualityGateOperator

HEADER = "id,age,country\n"
GOOD = HEADER + "1,20,US\n2,30,GB\n3,40,US\n4,50,GB\n"
BAD = HEADER + "1,20,US\n2,-1,GB\n3,40,<b>\n4,old,GB\n5,60,US\n"
COLUMNS = {"id": "integer", "age": "integer"}
BETWEEN = {
    "type": "expect_column_values_to_be_between",
    "kwargs": {"column": "age", "min_value": 0, "max_value": 120},
}
KNOWN = {
    "type": "expect_column_values_to_be_in_set",
    "kwargs": {"column": "country", "value_set": ["US", "GB"]},
    "severity": "warning",
}
UNIQUE = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "id"}}
SUITE = {"name": "people", "meta": {"version": "7"}, "expectations": [BETWEEN, KNOWN, UNIQUE]}
JOB = {"image_uri": IMAGE, "role_arn": ROLE, "compute": {"instance_type": "ml.m5.large"}, "max_runtime": 120}
QUARANTINE = {"quarantine": "rows", "max_bad_rows": 2}


class Lake:
    """A bucket of the test's own."""

    def __init__(self, runtime: Any) -> None:
        self.s3 = runtime.client("s3")
        self.bucket = f"lake-{uuid4().hex[:12]}"
        self.s3.create_bucket(Bucket=self.bucket)

    def put(self, key: str, body: str) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body.encode())
        return self.uri(key)

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def get(self, uri: str) -> str:
        key = uri.removeprefix(f"s3://{self.bucket}/")
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode()

    def names(self) -> list[str]:
        return [item["Key"] for item in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])]


def task(lake: Lake, **arguments: Any) -> TaskInstance:
    """A task with a gate."""
    given = {
        "suite": SUITE,
        "columns": COLUMNS,
        "output_uri": lake.uri("dq"),
        "poll_interval": 0.1,
        **arguments,
    }
    return TaskInstance(lambda: DataQualityGateOperator(task_id="gate", **given))


def gate(lake: Lake, **arguments: Any) -> Attempt:
    """The first try of a gate, as Airflow sees it end."""
    return task(lake, **arguments).run()
