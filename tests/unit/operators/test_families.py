import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import attempts
import pytest
from attempts import Attempt, TaskInstance

from airflow_mlmax.exceptions import BadRequestError, UserCodeError
from airflow_mlmax.operators.model import CreateModelOperator
from airflow_mlmax.operators.processing import ProcessingJobOperator
from airflow_mlmax.operators.registration import RegisterModelOperator
from airflow_mlmax.operators.training import TrainingJobOperator
from airflow_mlmax.operators.transform import TransformJobOperator
from airflow_mlmax.operators.tuning import TuningJobOperator

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
ROLE = "arn:aws:iam::123456789012:role/mlmax-local"
SMALL = {"instance_type": "ml.m5.large"}
MARK = "marker-value-1234567890"

PREPROCESS = """
import pathlib, sys
root = pathlib.Path("/opt/ml/processing")
rows = (root / "input/raw/rows.csv").read_text().split()
(root / "output/train/rows.csv").write_text("\\n".join(rows[: int(sys.argv[2])]))
pathlib.Path("/opt/ml/output").mkdir(exist_ok=True)
pathlib.Path("/opt/ml/output/message").write_text("kept " + sys.argv[2])
"""
TRAIN = """
import argparse, os, pathlib, sys
parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int)
depth = parser.parse_known_args()[0].depth
if depth == 13:
    sys.exit(1)
rows = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"], "rows.csv").read_text()
print(f"score={depth / 10};")
pathlib.Path(os.environ["SM_MODEL_DIR"], "model.txt").write_text(rows)
"""
INFERENCE = """
def model_fn(model_dir):
    return None
def input_fn(body, content_type):
    return body
def predict_fn(body, model):
    return body.upper()
def output_fn(prediction, accept):
    return prediction
"""


@pytest.fixture
def bucket(runtime: Any) -> str:
    """A bucket of the test's own with one object of rows."""
    name = f"family-{uuid4().hex[:12]}"
    runtime.client("s3").create_bucket(Bucket=name)
    runtime.client("s3").put_object(Bucket=name, Key="raw/rows.csv", Body=b"a\nb\nc\n")
    runtime.server.calls.clear()
    return name


@pytest.fixture
def source(tmp_path: Path) -> str:
    for name, text in {"preprocess.py": PREPROCESS, "train.py": TRAIN}.items():
        (tmp_path / name).write_text(text)
    return str(tmp_path)


def task(kind: type, **arguments: Any) -> Callable[[], Any]:
    fast = {} if kind in {CreateModelOperator, RegisterModelOperator} else {"poll_interval": 0.1}
    return lambda: kind(task_id="work", **{**fast, **arguments})


def done(make: Callable[[], Any]) -> dict[str, Any]:
    """The result of a try that must succeed."""
    return result_of(TaskInstance(make, run_id=uuid4().hex).run())


def result_of(attempt: Attempt) -> dict[str, Any]:
    assert attempt.state == "success", attempt.error
    result: dict[str, Any] = attempt.xcoms["return_value"]
    assert len(json.dumps(result)) < 2048
    return result


def failed(make: Callable[[], Any]) -> BaseException:
    attempt = TaskInstance(make, run_id=uuid4().hex).run()
    assert attempt.state == "failed"
    assert attempt.error is not None
    return attempt.error


def processing(bucket: str, source: str, **arguments: Any) -> dict[str, Any]:
    return {
        "image_uri": IMAGE,
        "role_arn": ROLE,
        "entry_point": "preprocess.py",
        "source_dir": source,
        "code_uri": f"s3://{bucket}/code",
        "arguments": {"rows": "{{ 1 + 1 }}"},
        "inputs": {"raw": f"s3://{bucket}/raw/"},
        "outputs": {"train": f"s3://{bucket}/train"},
        "compute": SMALL,
        "max_runtime": "{{ 60 * 2 }}",
        **arguments,
    }


def training(bucket: str, source: str, **arguments: Any) -> dict[str, Any]:
    return {
        "image_uri": IMAGE,
        "role_arn": ROLE,
        "entry_point": "train.py",
        "source_dir": source,
        "code_uri": f"s3://{bucket}/code",
        "hyperparameters": {"depth": 5},
        "inputs": {"train": f"s3://{bucket}/raw/"},
        "output_uri": f"s3://{bucket}/models",
        "compute": SMALL,
        "metric_definitions": {"score": "score=([0-9.]+);"},
        "max_runtime": 120,
        **arguments,
    }


def search(bucket: str, source: str, depths: list[int], **arguments: Any) -> dict[str, Any]:
    return {
        "objective": {"metric": "score", "type": "Maximize"},
        "ranges": {"depth": depths},
        "training": training(bucket, source, hyperparameters={}),
        "strategy": "Grid",
        "max_parallel_jobs": 2,
        **arguments,
    }


def test_processing_runs_a_script_and_gives_its_outputs(runtime: Any, bucket: str, source: str) -> None:
    """The folder is mounted, templates are rendered, and the output's URI is the task's result."""
    result = done(task(ProcessingJobOperator, **processing(bucket, source)))
    assert result["train"] == f"s3://{bucket}/train"
    assert result["exit_message"] == "kept 2"
    assert set(result) == {"train", "exit_message", "job_name", "job_arn", "billable_seconds", "cost"}
    rows = runtime.client("s3").get_object(Bucket=bucket, Key="train/rows.csv")["Body"].read()
    assert rows == b"a\nb"


@pytest.mark.parametrize("security", [None, {"network_isolation": True}], ids=["open", "isolated"])
def test_training_runs_script_mode(bucket: str, source: str, security: dict[str, Any] | None) -> None:
    """Script, hyperparameters and channels arrive, in an isolated network too; artifacts and metric are the result."""
    result = done(task(TrainingJobOperator, **training(bucket, source, security=security)))
    name = result["job_name"]
    assert result["model_artifacts"] == f"s3://{bucket}/models/{name}/output/model.tar.gz"
    assert result["output_uri"] == f"s3://{bucket}/models/{name}/output"
    assert result["metric_score"] == 0.5
    assert result["checkpoint_uri"] is None


def test_code_is_uploaded_once_for_all_tries(runtime: Any, bucket: str, source: str) -> None:
    """A second job with the same folder uploads nothing."""
    make = task(TrainingJobOperator, **training(bucket, source))
    done(make)
    archive_puts = [call for call in runtime.server.calls.list("PutObject") if "/code/" in f"/{call.name}"]
    assert len(archive_puts) == 1
    done(make)
    assert runtime.server.calls.list("PutObject", name=archive_puts[0].name) == archive_puts


def test_tuning_gives_its_winner(bucket: str, source: str) -> None:
    """The best child's artifacts, its tuned values, and the bill of all children."""
    prices = {"ml.m5.large": {"Training": 3600.0}}  # a dollar a second
    result = done(task(TuningJobOperator, **search(bucket, source, [2, 7], prices=prices)))
    assert result["cost"]["usd"] == result["billable_seconds"]
    assert result["best_objective"] == 0.7
    assert result["best_hyperparameters"]["depth"] == "7"
    best = result["best_training_job"]
    assert result["model_artifacts"] == f"s3://{bucket}/models/{best}/output/model.tar.gz"
    assert (result["completed_jobs"], result["failed_jobs"]) == (2, 0)


def test_a_wrong_price_is_found_before_the_job_starts(runtime: Any, bucket: str, source: str) -> None:
    """Nobody learns after an hour of training that its price cannot be told."""
    prices = {"ml.m5.large": {"Hosting": 1.0}}
    error = failed(task(TuningJobOperator, **search(bucket, source, [2, 7], prices=prices)))
    assert "prices: ml.m5.large has a price for 'Hosting'" in str(error)
    assert runtime.server.calls.count("CreateHyperParameterTuningJob") == 0


def test_tuning_asks_for_enough_completed_children(bucket: str, source: str) -> None:
    """A search is no success when fewer children completed than the task demands."""
    error = failed(task(TuningJobOperator, **search(bucket, source, [2, 13], min_completed=2)))
    assert isinstance(error, UserCodeError)
    assert "min_completed is 2" in str(error)


def test_a_model_is_made_once_and_transforms(runtime: Any, bucket: str) -> None:
    """Equal arguments give the same model, without a second one; a transform job runs it."""
    archive(runtime, bucket, INFERENCE)
    make = task(
        CreateModelOperator,
        name_prefix="upper",
        image_uri=IMAGE,
        model_data=f"s3://{bucket}/model.tar.gz",
        entry_point="inference.py",
        role_arn=ROLE,
    )
    model = done(make)
    assert done(make) == model
    assert model["model_name"].startswith("upper-")
    assert runtime.server.calls.count("CreateModel", status=200) == 1
    result = done(
        task(
            TransformJobOperator,
            model_name=model["model_name"],
            input_uri=f"s3://{bucket}/raw/",
            output_uri=f"s3://{bucket}/scores",
            content_type="text/csv",
            split_type="Line",
            assemble_with="Line",
            compute=SMALL,
        )
    )
    assert result["output_uri"] == f"s3://{bucket}/scores"
    assert result["model_name"] == model["model_name"]
    scores = runtime.client("s3").get_object(Bucket=bucket, Key="scores/rows.csv.out")["Body"].read()
    assert scores.split() == [b"A", b"B", b"C"]


def test_a_retry_registers_one_version_and_a_clear_another(runtime: Any) -> None:
    """The token of a task instance is the same for each try; a cleared task registers anew."""
    group = f"late-{uuid4().hex[:8]}"
    make = task(
        RegisterModelOperator,
        group=group,
        image_uri=IMAGE,
        model_data="s3://b/model.tar.gz",
        content_types=["text/csv"],
        response_types=["text/csv"],
        metadata={"window": "2013-01"},
    )
    instance = TaskInstance(make, run_id=uuid4().hex)
    first = result_of(instance.run())
    assert result_of(instance.run()) == first
    assert (first["version"], first["approval_status"]) == (1, "PendingManualApproval")
    instance.clear()
    assert result_of(instance.run())["version"] == 2
    listed = runtime.client("sagemaker").list_model_packages(ModelPackageGroupName=group)
    assert len(listed["ModelPackageSummaryList"]) == 2


@pytest.mark.parametrize("operation", ["CreateModelPackageGroup", "CreateModelPackage"])
def test_a_lost_answer_registers_no_second_version(runtime: Any, operation: str) -> None:
    """The call took effect and its answer never came: the same version is found, not another one made."""
    group = f"late-{uuid4().hex[:8]}"
    fault = runtime.server.faults.add("lose_answer", operation=operation, times=1)
    make = task(RegisterModelOperator, group=group, image_uri=IMAGE, model_data="s3://b/model.tar.gz")
    assert done(make)["version"] == 1
    assert fault.hits == 1


def test_a_lost_answer_makes_no_second_model(runtime: Any, bucket: str) -> None:
    """The model that was made is found by its name."""
    archive(runtime, bucket, INFERENCE)
    fault = runtime.server.faults.add("lose_answer", operation="CreateModel", times=1)
    model_data = f"s3://{bucket}/model.tar.gz"
    result = done(task(CreateModelOperator, image_uri=IMAGE, model_data=model_data, role_arn=ROLE))
    assert result["model_arn"].endswith(result["model_name"])
    assert fault.hits == 1


def test_a_refused_model_is_final(runtime: Any) -> None:
    """What the service refuses fails at once, with its code and reason."""
    runtime.server.faults.add(
        "error", operation="CreateModel", code="AccessDeniedException", message="no", times=1
    )
    error = failed(task(CreateModelOperator, image_uri=IMAGE, role_arn=ROLE))
    assert isinstance(error, BadRequestError)
    assert "CreateModel was refused with AccessDeniedException: no" in str(error)


def test_a_relative_source_dir_lies_beside_the_dag_file(bucket: str, source: str) -> None:
    """Where the worker happens to stand does not matter."""
    beside = os.path.relpath(source, Path(attempts.__file__).parent)
    done(task(ProcessingJobOperator, **processing(bucket, beside)))


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (ProcessingJobOperator, {"compute": {"instance_typ": "x"}, "entry_point": "a.py"}),
        (TrainingJobOperator, {"image_uri": "i", "algorithm": "a", "environment": {"A": float("nan")}}),
        (TrainingJobOperator, {"source_dir": "/nowhere", "entry_point": "a.py"}),
        (TuningJobOperator, {"training": {"image": "i"}}),
        (TransformJobOperator, {"max_payload_mb": "200"}),
        (CreateModelOperator, {"image_uri": "i", "model_package": "p"}),
        (RegisterModelOperator, {"group": "g", "metrics": {"quality": "s3://b"}}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_faulty_request_is_never_sent(runtime: Any, kind: type, arguments: dict[str, Any]) -> None:
    """The task fails for good, in words, before any call."""
    runtime.server.calls.clear()
    assert isinstance(failed(task(kind, **arguments)), BadRequestError)
    assert runtime.server.calls.list() == []


def test_a_faulty_request_uploads_no_code(runtime: Any, bucket: str, source: str) -> None:
    """The code follows only when the request that names it has passed."""
    for kind, arguments in {
        TrainingJobOperator: training(bucket, source, algorithm="a"),
        ProcessingJobOperator: processing(bucket, source, max_runtime="soon"),
        TuningJobOperator: search(bucket, source, [1], hyperband={"max_resource": 3}),
    }.items():
        assert isinstance(failed(task(kind, **arguments)), BadRequestError)
    assert runtime.server.calls.list() == []


def test_no_value_of_environment_or_hyperparameters_is_logged(
    bucket: str, source: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """The request in the log shows names only; so does the result."""
    arguments = training(
        bucket, source, environment={"CITY": MARK}, hyperparameters={"depth": 1, "note": MARK}
    )
    caplog.set_level("DEBUG", logger="airflow")
    done(task(TrainingJobOperator, **arguments))
    out, err = capfd.readouterr()
    assert MARK not in caplog.text + out + err


def test_the_pure_part_imports_nothing_heavy() -> None:
    """Requests, checks and results are imported without botocore, boto3, pandas or Airflow."""
    modules = "requests, security, checks, redaction, results, images, code"
    program = (
        f"from airflow_mlmax.sagemaker import {modules}; import sys; "
        "print({'airflow', 'boto3', 'botocore', 'pandas'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"


def archive(runtime: Any, bucket: str, inference: str) -> None:
    import io
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        entry = tarfile.TarInfo("code/inference.py")
        entry.size = len(inference)
        tar.addfile(entry, io.BytesIO(inference.encode()))
    runtime.client("s3").put_object(Bucket=bucket, Key="model.tar.gz", Body=buffer.getvalue())
