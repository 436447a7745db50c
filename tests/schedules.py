"""Monitoring schedules as a client makes them, on data of the test's own."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import requests

ROLE = "arn:aws:iam::123456789012:role/mlmax-local"
IMAGE = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
HOURLY = "cron(0 * ? * * *)"


@dataclass
class Schedules:
    """A client of one runtime, with a bucket that holds a baseline and, once a schedule is made, its data."""

    server: Any
    client: Any
    """Gives the boto3 client of a service."""

    bucket: str = ""

    def __post_init__(self) -> None:
        self.s3, self.sagemaker = self.client("s3"), self.client("sagemaker")
        if not self.bucket:
            self.bucket = f"schedules-{uuid4().hex[:12]}"
            self.s3.create_bucket(Bucket=self.bucket)
        feature = {"name": "x", "inferred_type": "Integral", "completeness": 1.0}
        self.put("baseline/constraints.json", json.dumps({"features": [feature]}))
        self.put("baseline/statistics.json", '{"features": []}')

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def put(self, key: str, body: str) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body.encode())

    def exists(self, uri: str) -> bool:
        place = urlsplit(uri)
        found = self.s3.list_objects_v2(Bucket=place.netloc, Prefix=place.path.lstrip("/"))
        return bool(found["KeyCount"])

    def arguments(self) -> dict[str, Any]:
        """Of the operators: a data-quality job with this bucket's baseline."""
        return {
            "data": self.uri("captured/"),
            "image_uri": IMAGE,
            "baseline_uri": self.uri("baseline"),
            "output_uri": self.uri("reports"),
            "compute": {"instance_type": "ml.m5.large"},
            "role_arn": ROLE,
        }

    def definition(self) -> dict[str, Any]:
        """The same in AWS's words, as a definition inside a schedule."""
        captured = {
            "DataCapturedDestinationS3Uri": self.uri("captured/"),
            "DatasetFormat": {"Csv": {"Header": True}},
            "LocalPath": "/opt/ml/processing/input/data",
        }
        report = {"S3Uri": self.uri("reports"), "LocalPath": "/opt/ml/processing/output"}
        cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        return {
            "BaselineConfig": {
                "ConstraintsResource": {"S3Uri": self.uri("baseline/constraints.json")},
                "StatisticsResource": {"S3Uri": self.uri("baseline/statistics.json")},
            },
            "MonitoringInputs": [{"BatchTransformInput": captured}],
            "MonitoringOutputConfig": {"MonitoringOutputs": [{"S3Output": report}]},
            "MonitoringResources": {"ClusterConfig": cluster},
            "MonitoringAppSpecification": {"ImageUri": IMAGE},
            "RoleArn": ROLE,
        }

    def config(self, schedule: str = "NOW") -> dict[str, Any]:
        times = (
            {"DataAnalysisStartTime": "-PT1H", "DataAnalysisEndTime": "-PT0H"} if schedule == "NOW" else {}
        )
        return {
            "ScheduleConfig": {"ScheduleExpression": schedule, **times},
            "MonitoringJobDefinition": self.definition(),
        }

    def create(self, schedule: str = "NOW", rows: str | None = "x\n1\n2\n") -> str:
        """Name of a new schedule over some rows; none leave its prefix empty."""
        if rows is not None:
            self.put("captured/rows.csv", rows)
        name = f"schedule-{uuid4().hex[:8]}"
        self.sagemaker.create_monitoring_schedule(
            MonitoringScheduleName=name, MonitoringScheduleConfig=self.config(schedule)
        )
        return name

    def run_next(self, name: str) -> float:
        """Starts the next execution of a schedule now; its scheduled time."""
        answer = requests.post(f"{self.server.url}/_mlmax/executions?schedule={name}", timeout=30)
        answer.raise_for_status()
        return float(answer.json()["ScheduledTime"])

    def executions(self, name: str, **query: Any) -> list[dict[str, Any]]:
        found = self.sagemaker.list_monitoring_executions(MonitoringScheduleName=name, **query)
        return list(found["MonitoringExecutionSummaries"])

    @staticmethod
    def text(epoch: float) -> str:
        return datetime.fromtimestamp(epoch, UTC).astimezone().isoformat()
