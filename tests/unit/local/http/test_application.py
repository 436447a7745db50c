"""Every service on one port: dispatch, the call log and the faults of calls, over HTTP."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from airflow_mlmax.local.server import LocalRuntime

CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "sagemaker": ("list_models", "ListModels", {}),
    "s3": ("list_buckets", "ListBuckets", {}),
    "sts": ("get_caller_identity", "GetCallerIdentity", {}),
    "iam": ("get_role", "GetRole", {"RoleName": "role"}),
    "logs": ("filter_log_events", "FilterLogEvents", {"logGroupName": "g"}),
    "cloudwatch": (
        "put_metric_data",
        "PutMetricData",
        {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1}]},
    ),
    "events": (
        "put_events",
        "PutEvents",
        {"Entries": [{"Source": "s", "DetailType": "d", "Detail": "{}"}]},
    ),
}
GROUP = {"ModelPackageGroupName": "group"}


def failure(call: Callable[..., Any], **members: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture
def group() -> str:
    """A name for a model package group that no other test has."""
    return f"group-{time.time_ns()}"


@pytest.mark.parametrize("service", list(CALLS))
def test_one_port_for_every_service(runtime: Any, service: str) -> None:
    """A call reaches its own service and is logged under its own name."""
    method, operation, members = CALLS[service]
    client = runtime.client(service, "eu-west-1")
    with suppress(client.exceptions.ClientError):  # there is no such log group
        getattr(client, method)(**members)
    (call,) = runtime.server.calls.list()
    assert (call.operation, call.region) == (operation, "eu-west-1")
    assert call.service == {"cloudwatch": "monitoring"}.get(service, service)


@pytest.mark.parametrize("service", list(CALLS))
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "throttle"}, ("ThrottlingException", "Rate exceeded", 400)),
        (
            {"kind": "error", "code": "Strange", "message": "words & <more>"},
            ("Strange", "words & <more>", 400),
        ),
    ],
    ids=["throttle", "error"],
)
def test_faults_speak_every_protocol(
    runtime: Any, service: str, fault: dict[str, Any], expected: tuple[str, str, int]
) -> None:
    """Each client understands the error that a fault makes, once."""
    method, operation, members = CALLS[service]
    runtime.server.faults.add(operation=operation, **fault)
    assert failure(getattr(runtime.client(service), method), **members) == expected
    assert runtime.server.faults.hits(fault["kind"]) == 1


def test_unknown_services_are_named(runtime: Any) -> None:
    """A service that is not there is a 400, with those that are."""
    code, text, status = failure(runtime.client("sqs").list_queues)
    assert (code, status) == ("UnknownOperationException", 400)
    assert "does not implement the service sqs; it has events, iam, logs" in text


def test_unsigned_requests_are_refused(runtime: Any) -> None:
    """The text says what to do."""
    answer = requests.post(runtime.url, json={}, timeout=10)
    assert answer.status_code == 403
    assert "use an AWS client" in answer.json()["message"]


@pytest.mark.parametrize("signature", ["s3v4", None], ids=["with a scope", "older"])
def test_presigned_urls_are_answered(runtime: Any, signature: str | None) -> None:
    """Both kinds of presigned URLs lead to S3."""
    bucket = f"presigned-{time.time_ns()}"
    runtime.server.objects.create_bucket(bucket)
    runtime.server.objects.put_bytes(bucket, "key", b"body")
    client = boto3.client(
        "s3",
        "us-east-1",
        endpoint_url=runtime.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(signature_version=signature, s3={"addressing_style": "path"}),
    )
    url = client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "key"})
    assert requests.get(url, timeout=10).content == b"body"


def test_calls_are_logged_with_name_and_status(runtime: Any) -> None:
    """A test can state how often something was asked for, and how it ended."""
    client = runtime.client("sagemaker")
    failure(client.describe_training_job, TrainingJobName="none")
    failure(client.describe_transform_job, TransformJobName="none")
    calls = runtime.server.calls
    assert calls.count("DescribeTrainingJob", name="none", status=400) == 1
    assert calls.count("DescribeTrainingJob", status=200) == 0
    assert calls.count(service="sagemaker") == 2
    shown = requests.get(f"{runtime.url}/_mlmax/calls?operation=DescribeTransformJob", timeout=10).json()
    assert [(call["operation"], call["name"]) for call in shown] == [("DescribeTransformJob", "none")]
    assert requests.delete(f"{runtime.url}/_mlmax/calls", timeout=10).status_code == 200
    assert calls.count() == 0


def test_a_fault_strikes_one_operation_so_many_times(runtime: Any, group: str) -> None:
    """Other operations and later calls are untouched; the call had no effect."""
    runtime.server.faults.add("throttle", operation="CreateModelPackageG*", times=2)
    client = runtime.client("sagemaker")
    client.list_model_package_groups()
    for _ in range(2):
        assert (
            failure(client.create_model_package_group, ModelPackageGroupName=group)[0]
            == "ThrottlingException"
        )
    client.create_model_package_group(ModelPackageGroupName=group)


def test_boto3_repeats_what_is_throttled(runtime: Any, group: str) -> None:
    """The standard retries get through, and the log shows every try."""
    client = boto3.client(
        "sagemaker",
        "us-east-1",
        endpoint_url=runtime.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
    )
    runtime.server.faults.add("throttle", operation="CreateModelPackageGroup", times=1)
    runtime.server.faults.add("http", operation="CreateModelPackageGroup", status=503)
    client.create_model_package_group(ModelPackageGroupName=group)
    calls = runtime.server.calls.list("CreateModelPackageGroup")
    assert [call.status for call in calls] == [400, 503, 200]


def test_http_status(runtime: Any) -> None:
    """A bare status, 500 unless told otherwise."""
    runtime.server.faults.add("http", operation="ListModels")
    assert failure(runtime.client("sagemaker").list_models)[2] == 500


def test_a_dropped_call_has_no_effect(runtime: Any, group: str) -> None:
    """The connection is closed before the call is looked at."""
    client = runtime.client("sagemaker")
    runtime.server.faults.add("drop", operation="CreateModelPackageGroup")
    with pytest.raises(ConnectionClosedError):
        client.create_model_package_group(ModelPackageGroupName=group)
    assert (
        failure(client.describe_model_package_group, ModelPackageGroupName=group)[0] == "ValidationException"
    )
    assert runtime.server.calls.count("CreateModelPackageGroup", status=0) == 1


def test_a_lost_answer_has_its_effect(runtime: Any, group: str) -> None:
    """The client sees a broken connection, and the resource is there."""
    client = runtime.client("sagemaker")
    runtime.server.faults.add("lose_answer", operation="CreateModelPackageGroup", name=group)
    with pytest.raises(ConnectionClosedError):
        client.create_model_package_group(ModelPackageGroupName=group)
    client.describe_model_package_group(ModelPackageGroupName=group)
    assert runtime.server.faults.hits("lose_answer") == 1


def test_a_delayed_answer_runs_into_the_client_s_timeout(runtime: Any) -> None:
    """A client that waits for less than the delay gives up."""
    client = boto3.client(
        "sagemaker",
        "us-east-1",
        endpoint_url=runtime.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(read_timeout=0.2, retries={"total_max_attempts": 1}),
    )
    runtime.server.faults.add("delay", operation="ListModels", seconds=1)
    with pytest.raises(ReadTimeoutError):
        client.list_models()


def test_a_bug_of_the_runtime_is_an_internal_failure(
    runtime: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is told as such, with the traceback on the runtime's own terminal."""

    def broken(*_: Any) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(runtime.server.store, "records", broken)
    code, text, status = failure(runtime.client("sagemaker").list_models)
    assert (code, status) == ("InternalFailure", 500)
    assert "broken on purpose" in text
    assert "Traceback" in capfd.readouterr().err


def test_a_call_during_the_end_loses_its_connection(tmp_path: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """What is under way when the runtime closes ends without an answer and without a traceback."""
    server = LocalRuntime(tmp_path, isolation="remap").start()
    client = boto3.client(
        "sagemaker",
        "us-east-1",
        endpoint_url=server.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    server.faults.add("delay", operation="ListModels", seconds=1)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.list_models)
        deadline = time.monotonic() + 30
        while not server.faults.hits("delay"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        server.close()
        with pytest.raises(ConnectionClosedError):
            answer.result()
    assert "Traceback" not in capfd.readouterr().err


def test_faults_are_set_over_http(runtime: Any) -> None:
    """Any client can add, read and clear them."""
    page = f"{runtime.url}/_mlmax/faults"
    fault = {"kind": "throttle", "operation": "ListModels", "times": 3}
    assert requests.post(page, json=fault, timeout=10).json() == {**fault, "hits": 0}
    failure(runtime.client("sagemaker").list_models)
    assert requests.get(page, timeout=10).json() == [{**fault, "hits": 1}]
    requests.delete(page, timeout=10)
    assert requests.get(page, timeout=10).json() == []


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ([], "a fault is an object with a kind"),
        ({"operation": "x"}, "a fault is an object with a kind"),
        ({"kind": "earthquake"}, "no fault 'earthquake'; there are throttle, error"),
        ({"kind": "throttle", "family": "x"}, "fault 'throttle' knows no family; it takes name, operation"),
        ({"kind": "error"}, "fault 'error' needs a code"),
        ({"kind": "delay"}, "fault 'delay' needs seconds"),
    ],
)
def test_bad_faults_are_explained(runtime: Any, fault: Any, text: str) -> None:
    """400, and what would be right."""
    answer = requests.post(f"{runtime.url}/_mlmax/faults", json=fault, timeout=10)
    assert answer.status_code == 400
    assert text in answer.json()["error"]
    assert runtime.server.faults.list() == []


def test_own_pages(runtime: Any) -> None:
    """Health answers without a signature; an unknown page lists the known ones."""
    health = requests.get(f"{runtime.url}/_mlmax/health", timeout=10).json()
    assert (health["status"], health["url"]) == ("ok", runtime.url)
    answer = requests.get(f"{runtime.url}/_mlmax/nothing", timeout=10)
    assert answer.status_code == 404
    assert "GET /_mlmax/health" in answer.json()["error"]


def test_events_are_listed(runtime: Any) -> None:
    """Whoever waits for an event reads it in the form that a rule's target receives."""
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:model/{time.time_ns()}"
    runtime.server.events.put("us-east-1", "aws.sagemaker", "Something", {"a": 1}, [arn])
    (event,) = requests.get(f"{runtime.url}/_mlmax/events", {"resource": arn}, timeout=10).json()
    assert (event["detail-type"], event["detail"], event["resources"]) == ("Something", {"a": 1}, [arn])


def test_web_pages_change_nothing(runtime: Any) -> None:
    """A browser names the page that asks; such requests are refused."""
    answer = requests.post(
        f"{runtime.url}/_mlmax/reset", headers={"Origin": "https://evil.example"}, timeout=10
    )
    assert answer.status_code == 403


def test_reset_forgets_everything(tmp_path: Any) -> None:
    """Resources, objects, faults and calls are gone, and the runtime works on."""
    with LocalRuntime(tmp_path, isolation="remap", stop_grace=1.0) as server:
        server.store.insert("us-east-1", "Model", "model", {}, {})
        server.objects.create_bucket("bucket")
        server.faults.add("throttle")
        before = server.engine
        assert requests.post(f"{server.url}/_mlmax/reset", timeout=30).status_code == 200
        assert server.store.records(None, "Model") == []
        assert not server.objects.bucket_exists("bucket")
        assert server.faults.list() == []
        assert server.engine is not before
