"""Addresses in the AWS console."""

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_mlmax.links import LINKS, announce, console_url
from airflow_mlmax.sagemaker.jobs import PROCESSING, TRAINING, TRANSFORM, TUNING, JobType

HOME = "https://console.aws.amazon.com/sagemaker/home?region=eu-west-1#"


def hook(region: str = "eu-west-1", partition: str = "aws") -> Any:
    """As much of a hook as a link asks: where its client is."""
    return SimpleNamespace(
        conn=SimpleNamespace(meta=SimpleNamespace(region_name=region, partition=partition))
    )


class Recorder:
    """The one method of a task instance that a link uses."""

    def __init__(self) -> None:
        self.xcoms: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value


@pytest.mark.parametrize(
    ("job_type", "path"),
    [
        (PROCESSING, "/processing-jobs/job-1"),
        (TRAINING, "/jobs/job-1"),
        (TUNING, "/hyper-tuning-jobs/job-1"),
        (TRANSFORM, "/transform-jobs/job-1"),
    ],
    ids=lambda value: getattr(value, "resource", None),
)
def test_every_family_has_its_page(job_type: JobType, path: str) -> None:
    """The link leads to the job, in its region."""
    assert console_url(hook(), job_type, "job-1") == HOME + path


def test_other_partitions_have_their_own_console() -> None:
    """China is another AWS."""
    assert console_url(hook("cn-north-1", "aws-cn"), TRAINING, "j").startswith(
        "https://console.amazonaws.cn/"
    )


def test_links_and_name_are_in_xcom_at_once() -> None:
    """The key that the UI reads is filled before the task ends."""
    ti: Any = Recorder()
    announce({"ti": ti}, hook(), TRAINING, "job-1")
    assert ti.xcoms["job_name"] == "job-1"
    job, logs = (ti.xcoms[link.xcom_key] for link in LINKS)
    assert job == HOME + "/jobs/job-1"
    assert logs.endswith(
        "log-group/$252Faws$252Fsagemaker$252FTrainingJobs$3FlogStreamNameFilter$3Djob-1$252F"
    )


def test_the_log_of_a_tuning_job_is_that_of_its_children() -> None:
    """Children's names begin with the parent's and a dash."""
    ti: Any = Recorder()
    announce({"ti": ti}, hook(), TUNING, "tune-1")
    assert ti.xcoms[LINKS[1].xcom_key].endswith("$3Dtune-1-")
