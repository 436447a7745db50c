"""Processing jobs, from Create to what they leave in S3."""

import json
from typing import Any

import pytest

INPUT = "/opt/ml/processing/input"
OUTPUT = "/opt/ml/processing/output"


def given(uri: str, path: str = INPUT, **more: Any) -> dict[str, Any]:
    s3_input = {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File", **more}
    return {"InputName": path.rpartition("/")[2], "S3Input": s3_input}


def wanted(uri: str, path: str = OUTPUT, mode: str = "EndOfJob") -> dict[str, Any]:
    output = {"S3Uri": uri, "LocalPath": path, "S3UploadMode": mode}
    return {"Outputs": [{"OutputName": "out", "S3Output": output}]}


def test_data_comes_and_goes(jailed_jobs: Any) -> None:
    """Inputs lie below /opt/ml, output folders exist, and what is written there is stored below the output's URI."""
    jobs = jailed_jobs
    jobs.put(**{"data/a.csv": "a", "data/deep/b.csv": "b", "data/": ""})
    name = jobs.processing(
        f"""
import pathlib
files = sorted(str(path.relative_to('{INPUT}')) for path in pathlib.Path('{INPUT}').rglob('*') if path.is_file())
print(files)
pathlib.Path('{OUTPUT}/deep').mkdir()
pathlib.Path('{OUTPUT}/deep/result').write_text(','.join(files))
""",
        ProcessingInputs=[given(jobs.uri("data"))],
        ProcessingOutputConfig=wanted(jobs.uri("out")),
    )
    found = jobs.ended(name, "Processing")
    assert found["ProcessingJobStatus"] == "Completed"
    assert jobs.get("out/deep/result") == b"a.csv,deep/b.csv"
    assert jobs.lines(name, "Processing") == ["['a.csv', 'deep/b.csv']"]
    assert found["ProcessingStartTime"] <= found["ProcessingEndTime"]
    assert "FailureReason" not in found


def test_jobs_share_the_cores(jobs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two jobs at a time on eight cores have four threads each, unless a job says otherwise."""
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    program = "import os; print(os.environ['OMP_NUM_THREADS'])"
    for environment, threads in (({}, "4"), ({"OMP_NUM_THREADS": "7"}, "7")):
        name = jobs.processing(program, Environment=environment)
        jobs.ended(name, "Processing")
        assert jobs.lines(name, "Processing") == [threads]


def test_environment_and_configuration(jobs: Any) -> None:
    """The job finds its name, its request, its host and the endpoint; nothing of the runtime's own environment."""
    name = jobs.processing(
        """
import json, os
config = json.load(open('/opt/ml/config/processingjobconfig.json'))
resources = json.load(open('/opt/ml/config/resourceconfig.json'))
keys = ['PROCESSING_JOB_NAME', 'AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_ENDPOINT_URL', 'MINE', 'AIRFLOW_HOME']
print(json.dumps([config, resources, {key: os.environ.get(key) for key in keys}]))
""",
        Environment={"MINE": "yes"},
    )
    found = jobs.ended(name, "Processing")
    config, resources, variables = json.loads(jobs.lines(name, "Processing")[0])
    assert config["ProcessingJobArn"] == found["ProcessingJobArn"]
    assert config["Environment"] == {"MINE": "yes"}
    assert (resources["current_host"], resources["hosts"]) == ("algo-1", ["algo-1"])
    assert resources["current_instance_type"] == "ml.m5.large"
    assert variables == {
        "PROCESSING_JOB_NAME": name,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": jobs.server.url,
        "MINE": "yes",
        "AIRFLOW_HOME": None,
    }


@pytest.mark.parametrize("code", [0, 3])
def test_exit_message(jobs: Any, code: int) -> None:
    """The message file is told in every end, its first 1024 characters; a failure also names the code."""
    name = jobs.processing(f"open('/opt/ml/output/message', 'w').write('x' * 2000); raise SystemExit({code})")
    found = jobs.ended(name, "Processing")
    assert found["ExitMessage"] == "x" * 1024
    assert found["ProcessingJobStatus"] == ("Failed" if code else "Completed")
    if code:
        assert found["FailureReason"].startswith("AlgorithmError: xxx")


def test_failure_stores_nothing(jobs: Any) -> None:
    """A non-zero exit code is an AlgorithmError, and EndOfJob outputs are not stored."""
    name = jobs.processing(
        f"open('{OUTPUT}/x', 'w').write('x'); raise SystemExit(3)",
        ProcessingOutputConfig=wanted(jobs.uri("out")),
    )
    found = jobs.ended(name, "Processing")
    assert found["FailureReason"] == "AlgorithmError: See job logs for more information, exit code: 3"
    assert jobs.keys("out") == []


def test_continuous_output(jobs: Any) -> None:
    """A Continuous output is in S3 while the job still runs, and whatever the end."""
    name = jobs.processing(
        f"import time; open('{OUTPUT}/x', 'w').write('x'); time.sleep(60)",
        ProcessingOutputConfig=wanted(jobs.uri("live"), mode="Continuous"),
    )
    jobs.s3.get_waiter("object_exists").wait(
        Bucket=jobs.bucket, Key="live/x", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    assert jobs.describe(name, "Processing")["ProcessingJobStatus"] == "InProgress"
    jobs.sagemaker.stop_processing_job(ProcessingJobName=name)
    assert jobs.ended(name, "Processing")["ProcessingJobStatus"] == "Stopped"


def test_missing_input(jobs: Any) -> None:
    """An input without objects fails the job, not its creation."""
    name = jobs.processing("pass", ProcessingInputs=[given(jobs.uri("nothing"))])
    found = jobs.ended(name, "Processing")
    assert found["ProcessingJobStatus"] == "Failed"
    assert found["FailureReason"].startswith("ClientError: Data download failed: No S3 objects found")


def test_missing_output_bucket(jobs: Any) -> None:
    """An output that cannot be stored fails the job."""
    name = jobs.processing(
        f"open('{OUTPUT}/x', 'w').write('x')", ProcessingOutputConfig=wanted("s3://no-such-bucket-here/x")
    )
    found = jobs.ended(name, "Processing")
    assert found["FailureReason"].startswith("ClientError: upload to s3://no-such-bucket-here/x failed")


def test_key_that_leaves_its_folder(jobs: Any) -> None:
    """A key with `..` fails the job."""
    jobs.put(**{"data/../../../escaped": "x"})
    name = jobs.processing("pass", ProcessingInputs=[given(jobs.uri("data/"))])
    assert "leaves the folder" in jobs.ended(name, "Processing")["FailureReason"]


@pytest.mark.parametrize("path", ["/opt/ml/processing/../../../tmp/x", "/opt/ml/processing/a/../../../x"])
def test_local_path_that_leaves_its_folder(jobs: Any, path: str) -> None:
    """A local path with `..` fails the job."""
    jobs.put(**{"data/a": "x"})
    name = jobs.processing("pass", ProcessingInputs=[given(jobs.uri("data/"), path)])
    assert "is not below /opt/ml" in jobs.ended(name, "Processing")["FailureReason"]


def test_several_hosts(jobs: Any) -> None:
    """Every instance is a process with its own /opt/ml; shards are a partition, outputs land in one place."""
    jobs.put(**{f"data/{number}.csv": "" for number in range(5)}, **{"all/x": ""})
    name = jobs.processing(
        f"""
import json, os
host = json.load(open('/opt/ml/config/resourceconfig.json'))['current_host']
open(f'{OUTPUT}/{{host}}', 'w').write(','.join(sorted(os.listdir('{INPUT}'))))
print(host, os.listdir('/opt/ml/processing/all'))
""",
        count=2,
        ProcessingInputs=[
            given(jobs.uri("data/"), S3DataDistributionType="ShardedByS3Key"),
            given(jobs.uri("all/"), "/opt/ml/processing/all"),
        ],
        ProcessingOutputConfig=wanted(jobs.uri("out")),
    )
    assert jobs.ended(name, "Processing")["ProcessingJobStatus"] == "Completed"
    assert jobs.get("out/algo-1") == b"0.csv,2.csv,4.csv"
    assert jobs.get("out/algo-2") == b"1.csv,3.csv"
    assert jobs.lines(name, "Processing", "algo-1-") == ["algo-1 ['x']"]
    assert jobs.lines(name, "Processing", "algo-2-") == ["algo-2 ['x']"]


def test_one_failing_host_ends_the_job(jobs: Any) -> None:
    """The others are not waited for."""
    name = jobs.processing(
        """
import json, time
if json.load(open('/opt/ml/config/resourceconfig.json'))['current_host'] == 'algo-2':
    raise SystemExit(4)
time.sleep(600)
""",
        count=2,
    )
    found = jobs.ended(name, "Processing")
    assert found["FailureReason"].endswith("exit code: 4")


def test_unknown_image(jobs: Any) -> None:
    """An image that no Python is bound to is accepted, and the failure names the file to edit."""
    name = jobs.processing("pass", AppSpecification={"ImageUri": "mine:1", "ContainerEntrypoint": ["x"]})
    reason = jobs.ended(name, "Processing")["FailureReason"]
    assert reason.startswith("ClientError: image mine:1 is not available locally")
    assert "interpreters.toml" in reason


def test_manifest(jobs: Any) -> None:
    """A manifest input brings exactly the files that it names."""
    manifest = json.dumps([{"prefix": jobs.uri("data/")}, "b", "deep/c"])
    jobs.put(**{"data/a": "", "data/b": "", "data/deep/c": "", "manifest": manifest})
    name = jobs.processing(
        f"import os; print(sorted(os.listdir('{INPUT}')))",
        ProcessingInputs=[given(jobs.uri("manifest"), S3DataType="ManifestFile")],
    )
    jobs.ended(name, "Processing")
    assert jobs.lines(name, "Processing") == ["['b', 'deep']"]


def test_event_of_every_state(jobs: Any) -> None:
    """The event bus is told of the beginning and of the end, with the times in milliseconds and tags as a map."""
    name = jobs.processing("pass", Tags=[{"Key": "team", "Value": "flights"}])
    found = jobs.ended(name, "Processing")
    own = jobs.server.events.events(resource=found["ProcessingJobArn"])
    assert [event.detail["ProcessingJobStatus"] for event in own] == ["InProgress", "Completed"]
    assert {event.detail_type for event in own} == {"SageMaker Processing Job State Change"}
    assert own[-1].detail["Tags"] == {"team": "flights"}
    assert own[-1].detail["ProcessingEndTime"] == pytest.approx(
        found["ProcessingEndTime"].timestamp() * 1000, abs=2
    )


def test_image_without_an_entrypoint(jobs: Any) -> None:
    """What an image runs by itself is not known here; the failure says what to give."""
    image = jobs.describe(jobs.processing("pass"), "Processing")["AppSpecification"]["ImageUri"]
    name = jobs.processing("pass", AppSpecification={"ImageUri": image})
    reason = jobs.ended(name, "Processing")["FailureReason"]
    assert reason.startswith("ClientError: the entrypoint of image")
    assert "give AppSpecification.ContainerEntrypoint, or `process` in /" in reason


def test_preferred_instances(jobs: Any) -> None:
    """Of several kinds of instances the first is taken."""
    preferences = [{"InstanceType": "ml.c5.xlarge"}, {"InstanceType": "ml.m5.large"}]
    name = jobs.processing(
        "import json; print(json.load(open('/opt/ml/config/resourceconfig.json'))['current_instance_type'])",
        ProcessingResources={
            "ClusterConfig": {"InstancePreferences": preferences, "InstanceCount": 1, "VolumeSizeInGB": 1}
        },
    )
    assert jobs.ended(name, "Processing")["ProcessingJobStatus"] == "Completed"
    assert jobs.lines(name, "Processing") == ["ml.c5.xlarge"]
