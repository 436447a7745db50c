"""The sensor of jobs that somebody else started."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from attempts import TaskInstance
from families import IMAGE, ROLE

from airflow_mlmax import exceptions as errors
from airflow_mlmax.sensors.job import SageMakerJobSensor

both_modes = pytest.mark.parametrize("deferrable", [False, True], ids=["waiting", "deferred"])


@pytest.fixture
def job(runtime: Any) -> str:
    """Name of a processing job that is held."""
    runtime.server.faults.add("hold", family="ProcessingJob")
    name = f"sensed-{uuid4().hex[:8]}"
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}
    runtime.client("sagemaker").create_processing_job(
        ProcessingJobName=name,
        AppSpecification={"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", "-c", "print(1)"]},
        ProcessingResources={"ClusterConfig": cluster},
        RoleArn=ROLE,
    )
    return name


def sensor(name: str, **arguments: Any) -> TaskInstance:
    given = {"job_type": "ProcessingJob", "job_name": name, "poke_interval": 0.1, **arguments}
    return TaskInstance(lambda: SageMakerJobSensor(task_id="sensor", **given))


@both_modes
def test_a_completed_job_lets_the_sensor_pass(runtime: Any, job: str, deferrable: bool) -> None:
    """It defers, resumes and gives name and ARN."""
    runtime.server.faults.clear()
    attempt = sensor(job, deferrable=deferrable).run()
    assert attempt.state == "success"
    assert attempt.xcoms["job_name"] == job
    assert attempt.xcoms["job_arn"].endswith(job)


@both_modes
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "fail", "reason": "AlgorithmError: x"}, errors.UserCodeError),
        ({"kind": "stop"}, errors.JobStoppedError),
    ],
    ids=["failed", "stopped"],
)
def test_any_other_end_is_an_error(
    runtime: Any, job: str, fault: dict[str, Any], kind: type[Exception], deferrable: bool
) -> None:
    """The same table of states as the operators': Stopped is a failure."""
    runtime.server.faults.add(**fault)
    runtime.server.faults.add("release")
    attempt = sensor(job, deferrable=deferrable).run()
    assert type(attempt.error) is kind
    assert attempt.state == "failed"


@both_modes
def test_neither_timeout_nor_kill_stops_a_foreign_job(runtime: Any, job: str, deferrable: bool) -> None:
    """Whoever only watches has no say."""
    attempt = sensor(job, deferrable=deferrable, timeout=0.3).run()
    assert type(attempt.error) is errors.RuntimeLimitError
    deferred = sensor(job).start()
    asyncio.run(deferred.trigger().on_kill())
    assert runtime.server.calls.count("StopProcessingJob") == 0
    runtime.server.faults.clear()


@pytest.mark.usefixtures("runtime")
def test_an_unknown_job_fails_at_once() -> None:
    """A typing error in the name is not waited for."""
    attempt = sensor("no-such-job").run()
    assert attempt.state == "failed"
    assert "no-such-job" in str(attempt.error)


@pytest.mark.usefixtures("runtime")
def test_an_unknown_family_names_the_known_ones() -> None:
    """The families are SageMaker's resource names."""
    attempt = sensor("x", job_type="Training").run()
    assert isinstance(attempt.error, AirflowFailException)
    assert "'TrainingJob'" in str(attempt.error)
