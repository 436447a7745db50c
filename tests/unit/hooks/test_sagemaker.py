"""The hook against the real runtime: every call over HTTP, from the connection's own parameters."""

import json
import time
from typing import Any
from uuid import uuid4

import pytest

from airflow_mlmax.exceptions import ApiError, NameTakenError, TransientApiError, UnknownJobError
from airflow_mlmax.hooks import sagemaker as module
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.sagemaker.jobs import JOB_TYPES, PROCESSING, JobType

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
REQUEST = {
    "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", "-c", "print('x')"]},
    "ProcessingResources": {
        "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}
    },
    "RoleArn": "arn:aws:iam::123456789012:role/mlmax-local",
}


pytestmark = pytest.mark.usefixtures("runtime")


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> SageMakerJobHook:
    monkeypatch.setattr(module, "_PAUSE", (0.01, 0.02))
    return SageMakerJobHook(aws_conn_id="aws_default", patience=2.0)


def new_name() -> str:
    return f"hook-{uuid4().hex[:12]}"


def create(hook: SageMakerJobHook, name: str, **tags: str) -> str:
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    return hook.create(PROCESSING, {"ProcessingJobName": name, **REQUEST, "Tags": listed})


def test_a_job_is_created_described_tagged_and_stopped(hook: SageMakerJobHook, runtime: Any) -> None:
    """The whole life of a job through the hook."""
    runtime.server.faults.add("hold", family="ProcessingJob")
    name = new_name()
    arn = create(hook, name, team="a")
    assert hook.describe(PROCESSING, name)["ProcessingJobArn"] == arn
    assert hook.tags(arn) == {"team": "a"}
    assert hook.stop(PROCESSING, name) is True


def test_a_taken_name_and_an_unknown_job_have_errors_of_their_own(hook: SageMakerJobHook) -> None:
    """Whoever claims a name reads classes, not texts."""
    name = new_name()
    create(hook, name)
    with pytest.raises(NameTakenError):
        create(hook, name)


@pytest.mark.parametrize("job_type", JOB_TYPES.values(), ids=JOB_TYPES)
def test_an_unknown_job_is_known_as_such_in_every_family(hook: SageMakerJobHook, job_type: JobType) -> None:
    """The families word it differently."""
    name = new_name()
    with pytest.raises(UnknownJobError):
        hook.describe(job_type, name)
    assert hook.find(job_type, name) is None
    assert hook.stop(job_type, name) is False


@pytest.mark.parametrize("job_type", JOB_TYPES.values(), ids=JOB_TYPES)
def test_every_family_can_be_listed(hook: SageMakerJobHook, job_type: JobType) -> None:
    """One request fits all four List calls."""
    summaries, _ = hook.page(job_type, created_after=time.time() - 60)
    assert isinstance(summaries, list)


def test_a_stop_that_comes_too_late_is_no_error(hook: SageMakerJobHook) -> None:
    """Stopping a job that is over is refused by SageMaker and fine for us."""
    name = new_name()
    create(hook, name)
    end = time.monotonic() + 30
    while PROCESSING.status(hook.describe(PROCESSING, name)).is_active:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert hook.stop(PROCESSING, name) is False


def test_a_stop_is_one_short_attempt(hook: SageMakerJobHook, runtime: Any) -> None:
    """A process that is being killed has no time to repeat."""
    runtime.server.faults.add("http", operation="StopProcessingJob", status=503, times=10)
    with pytest.raises(TransientApiError):
        hook.stop(PROCESSING, new_name())
    assert runtime.server.calls.count("StopProcessingJob") == 1
    config = hook.client("sagemaker", module.ONE_SHORT_ATTEMPT).meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 2)


def test_a_busy_api_is_asked_again_for_as_long_as_patience_lasts(
    hook: SageMakerJobHook, runtime: Any
) -> None:
    """Beyond botocore's attempts, within the budget."""
    name = new_name()
    create(hook, name)
    hook.attempts = 1
    runtime.server.faults.add("http", operation="DescribeProcessingJob", status=503, times=3)
    assert hook.describe(PROCESSING, name)["ProcessingJobName"] == name
    assert runtime.server.calls.count("DescribeProcessingJob") == 4
    runtime.server.faults.add("http", operation="DescribeProcessingJob", status=503, times=10_000)
    hook.patience = 0.0
    with pytest.raises(TransientApiError, match="DescribeProcessingJob"):
        hook.describe(PROCESSING, name)


def test_every_client_is_built_from_the_same_parameters(
    runtime: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Region, endpoint, verify and config reach each service: no call goes to another place."""
    monkeypatch.setenv("AIRFLOW_CONN_ELSEWHERE", runtime.connection("us-east-1"))
    hook = SageMakerJobHook(
        aws_conn_id="elsewhere", region_name="eu-west-1", verify=False, config={"read_timeout": 7}
    )
    for service in ("sagemaker", "s3", "logs", "sts"):
        client = hook.client(service)
        assert client.meta.region_name == "eu-west-1"
        assert client.meta.endpoint_url == runtime.url
        assert client.meta.config.read_timeout == 7
        assert client.meta.config.connect_timeout == 10
        assert client._endpoint.http_session._verify is False
    hook.page(PROCESSING, created_after=time.time())
    assert {call.region for call in runtime.server.calls.list()} == {"eu-west-1"}


def test_the_connections_own_config_wins_over_the_defaults(
    runtime: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defaults are for what nobody has set."""
    connection = json.loads(runtime.connection())
    connection["extra"]["config_kwargs"] = {"retries": {"mode": "standard", "total_max_attempts": 3}}
    monkeypatch.setenv("AIRFLOW_CONN_TUNED", json.dumps(connection))
    config = SageMakerJobHook(aws_conn_id="tuned").conn.meta.config
    assert config.retries["total_max_attempts"] == 3
    assert config.read_timeout == 30
    default = SageMakerJobHook(aws_conn_id="aws_default").conn.meta.config
    assert default.retries == {"mode": "standard", "total_max_attempts": 8}


def test_clients_are_shared_until_the_connection_changes(
    runtime: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One client a process; an edited connection is a new one."""
    first = SageMakerJobHook(aws_conn_id="aws_default").conn
    assert SageMakerJobHook(aws_conn_id="aws_default").conn is first
    connection = json.loads(runtime.connection())
    connection["password"] = "rotated"
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
    assert SageMakerJobHook(aws_conn_id="aws_default").conn is not first


def test_expired_credentials_are_read_again(
    hook: SageMakerJobHook, runtime: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that ends in a long wait: the connection is asked for a new one, the call goes on."""
    name = new_name()
    create(hook, name)
    old = hook.conn
    connection = json.loads(runtime.connection())
    connection["extra"]["aws_session_token"] = "new-token"
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
    runtime.server.faults.add("error", operation="DescribeProcessingJob", code="ExpiredTokenException")
    assert hook.describe(PROCESSING, name)["ProcessingJobName"] == name
    assert hook.conn is not old
    assert hook.conn._request_signer._credentials.token == "new-token"


def test_a_missing_region_is_an_error_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a botocore class that nobody above knows."""
    monkeypatch.setenv("AIRFLOW_CONN_NOWHERE", json.dumps({"conn_type": "aws"}))
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.delenv("AWS_REGION", raising=False)
    with pytest.raises(ApiError, match="DescribeProcessingJob: NoRegionError"):
        SageMakerJobHook(aws_conn_id="nowhere", patience=0.0).describe(PROCESSING, "x")
