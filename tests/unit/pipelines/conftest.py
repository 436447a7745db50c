"""S3 of the running runtime as the pipelines see it."""

from typing import Any

import pytest

from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook

BUCKET = "pipeline-tests"


@pytest.fixture
def s3(runtime: Any) -> S3Objects:
    runtime.client("s3").create_bucket(Bucket=BUCKET)
    return S3Objects(SageMakerJobHook(aws_conn_id="aws_default", region_name="us-east-1", patience=0))


@pytest.fixture
def put(runtime: Any) -> Any:
    """Puts text at a key of the test bucket and gives the ETag."""

    def put_text(key: str, text: str) -> str:
        answer = runtime.client("s3").put_object(Bucket=BUCKET, Key=key, Body=text.encode())
        return str(answer["ETag"].strip('"'))

    return put_text


@pytest.fixture
def place(request: pytest.FixtureRequest) -> str:
    """S3 URI of a folder of the test's own."""
    return f"s3://{BUCKET}/{request.node.name.replace('[', '-').replace(']', '')}"
