"""Bias and attributions as processing jobs on the real runtime: the requests, the analyzer, and what lies in S3."""

import io
import json
import tarfile
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from analyzer import table
from attempts import until
from families import COMPUTE, IMAGE, ROLE

from airflow_mlmax.sagemaker.requests import MonitorRequest

SCRIPTS = Path(__file__).parents[3] / "airflow_mlmax" / "scripts"
BUCKET = "analyses"
RANDOM = np.random.default_rng(2)
SIZE = 400
ORIGIN = RANDOM.choice(["JFK", "LGA"], SIZE)
DELAY = RANDOM.normal(size=SIZE)
LATE = (DELAY + (ORIGIN == "LGA") * 0.5 > 0.5).astype(int)
SCORE = 1 / (1 + np.exp(-2 * DELAY))
INFERENCE = """
import io
import pandas as pd
from sklearn.linear_model import LogisticRegression

def model_fn(model_dir):
    rows = pd.DataFrame({"delay": [-2.0, -1.0, 1.0, 2.0], "lga": [0, 1, 0, 1]})
    return LogisticRegression().fit(rows, [0, 0, 1, 1])

def input_fn(body, content_type):
    rows = pd.read_csv(io.StringIO(body))
    return pd.DataFrame({"delay": rows["delay"], "lga": (rows["origin"] == "LGA").astype(int)})

def predict_fn(features, model):
    return model.predict_proba(features)
"""
BIAS = {
    "label": "late",
    "label_values_or_threshold": [0],
    "facets": [{"name_or_index": "origin", "value_or_threshold": ["LGA"]}],
    "probability": "score",
    "probability_threshold": 0.5,
}


@pytest.fixture(scope="module")
def site(endpoint: Any) -> Any:
    """The analyzer, a model and two days of data in S3."""
    s3 = endpoint.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for path in SCRIPTS.rglob("*.py"):
        s3.upload_file(str(path), BUCKET, f"code/{path.relative_to(SCRIPTS)}")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        member = tarfile.TarInfo("code/inference.py")
        member.size = len(INFERENCE.encode())
        tar.addfile(member, io.BytesIO(INFERENCE.encode()))
    s3.put_object(Bucket=BUCKET, Key="model/model.tar.gz", Body=archive.getvalue())
    for day, worse in (("monday", 0.0), ("tuesday", 0.4)):
        late = np.where((ORIGIN == "LGA") & (RANDOM.random(SIZE) < worse), 1, LATE)
        columns = {"origin": ORIGIN, "delay": DELAY, "late": late, "score": SCORE}
        data = table(**{name: values.tolist() for name, values in columns.items()})
        s3.put_object(Bucket=BUCKET, Key=f"{day}/data.csv", Body=data.encode())
    return endpoint


def run(
    site: Any, kind: str, day: str, baseline: bool = False, **arguments: Any
) -> tuple[str, dict[str, Any]]:
    """The exit message of a job and the files that it left."""
    output = f"{kind}/{uuid.uuid4().hex}"
    request = MonitorRequest(
        kind=kind,
        image_uri=IMAGE,
        role_arn=ROLE,
        compute=COMPUTE,
        source_uri=f"s3://{BUCKET}/code",
        data_uri=f"s3://{BUCKET}/{day}",
        output_uri=f"s3://{BUCKET}/{output}",
        baseline_uri=f"s3://{BUCKET}/{kind}-baseline" if baseline else None,
        **arguments,
    )
    sagemaker, s3, name = site.client("sagemaker"), site.client("s3"), f"job-{uuid.uuid4().hex[:12]}"
    sagemaker.create_processing_job(ProcessingJobName=name, **request.body())

    def described() -> Any:
        return sagemaker.describe_processing_job(ProcessingJobName=name)

    until(lambda: described()["ProcessingJobStatus"] not in {"InProgress", "Stopping"}, seconds=60)
    found = described()
    assert found["ProcessingJobStatus"] == "Completed", found
    files = {}
    for item in s3.list_objects_v2(Bucket=BUCKET, Prefix=output)["Contents"]:
        body = s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
        file = item["Key"].rpartition("/")[2]
        if file.endswith(".json"):
            files[file.removesuffix(".json")] = json.loads(body)
            if not baseline:
                s3.put_object(Bucket=BUCKET, Key=f"{kind}-baseline/{file}", Body=body)
    return found["ExitMessage"], files


def test_bias(site: Any) -> None:
    """A baseline of one day, and a day on which one airport's flights are late more often."""
    message, files = run(site, "bias", "monday", bias=BIAS)
    assert message == "Completed: Job completed successfully with no violations."
    assert set(files) == {"analysis", "verdict"}
    assert set(files["analysis"]) == {"version", "pre_training_bias_metrics", "post_training_bias_metrics"}
    message, files = run(site, "bias", "tuesday", baseline=True, bias=BIAS)
    assert message.startswith("CompletedWithViolations")
    violated = {row["metric_name"]: row for row in files["constraint_violations"]["violations"]}
    assert violated["DPL"]["facet_value"] == "LGA"
    assert "DPPL" not in violated  # the model did not change, nor what it was given
    assert files["verdict"]["status"] == "fail"


def test_attribution(site: Any) -> None:
    """A baseline of a model in its archive, and the same again, which has not drifted."""
    arguments = {"model_uri": f"s3://{BUCKET}/model/model.tar.gz", "label": "late", "max_rows": 40}
    message, files = run(site, "feature_attribution", "monday", attribution=arguments)
    assert message == "Completed: Job completed successfully with no violations."
    values = files["analysis"]["explanations"]["kernel_shap"]["late"]["global_shap_values"]
    assert values["delay"] > values["lga"] > 0
    message, files = run(site, "feature_attribution", "tuesday", baseline=True, attribution=arguments)
    assert message == "Completed: Job completed successfully with no violations."
    assert files["verdict"]["drift"] == [
        {"metric": "ndcg", "label": "late", "state": "ok", "threshold": 0.9, "observed": 1.0}
    ]
