"""Batch transform: objects go through a model server that really runs, and come out as the API documents."""

import gzip
import io
import json
import tarfile
import textwrap
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
ROLE = "arn:aws:iam::123456789012:role/mlmax-local"

UPPER = """
def model_fn(model_dir): return open(model_dir + "/suffix").read()
def transform_fn(model, body, content_type, accept):
    return "".join(line.upper() + model for line in body.splitlines())
"""
SUM = """
def model_fn(model_dir): return None
def transform_fn(model, body, content_type, accept):
    return "".join(f"{sum(map(float, line.split(',')))}\\n" for line in body.splitlines())
"""
"""One line of CSV numbers in, their sum out."""

BODIES = """
import json
def model_fn(model_dir): return None
def transform_fn(model, body, content_type, accept): return json.dumps([body, content_type, accept]) + "\\n"
"""
"""Tells what it was sent."""


def packed(files: Mapping[str, str | bytes]) -> bytes:
    """A `.tar.gz` with these files."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for path, text in files.items():
            data = textwrap.dedent(text).encode() if isinstance(text, str) else text
            member = tarfile.TarInfo(path)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return archive.getvalue()


def create_model(
    jobs: Any, files: Mapping[str, str | bytes], environment: dict[str, str] | None = None, image: str = IMAGE
) -> str:
    """Create a model with these files in its archive; its name."""
    name = str(jobs.name())
    key = f"models/{name}/model.tar.gz"
    jobs.put(**{key: packed(files)})
    container = {"Image": image, "ModelDataUrl": jobs.uri(key), "Environment": environment or {}}
    jobs.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)
    return name


@pytest.fixture
def model(jobs: Any) -> Any:
    """Makes a model from the text of its handlers; its name."""

    def make(program: str, environment: dict[str, str] | None = None) -> str:
        return create_model(jobs, {"code/inference.py": program, "suffix": "!\n"}, environment)

    return make


@pytest.fixture
def transform(jobs: Any) -> Any:
    """Runs a transform job over the objects below `in/` to its end; its description."""

    def run(model_name: str, **changes: Any) -> dict[str, Any]:
        name = start(jobs, model_name, **changes)
        return dict(jobs.ended(name, "Transform"))

    return run


def start(jobs: Any, model_name: str, **changes: Any) -> str:
    """Create a transform job; the members of TransformInput and TransformOutput may be given flat."""
    name = str(jobs.name())
    count = changes.pop("count", 1)
    source = {
        "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": changes.pop("uri", jobs.uri("in/"))}
        }
    }
    target = {"S3OutputPath": changes.pop("output", jobs.uri("out"))}
    for member in ("ContentType", "CompressionType", "SplitType"):
        if member in changes:
            source[member] = changes.pop(member)
    for member in ("Accept", "AssembleWith"):
        if member in changes:
            target[member] = changes.pop(member)
    jobs.sagemaker.create_transform_job(
        TransformJobName=name,
        ModelName=model_name,
        TransformInput=source,
        TransformOutput=target,
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": count},
        **changes,
    )
    return name


def test_every_object_gets_an_output(jobs: Any, model: Any, transform: Any) -> None:
    """Keys keep their path below the prefix; markers of folders are no objects; times bound the work."""
    jobs.put(**{"in/a.csv": "x\ny\n", "in/deep/er/b.csv": "z", "in/folder/": ""})
    found = transform(model(UPPER), ContentType="text/csv", SplitType="Line")
    assert found["TransformJobStatus"] == "Completed"
    assert jobs.keys("out") == ["out/a.csv.out", "out/deep/er/b.csv.out"]
    assert jobs.get("out/a.csv.out") == b"X!\nY!\n"
    assert jobs.get("out/deep/er/b.csv.out") == b"Z!\n"
    assert found["CreationTime"] <= found["TransformStartTime"] <= found["TransformEndTime"]


def test_a_single_object_and_a_manifest_are_inputs_too(jobs: Any, model: Any, transform: Any) -> None:
    """An exact key gives its base name, a manifest names keys relative to its prefix."""
    jobs.put(**{"in/a.csv": "x", "in/b.csv": "y"})
    name = model(UPPER)
    transform(name, ContentType="text/csv", uri=jobs.uri("in/a.csv"))
    assert jobs.keys("out") == ["out/a.csv.out"]
    jobs.put(manifest=json.dumps([{"prefix": jobs.uri("in/")}, "b.csv"]))
    source = {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": jobs.uri("manifest")}}
    made = str(jobs.name())
    jobs.sagemaker.create_transform_job(
        TransformJobName=made,
        ModelName=name,
        TransformInput={"DataSource": source, "ContentType": "text/csv"},
        TransformOutput={"S3OutputPath": jobs.uri("named")},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    assert jobs.ended(made, "Transform")["TransformJobStatus"] == "Completed"
    assert jobs.keys("named") == ["named/b.csv.out"]


def test_the_container_is_told_of_the_request(jobs: Any, model: Any, transform: Any) -> None:
    """Service variables, then the model's environment, then the job's; the job's wins."""
    program = """
        import json, os
        def model_fn(model_dir): return None
        def transform_fn(model, body, content_type, accept):
            names = [name for name in os.environ if name.startswith("SAGEMAKER_") or name in "ABC"]
            return json.dumps({name: os.environ[name] for name in names})
    """
    jobs.put(**{"in/a": "x"})
    name = model(program, {"A": "model", "B": "model"})
    settings = {"MaxPayloadInMB": 1, "MaxConcurrentTransforms": 2, "BatchStrategy": "MultiRecord"}
    transform(name, ContentType="text/csv", SplitType="Line", Environment={"B": "job"}, **settings)
    told = json.loads(jobs.get("out/a.out"))
    assert told.pop("SAGEMAKER_BIND_TO_PORT").isdigit()
    assert told == {
        "A": "model",
        "B": "job",
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "1",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "2",
        "SAGEMAKER_BATCH_STRATEGY": "MULTI_RECORD",
    }
    transform(name, ContentType="text/csv")
    assert set(json.loads(jobs.get("out/a.out"))) == {"A", "B", "SAGEMAKER_BATCH", "SAGEMAKER_BIND_TO_PORT"}


@pytest.mark.parametrize(
    ("settings", "bodies"),
    [
        ({}, ["a\nb\nc\n"]),
        ({"SplitType": "Line"}, ["a\nb\nc\n"]),
        ({"SplitType": "Line", "BatchStrategy": "SingleRecord"}, ["a\n", "b\n", "c\n"]),
        (
            {"SplitType": "Line", "BatchStrategy": "SingleRecord", "MaxConcurrentTransforms": 3},
            ["a\n", "b\n", "c\n"],
        ),
        ({"MaxPayloadInMB": 0}, ["a\nb\nc\n"]),
    ],
    ids=["whole", "multi", "single", "concurrent", "chunked"],
)
def test_requests_follow_the_strategy(
    jobs: Any, model: Any, transform: Any, settings: dict[str, Any], bodies: list[str]
) -> None:
    """The model sees these bodies, and the answers stand in the order of the records."""
    jobs.put(**{"in/a": "a\nb\nc\n"})
    found = transform(model(BODIES), ContentType="text/csv", Accept="x/y", **settings)
    assert found["TransformJobStatus"] == "Completed"
    lines = jobs.get("out/a.out").decode().splitlines()
    assert [json.loads(line) for line in lines] == [[body, "text/csv", "x/y"] for body in bodies]


def test_gzip_objects_are_unpacked_and_assembled_by_line(jobs: Any, model: Any, transform: Any) -> None:
    """With AssembleWith Line a newline follows every answer, whatever the answer ends with."""
    program = "def model_fn(d): pass\ndef transform_fn(m, body, c, a): return body.strip()\n"
    jobs.put(**{"in/a.gz": gzip.compress(b"a\nb\n")})
    settings = {"SplitType": "Line", "BatchStrategy": "SingleRecord", "AssembleWith": "Line"}
    transform(model(program), ContentType="text/csv", CompressionType="Gzip", **settings)
    assert jobs.get("out/a.gz.out") == b"a\nb\n"


def test_records_are_filtered_and_joined(jobs: Any, model: Any, transform: Any) -> None:
    """The id stays out of the model and stands beside its prediction."""
    jobs.put(**{"in/a.csv": "7,1,2\n8,3,4\n"})
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    transform(
        model(SUM), ContentType="text/csv", Accept="text/csv", SplitType="Line", DataProcessing=processing
    )
    assert jobs.get("out/a.csv.out") == b"7,3.0\n8,7.0\n"


def test_a_prediction_too_few_fails_the_object(jobs: Any, model: Any, transform: Any) -> None:
    """Nothing is paired with the wrong record."""
    program = "def model_fn(d): pass\ndef transform_fn(m, body, c, a): return '1\\n'\n"
    jobs.put(**{"in/a.csv": "1\n2\n"})
    found = transform(
        model(program), ContentType="text/csv", Accept="text/csv", DataProcessing={"JoinSource": "Input"}
    )
    assert found["TransformJobStatus"] == "Failed"
    assert "1 predictions for 2 records" in found["FailureReason"]
    assert jobs.keys("out") == []


def test_what_succeeds_is_stored_when_another_object_fails(jobs: Any, model: Any, transform: Any) -> None:
    """A failed object leaves no partial file, and the data log names it."""
    jobs.put(**{"in/a.csv": "1,2\n", "in/b.csv": "3\nbad\n", "in/c.csv": "4\n"})
    settings = {"SplitType": "Line", "BatchStrategy": "SingleRecord"}
    retries = {"ModelClientConfig": {"InvocationsMaxRetries": 0}}
    found = transform(model(SUM), ContentType="text/csv", **settings, **retries)
    assert found["TransformJobStatus"] == "Failed"
    assert jobs.keys("out") == ["out/a.csv.out", "out/c.csv.out"]
    assert found["FailureReason"].startswith("AlgorithmError: 1 of 3 objects failed, the first is in/b.csv: ")
    streams = jobs.client("logs").describe_log_streams(
        logGroupName="/aws/sagemaker/TransformJobs", logStreamNamePrefix=f"{found['TransformJobName']}/"
    )["logStreams"]
    assert sorted("/data-log" in stream["logStreamName"] for stream in streams) == [False, True]
    lines = jobs.lines(found["TransformJobName"], "Transform")
    assert any(line.startswith("in/b.csv: AlgorithmError: the model server answered 500") for line in lines)
    assert any("Traceback" in line for line in lines)


FLAKY = """
import os
def model_fn(model_dir): return []
def transform_fn(model, body, content_type, accept):
    model.append(body)
    if len(model) <= int(os.environ["FAILURES"]): raise RuntimeError("not yet")
    return str(len(model))
"""


@pytest.mark.parametrize(
    ("failures", "retries", "status"), [(1, 1, "Completed"), (2, 1, "Failed"), (1, 0, "Failed")]
)
def test_failed_requests_are_repeated(  # noqa: PLR0917 - three fixtures, three parameters
    jobs: Any, model: Any, transform: Any, failures: int, retries: int, status: str
) -> None:
    """As often as InvocationsMaxRetries says."""
    jobs.put(**{"in/a": "x"})
    config = {"InvocationsMaxRetries": retries, "InvocationsTimeoutInSeconds": 30}
    name = model(FLAKY, {"FAILURES": str(failures)})
    found = transform(name, ContentType="text/csv", ModelClientConfig=config)
    assert found["TransformJobStatus"] == status
    if status == "Completed":
        assert jobs.get("out/a.out") == str(failures + 1).encode()


def test_a_slow_model_runs_into_the_timeout(jobs: Any, model: Any, transform: Any) -> None:
    """InvocationsTimeoutInSeconds bounds each request."""
    program = "import time\ndef model_fn(d): pass\ndef transform_fn(m, b, c, a): time.sleep(60)\n"
    jobs.put(**{"in/a": "x"})
    config = {"InvocationsMaxRetries": 0, "InvocationsTimeoutInSeconds": 1}
    found = transform(model(program), ModelClientConfig=config)
    assert found["TransformJobStatus"] == "Failed"
    assert "no answer from the model server: timed out" in found["FailureReason"]


@pytest.mark.parametrize(
    ("program", "settings", "text"),
    [
        ("def model_fn(d): raise ValueError('no weights')", {}, "AlgorithmError: 1 of 1 objects failed"),
        ("import os\ndef model_fn(d): pass\ndef transform_fn(m, b, c, a): os._exit(3)", {}, "AlgorithmError"),
        ("def model_fn(d): pass", {"ContentType": "image/png"}, "ClientError: 1 of 1"),
        (UPPER, {"SplitType": "Line", "MaxPayloadInMB": 1}, "raise the limit"),
        (UPPER, {"CompressionType": "Gzip"}, "ClientError"),
        (
            UPPER,
            {"ContentType": "text/csv", "DataProcessing": {"InputFilter": "$..a"}},
            "not a supported JSONPath",
        ),
    ],
    ids=["does not start", "dies", "unsupported type", "too large", "no gzip", "filter"],
)
def test_a_job_that_cannot_work_fails_and_says_why(  # noqa: PLR0917 - three fixtures, three parameters
    jobs: Any, model: Any, transform: Any, program: str, settings: dict[str, Any], text: str
) -> None:
    """The reason begins with who is to blame."""
    jobs.put(**{"in/a": b"x" * (2**20 + 1)})
    found = transform(model(program), **settings)
    assert found["TransformJobStatus"] == "Failed"
    assert text in found["FailureReason"]
    assert jobs.keys("out") == []


def test_a_container_that_nobody_knows_is_refused(jobs: Any, model: Any, transform: Any) -> None:
    """What an image runs for `serve` is inside the image: without handlers there is nothing to start."""
    jobs.put(**{"in/a": "x"})
    found = transform(model("", {"SAGEMAKER_PROGRAM": "missing.py"}))
    assert "give `serve` in" in found["FailureReason"]


def test_several_instances_share_the_objects(jobs: Any, model: Any, transform: Any) -> None:
    """Each object goes to one of them, each has a log stream; one without an object does not start."""
    program = """
        import socket
        def model_fn(model_dir): print("loaded")
        def transform_fn(model, body, content_type, accept): return body
    """
    jobs.put(**{f"in/{number}": str(number) for number in range(3)})
    found = transform(model(program), ContentType="text/csv", count=2)
    assert [jobs.get(f"out/{number}.out") for number in range(3)] == [b"0", b"1", b"2"]
    assert jobs.lines(found["TransformJobName"], "Transform").count("loaded") == 2
    found = transform(model(program), ContentType="text/csv", count=5, uri=jobs.uri("in/1"))
    assert jobs.lines(found["TransformJobName"], "Transform").count("loaded") == 1


def test_a_stopped_job_stores_nothing(jobs: Any, model: Any) -> None:
    """Not even the objects that were done."""
    program = """
        import time
        def model_fn(model_dir): pass
        def transform_fn(model, body, content_type, accept):
            if body == "b":
                print("slow", flush=True)
                time.sleep(600)
            return body
    """
    jobs.put(**{"in/a": "a", "in/b": "b"})
    name = start(jobs, model(program), ContentType="text/csv")
    jobs.logged(name, "slow", "Transform")
    jobs.sagemaker.stop_transform_job(TransformJobName=name)
    found = jobs.ended(name, "Transform")
    assert found["TransformJobStatus"] == "Stopped"
    assert jobs.keys("out") == []


def test_captured_data_is_listed_in_manifests(jobs: Any, model: Any, transform: Any) -> None:
    """By the hour, with prefixes and relative keys; the output has ids."""
    jobs.put(**{"in/a.csv": "1,2\n", "in/d/b.csv": "3,4\n"})
    capture = {"DestinationS3Uri": jobs.uri("captured"), "GenerateInferenceId": True}
    found = transform(model(SUM), ContentType="text/csv", Accept="text/csv", DataCaptureConfig=capture)
    hour = found["TransformStartTime"].astimezone(UTC).strftime("%Y/%m/%d/%H")
    name = f"{found['TransformJobName']}.json"
    assert json.loads(jobs.get(f"captured/input/{hour}/{name}")) == [
        {"prefix": jobs.uri("in/")},
        "a.csv",
        "d/b.csv",
    ]
    assert json.loads(jobs.get(f"captured/output/{hour}/{name}")) == [
        {"prefix": jobs.uri("out/")},
        "a.csv.out",
        "d/b.csv.out",
    ]
    value, number, moment = jobs.get("out/a.csv.out").decode().strip().split(",")
    assert (value, len(number)) == ("3.0", 36)
    assert datetime.fromisoformat(moment) >= found["TransformStartTime"].replace(microsecond=0)


def test_code_apart_from_the_model(jobs: Any, model: Any, transform: Any) -> None:
    """SAGEMAKER_SUBMIT_DIRECTORY may be an archive of its own in S3."""
    jobs.put(**{"code/source.tar.gz": packed({"other.py": UPPER}), "in/a": "x"})
    environment = {
        "SAGEMAKER_PROGRAM": "other.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": jobs.uri("code/source.tar.gz"),
    }
    transform(model("", environment), ContentType="text/csv")
    assert jobs.get("out/a.out") == b"X!\n"


def test_requirements_are_installed_for_the_server(jobs: Any, transform: Any) -> None:
    """`code/requirements.txt` names a wheel beside it; what cannot be installed fails the job."""
    wheel = "mlmax_mine-1-py3-none-any.whl"
    program = (
        "import mlmax_mine\ndef model_fn(d): pass\ndef transform_fn(m, b, c, a): return mlmax_mine.NAME\n"
    )
    files = {"code/inference.py": program, "code/requirements.txt": f"./{wheel}\n"}
    jobs.put(**{"in/a": "x"})
    found = transform(create_model(jobs, files))
    assert "requirements.txt could not be installed" in found["FailureReason"]
    packages = io.BytesIO()
    info = "mlmax_mine-1.dist-info"
    with zipfile.ZipFile(packages, "w") as archive:
        archive.writestr("mlmax_mine.py", "NAME = 'mine'")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: mlmax-mine\nVersion: 1\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    transform(create_model(jobs, {**files, f"code/{wheel}": packages.getvalue()}))
    assert jobs.get("out/a.out") == b"mine"


def test_a_model_may_be_deleted_before_its_job_runs(jobs: Any, model: Any) -> None:
    """The job fails and names it."""
    jobs.put(**{"in/a": "x"})
    jobs.server.faults.add("hold", family="TransformJob")
    name = model(UPPER)
    job = start(jobs, name)
    jobs.sagemaker.delete_model(ModelName=name)
    jobs.server.faults.add("release", family="TransformJob")
    assert f"the model {name} was deleted" in jobs.ended(job, "Transform")["FailureReason"]


def test_an_output_bucket_must_exist(jobs: Any, model: Any, transform: Any) -> None:
    """Else the job fails when it stores its outputs."""
    jobs.put(**{"in/a": "x"})
    found = transform(model(UPPER), ContentType="text/csv", output="s3://mlmax-nowhere/out")
    assert found["TransformJobStatus"] == "Failed"
    assert found["FailureReason"].startswith("ClientError: upload to s3://mlmax-nowhere/out failed")


def test_an_archive_cannot_write_outside(jobs: Any, transform: Any) -> None:
    """A model archive with `..` in a name ends the job."""
    jobs.put(**{"in/a": "x"})
    found = transform(create_model(jobs, {"../../../outside": "x"}))
    assert "cannot be unpacked" in found["FailureReason"]


def test_the_image_may_have_a_server_of_its_own(tmp_path: Path, connect: Any) -> None:
    """`serve` in the table of interpreters; its execution parameters fill in what the request leaves out."""
    from airflow_mlmax.local.server import LocalRuntime

    server_program = tmp_path / "server.py"
    server_program.write_text(
        textwrap.dedent("""
            import json, os
            from http.server import BaseHTTPRequestHandler, HTTPServer
            class Request(BaseHTTPRequestHandler):
                def do_GET(self):
                    ready = {"BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": "x"}
                    self.answer(b"" if self.path == "/ping" else json.dumps(ready).encode())
                def do_POST(self):
                    self.answer(b"<" + self.rfile.read(int(self.headers["Content-Length"])).strip() + b">")
                def answer(self, body):
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(body)
            HTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Request).serve_forever()
        """)
    )
    table = tmp_path / "interpreters.toml"
    table.write_text(
        f'[[interpreter]]\nimage = "own/*"\npython = "runtime"\nserve = ["python3", "{server_program}"]\n'
    )
    with LocalRuntime(tmp_path / "data", interpreters=table, isolation="remap", stop_grace=2.0) as server:
        jobs = connect(server)
        jobs.put(**{"in/a": "x\ny\n"})
        own = create_model(jobs, {}, image="own/image:1")
        name = start(jobs, own, SplitType="Line")
        assert jobs.ended(name, "Transform")["TransformJobStatus"] == "Completed"
        assert jobs.get("out/a.out") == b"<x><y>"


def test_paths_below_opt_ml_are_the_hosts_own(jailed_jobs: Any) -> None:
    """With either isolation the handlers find their model at /opt/ml/model."""
    jobs = jailed_jobs
    program = UPPER.replace("model_dir +", "'/opt/ml/model' +")
    jobs.put(**{"in/a": "x"})
    own = create_model(jobs, {"code/inference.py": program, "suffix": "?\n"})
    name = start(jobs, own, ContentType="text/csv")
    assert jobs.ended(name, "Transform")["TransformJobStatus"] == "Completed"
    assert jobs.get("out/a.out") == b"X?\n"
