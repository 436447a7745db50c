"""How jobs end before they are done: stops, time limits, faults."""

import time
from typing import Any

import pytest

from airflow_mlmax.local.jobs import engine

SLEEP = "import time; print('ready'); time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); time.sleep(600)"


def states(description: dict[str, Any]) -> list[str]:
    return [transition["Status"] for transition in description["SecondaryStatusTransitions"]]


def test_stopped_training_keeps_its_model(jobs: Any) -> None:
    """Stop ends the program and stores what it had; Stopping comes first, then Uploading."""
    name = jobs.training(f"open('/opt/ml/model/m', 'w').write('half'); {SLEEP}")
    jobs.logged(name, "ready")
    jobs.sagemaker.stop_training_job(TrainingJobName=name)
    found = jobs.ended(name)
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert states(found)[-3:] == ["Stopping", "Uploading", "Stopped"]
    assert "FailureReason" not in found
    assert jobs.keys(f"models/{name}") == [f"models/{name}/output/model.tar.gz"]


def test_stop_kills_who_does_not_listen(jobs: Any) -> None:
    """A program that ignores SIGTERM is killed when the grace is over."""
    name = jobs.training(DEAF)
    jobs.logged(name, "ready")
    jobs.sagemaker.stop_training_job(TrainingJobName=name)
    assert jobs.until(name, "Stopping")["TrainingJobStatus"] == "Stopping"
    assert jobs.ended(name)["TrainingJobStatus"] == "Stopped"


def test_program_that_ends_well_on_stop_is_stopped(jobs: Any) -> None:
    """Exit code 0 after SIGTERM does not make a stopped job a success."""
    name = jobs.processing(
        f"import signal; signal.signal(signal.SIGTERM, lambda *_: exit(0)); {SLEEP}",
    )
    jobs.logged(name, "ready", kind="Processing")
    jobs.sagemaker.stop_processing_job(ProcessingJobName=name)
    assert jobs.ended(name, "Processing")["ProcessingJobStatus"] == "Stopped"


def test_stopped_processing_stores_nothing(jobs: Any) -> None:
    """Outputs at the end of a job are for jobs that come to their end."""
    output = {"S3Uri": jobs.uri("out"), "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}
    name = jobs.processing(
        f"open('/opt/ml/processing/out/x', 'w').write('x'); {SLEEP}",
        ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": output}]},
    )
    jobs.logged(name, "ready", kind="Processing")
    jobs.sagemaker.stop_processing_job(ProcessingJobName=name)
    assert jobs.ended(name, "Processing")["ProcessingJobStatus"] == "Stopped"
    assert jobs.keys("out") == []


def test_stopped_in_the_queue(jobs: Any) -> None:
    """A job that waits for a worker becomes Stopped at once and never runs."""
    running = [jobs.training(SLEEP) for _ in range(2)]
    for name in running:
        jobs.logged(name, "ready")
    waiting = jobs.training("print('ran')")
    jobs.sagemaker.stop_training_job(TrainingJobName=waiting)
    found = jobs.describe(waiting)
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert "TrainingStartTime" not in found
    for name in running:
        jobs.sagemaker.stop_training_job(TrainingJobName=name)
        jobs.ended(name)
    assert jobs.ended(jobs.training("print('after')"))["TrainingJobStatus"] == "Completed"
    assert jobs.lines(waiting) == []


def test_training_time_limit(jobs: Any) -> None:
    """The limit stops the job, and the last secondary status says which limit it was."""
    found = jobs.ended(jobs.training(SLEEP, StoppingCondition={"MaxRuntimeInSeconds": 1}))
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert "Stopping" in states(found)


def test_spot_wait_limit(jobs: Any) -> None:
    """The wait for spot counts from the creation, so that a late start leaves less time."""
    jobs.server.faults.add("hold")
    name = jobs.training(
        SLEEP,
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 1, "MaxWaitTimeInSeconds": 1},
    )
    time.sleep(0.3)
    jobs.server.faults.add("release", job=name)
    found = jobs.ended(name)
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")


def test_processing_time_limit(jobs: Any) -> None:
    """A processing job beyond its limit is Stopped."""
    name = jobs.processing(SLEEP, StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert jobs.ended(name, "Processing")["ProcessingJobStatus"] == "Stopped"


def test_no_capacity(jobs: Any) -> None:
    """Without capacity the job fails before it runs, and costs nothing."""
    jobs.server.faults.add("capacity", family="TrainingJob")
    name = jobs.training("print('ran')")
    found = jobs.ended(name)
    assert found["FailureReason"].startswith("CapacityError: Unable to provision")
    assert "BillableTimeInSeconds" not in found
    assert "TrainingEndTime" in found


@pytest.mark.parametrize("kind", ["Training", "Processing"])
def test_internal_error(jobs: Any, kind: str) -> None:
    """An internal error strikes in the middle of the run."""
    jobs.server.faults.add("internal", family=f"{kind}Job")
    name = getattr(jobs, kind.lower())(SLEEP)
    found = jobs.ended(name, kind)
    assert found[f"{kind}JobStatus"] == "Failed"
    assert found["FailureReason"].startswith("InternalServerError")


def test_internal_error_is_retried(jobs: Any) -> None:
    """A retry strategy repeats the attempt after an internal error, from a fresh /opt/ml."""
    jobs.server.faults.add("internal", family="TrainingJob", after=60)
    name = jobs.training(
        "import os; print(os.listdir('/opt/ml/model')); open('/opt/ml/model/m', 'w').write('m')",
        RetryStrategy={"MaximumRetryAttempts": 1},
    )
    found = jobs.ended(name)
    assert found["TrainingJobStatus"] == "Completed"
    assert "Restarting" in states(found)
    assert jobs.lines(name) == ["[]", "[]"]


def test_retries_come_to_an_end(jobs: Any) -> None:
    """Not more attempts than the strategy allows."""
    jobs.server.faults.add("internal", family="TrainingJob", after=60)
    name = jobs.training("print('ran')")
    assert jobs.ended(name)["FailureReason"].startswith("InternalServerError")
    assert jobs.lines(name) == ["ran"]


def test_ordinary_failure_is_not_retried(jobs: Any) -> None:
    """The retry strategy is for internal errors only."""
    name = jobs.training("print('ran'); raise SystemExit(1)", RetryStrategy={"MaximumRetryAttempts": 3})
    assert jobs.ended(name)["TrainingJobStatus"] == "Failed"
    assert jobs.lines(name) == ["ran"]


def test_hold_and_release(jobs: Any) -> None:
    """A held job stays InProgress until it is released."""
    faults = jobs.server.faults
    faults.add("hold", family="ProcessingJob")
    name = jobs.processing("print('ran')")
    other = jobs.processing("print('ran')")
    assert jobs.ended(other, "Processing")["ProcessingJobStatus"] == "Completed"
    assert jobs.describe(name, "Processing")["ProcessingJobStatus"] == "InProgress"
    faults.add("release", job=name)
    assert jobs.ended(name, "Processing")["ProcessingJobStatus"] == "Completed"


def test_timed_hold_ends_by_itself(jobs: Any) -> None:
    """A job that is held for a time takes at least that long, and then completes."""
    jobs.server.faults.add("hold", seconds=0.5)
    found = jobs.ended(jobs.processing("print('ran')"), "Processing")
    assert found["ProcessingJobStatus"] == "Completed"
    assert (found["LastModifiedTime"] - found["CreationTime"]).total_seconds() >= 0.5


def test_cleared_hold_lets_go(jobs: Any) -> None:
    """Switching all faults off lets a held job go on."""
    faults = jobs.server.faults
    faults.add("hold")
    name = jobs.training("print('ran')")
    _until_hit(faults, "hold")
    faults.clear()
    assert jobs.ended(name)["TrainingJobStatus"] == "Completed"


def _until_hit(faults: Any, kind: str) -> None:
    deadline = time.monotonic() + 10
    while not faults.hits(kind) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert faults.hits(kind)


def test_held_job_can_be_stopped(jobs: Any) -> None:
    """A stop reaches a held job."""
    jobs.server.faults.add("hold")
    name = jobs.training("print('ran')")
    _until_hit(jobs.server.faults, "hold")
    jobs.sagemaker.stop_training_job(TrainingJobName=name)
    assert jobs.ended(name)["TrainingJobStatus"] == "Stopped"


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({}, "AlgorithmError: See job logs for more information, exit code: 1"),
        ({"message": "odd", "exit_code": 5}, "AlgorithmError: odd, exit code: 5"),
        ({"reason": "ClientError: no access"}, "ClientError: no access"),
    ],
    ids=["default", "message", "reason"],
)
def test_fail(jobs: Any, parameters: dict[str, Any], reason: str) -> None:
    """A failure can be had without running anything."""
    jobs.server.faults.add("fail", family="TrainingJob", **parameters)
    assert jobs.ended(jobs.training("print('ran')"))["FailureReason"] == reason


@pytest.mark.parametrize("after", [0, 0.2])
def test_stopped_from_outside(jobs: Any, after: float) -> None:
    """Somebody else stops the job."""
    jobs.server.faults.add("stop", family="ProcessingJob", after=after)
    assert jobs.ended(jobs.processing(SLEEP), "Processing")["ProcessingJobStatus"] == "Stopped"


def test_stale_message(jobs: Any) -> None:
    """The last message can be made to repeat the one before."""
    jobs.server.faults.add("stale_message", family="TrainingJob")
    transitions = jobs.ended(jobs.training("pass"))["SecondaryStatusTransitions"]
    assert transitions[-1]["StatusMessage"] == transitions[-2]["StatusMessage"]


def test_everything_is_there_when_the_status_is(jobs: Any) -> None:
    """Whoever sees Completed finds model, log and metrics, every time."""
    definitions = [{"Name": "auc", "Regex": "auc=([0-9.]+)"}]
    for _ in range(3):
        name = jobs.training("print('auc=0.5')", algorithm={"MetricDefinitions": definitions})
        found = jobs.ended(name)
        assert found["FinalMetricDataList"][0]["Value"] == 0.5
        assert jobs.lines(name) == ["auc=0.5"]
        assert jobs.keys(f"models/{name}") == [f"models/{name}/output/model.tar.gz"]
        assert found["TrainingEndTime"] >= found["TrainingStartTime"]


def test_stop_outweighs_an_interruption(jobs: Any) -> None:
    """A spot job that is stopped while it is interrupted does not start again."""
    jobs.server.faults.add("interrupt", family="TrainingJob", after=0, times=1000)
    name = jobs.training(
        SLEEP,
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60},
    )
    jobs.until(name, "Interrupted")
    jobs.sagemaker.stop_training_job(TrainingJobName=name)
    assert jobs.ended(name)["TrainingJobStatus"] == "Stopped"


def test_broken_runtime(
    jobs: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """An error in the runtime itself ends the job, tells the developer, and the workers go on."""

    def broken(_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(engine.FAMILIES, "ProcessingJob", broken)
    for _ in range(3):
        found = jobs.ended(jobs.processing("pass"), "Processing")
        assert found["FailureReason"] == "InternalServerError: the local runtime failed"
    assert "ZeroDivisionError" in capfd.readouterr().err
