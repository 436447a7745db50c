"""What the demo made, read back from where everybody would look: XCom, the model registry, S3."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from airflow_mlmax.stack.client import AirflowClient
from airflow_mlmax.stack.errors import StackError


@dataclass(frozen=True)
class Model:
    """The registered version and its measures on the latest window, beside the baseline's."""

    version: int
    arn: str
    approval: str
    artifact_uri: str
    evaluation_uri: str
    measures: Mapping[str, Mapping[str, float]]
    """Measures by whom: `model` and `baseline`."""


@dataclass(frozen=True)
class ScoredDay:
    """The published predictions of one day."""

    day: str
    rows: int
    manifest_uri: str
    model_version: int | None


def model(package: Mapping[str, Any], evaluation_uri: str, s3: Any) -> Model:
    """Puts the description of a model package and its evaluation in S3 together."""
    evaluation = _read_json(s3, f"{evaluation_uri.rstrip('/')}/evaluation.json")
    [container] = package["InferenceSpecification"]["Containers"]
    return Model(
        version=package["ModelPackageVersion"],
        arn=package["ModelPackageArn"],
        approval=package["ModelApprovalStatus"],
        artifact_uri=container["ModelDataUrl"],
        evaluation_uri=evaluation_uri,
        measures={who: evaluation[who] for who in ("model", "baseline")},
    )


def scored_days(
    client: AirflowClient, s3: Any, dag_id: str, runs: Mapping[str, Mapping[str, Any]]
) -> Iterator[ScoredDay]:
    """The published set of each run; raises `StackError` for a day without predictions."""
    for day, run in runs.items():
        uri = client.xcom(dag_id, run["dag_run_id"], "publish", "manifest_uri")
        manifest = _read_json(s3, uri)
        if not manifest["rows"]:
            raise StackError(f"{uri} lists no rows: {day} was not scored")
        yield ScoredDay(day, manifest["rows"], uri, manifest.get("model_version"))


def _read_json(s3: Any, uri: str) -> dict[str, Any]:
    place = urlsplit(uri)
    body = s3.get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))["Body"].read()
    content: dict[str, Any] = json.loads(body)
    return content
