"""Managed spot training: interruptions, checkpoints and what is billed."""

from typing import Any

SPOT = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120},
}
COUNT = """
import os, time
folder = '{folder}'
done = os.listdir(folder)
print('found', sorted(done))
open(f'{{folder}}/step-{{len(done)}}', 'w').write('x')
{then}
"""


def count(then: str = "", folder: str = "/opt/ml/checkpoints") -> str:
    return COUNT.format(folder=folder, then=then)


def test_interruption_restores_the_checkpoint(jobs: Any) -> None:
    """After an interruption the job starts anew under its name and finds what it had saved."""
    jobs.server.faults.add("interrupt", family="TrainingJob", after=1)
    name = jobs.training(count("time.sleep(2)"), CheckpointConfig={"S3Uri": jobs.uri("ck")}, **SPOT)
    found = jobs.ended(name)
    states = [transition["Status"] for transition in found["SecondaryStatusTransitions"]]
    assert found["TrainingJobStatus"] == "Completed"
    assert states.count("Interrupted") == 1
    assert states.count("Training") == 2
    assert jobs.lines(name) == ["found []", "found ['step-0']"]
    assert jobs.keys("ck") == ["ck/step-0", "ck/step-1"]


def test_interruption_without_checkpoints_starts_from_zero(jobs: Any) -> None:
    """Nothing is kept that nobody asked to keep."""
    jobs.server.faults.add("interrupt", family="TrainingJob")
    name = jobs.training("import os; print(os.listdir('/opt/ml/model'))", **SPOT)
    assert jobs.ended(name)["TrainingJobStatus"] == "Completed"
    assert jobs.lines(name)[-1] == "[]"


def test_on_demand_is_not_interrupted(jobs: Any) -> None:
    """Only spot capacity is taken away."""
    fault = jobs.server.faults.add("interrupt", family="TrainingJob")
    assert jobs.ended(jobs.training("pass"))["TrainingJobStatus"] == "Completed"
    assert fault.hits == 0


def test_next_job_goes_on(jobs: Any) -> None:
    """A new job with the same checkpoint prefix begins where the last one ended, in the folder of its choice."""
    config = {"S3Uri": jobs.uri("ck/"), "LocalPath": "/opt/ml/mine"}
    for lines in (["found []"], ["found ['step-0']"]):
        name = jobs.training(count(folder="/opt/ml/mine"), CheckpointConfig=config)
        assert jobs.ended(name)["TrainingJobStatus"] == "Completed"
        assert jobs.lines(name) == lines


def test_checkpoints_of_a_failed_job_are_kept(jobs: Any) -> None:
    """The last state of the checkpoints is stored whatever the end."""
    name = jobs.training(count("raise SystemExit(1)"), CheckpointConfig={"S3Uri": jobs.uri("ck")}, **SPOT)
    assert jobs.ended(name)["TrainingJobStatus"] == "Failed"
    assert jobs.keys("ck") == ["ck/step-0"]


def test_checkpoints_are_stored_while_it_runs(jobs: Any) -> None:
    """A checkpoint is in S3 before the job is over."""
    name = jobs.training(count("time.sleep(60)"), CheckpointConfig={"S3Uri": jobs.uri("ck")})
    jobs.s3.get_waiter("object_exists").wait(
        Bucket=jobs.bucket, Key="ck/step-0", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    assert jobs.describe(name)["TrainingJobStatus"] == "InProgress"
    jobs.sagemaker.stop_training_job(TrainingJobName=name)
    jobs.ended(name)


def test_checkpoint_configuration_file(jobs: Any) -> None:
    """The job is told where its checkpoints are."""
    name = jobs.training(
        "print(open('/opt/ml/input/config/checkpointconfig.json').read())",
        CheckpointConfig={"S3Uri": jobs.uri("ck"), "LocalPath": "/opt/ml/mine"},
    )
    jobs.ended(name)
    assert jobs.lines(name) == ['{"LocalPath": "/opt/ml/mine"}']


def test_spot_is_cheaper(jobs: Any) -> None:
    """A spot job is billed fewer seconds than it trained."""
    found = jobs.ended(jobs.training("pass", **SPOT))
    assert 1 <= found["BillableTimeInSeconds"] < found["TrainingTimeInSeconds"]
