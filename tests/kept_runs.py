"""The record of a run with a part of each kind, a PostgreSQL to keep it in, and where one waits."""

import json
from datetime import UTC, datetime
from typing import Any

from airflow_mlmax.records.document import RunRecord
from airflow_mlmax.stack.database import USER, Database


def a_run(**changed: Any) -> RunRecord:
    """A run of a training pipeline."""
    return RunRecord.model_validate(
        {
            "namespace": "flights/test",
            "dag_id": "flights_training",
            "run_id": "scheduled__2013-07-01T00:00:00+00:00",
            "run_type": "scheduled",
            "logical_date": moment(1),
            "interval_start": moment(1),
            "interval_end": moment(2),
            "state": "success",
            "started": moment(2),
            "ended": moment(2, hour=1),
            "params": {"until": None},
            "model": "flights",
            "model_version": 3,
            "model_package_arn": "arn:aws:sagemaker:us-east-1:123456789012:model-package/flights/3",
            "decision": "PendingManualApproval",
            "why": "as the policy says",
            "decided_by": "ana",
            "recorded_at": moment(2, hour=1),
            "tasks": [
                {"task_id": "tune", "state": "success", "seconds": 61.5, "outputs": {"model": "s3://b/m"}},
                {"task_id": "evaluate", "map_index": 0, "state": "success"},
                {"task_id": "evaluate", "map_index": 1, "state": "skipped"},
            ],
            "jobs": [
                {
                    "task_id": "tune",
                    "number": number,
                    "try_number": number,
                    "job_type": "HyperParameterTuningJob",
                    "name": f"tune-{number}",
                    "status": status,
                    "ended": moment(1, hour=number),
                    "inputs": {"train": "s3://bucket/train"},
                    "billable_seconds": seconds,
                    "cost_usd": usd,
                    "spot_saving_usd": 0.001,
                    "prices_as_of": "2025-01-01",
                }
                for number, status, seconds, usd in (
                    (1, "Failed", 60, 0.003),
                    (2, "Completed", 240, 0.0123),
                )
            ],
            "metrics": [
                {"task_id": "gate", "name": "roc_auc", "slice": "origin=LGA", "value": 0.71},
                {"task_id": "gate", "name": "model.roc_auc", "value": 0.74},
            ],
            "verdicts": [
                {
                    "task_id": "data_gate",
                    "kind": "gate",
                    "status": "warn",
                    "decision": "continue",
                    "figures": {"rows": {"bad": 2}},
                }
            ],
            "inputs": [
                {"name": "flights", "uri": "s3://bucket/flights.manifest", "etag": "e", "sha256": "s"}
            ],
            **changed,
        }
    )


def waiting_record(endpoint: Any, bucket: str, run_id: str) -> RunRecord:
    """The record of a run that had no database, as it waits in S3."""
    s3 = endpoint.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="records/pending/")
    found = [
        RunRecord.model_validate_json(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
        for page in pages
        for item in page["Contents"]
    ]
    (record,) = [each for each in found if each.run_id == run_id]
    return record


def moment(day: int, hour: int = 0) -> datetime:
    """A time in July 2013."""
    return datetime(2013, 7, day, hour, tzinfo=UTC)


def connection_text(server: Database, name: str) -> str:
    """The Airflow connection to an empty database, as JSON."""
    server.ensure(name)
    return json.dumps({"conn_type": "postgres", "host": server.sockets, "login": USER, "schema": name})
