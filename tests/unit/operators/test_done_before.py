"""What a backfill takes from an earlier pass, and what makes it start a job again."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from attempts import Job, Site
from families import BUCKET, seed

_ML = "/opt/ml/processing"
COPY = f"import shutil; shutil.copytree('{_ML}/input/rows', '{_ML}/output/made', dirs_exist_ok=True)"


class Pass:
    """A task of a backfill run that copies what lies in a folder of the test's own, and its runs one after the other."""

    def __init__(self, site: Site, **task: Any) -> None:
        self.folder = f"backfilled/{uuid4()}"
        self._s3 = site.runtime.client("s3")
        self.put("in/a.csv", "1")
        self.put("in/b.csv", "2")
        inputs = {"rows": f"{self.uri}/in/"}
        made = {"made": f"{self.uri}/out"}
        arguments = {"inputs": inputs, "outputs": made, "entrypoint": ["python3", "-c", COPY]}
        self.job = Job(site, **{"run_type": "backfill", **arguments, **task})

    @property
    def uri(self) -> str:
        return f"s3://{BUCKET}/{self.folder}"

    def put(self, name: str, text: str) -> None:
        self._s3.put_object(Bucket=BUCKET, Key=f"{self.folder}/{name}", Body=text.encode())

    def delete(self, name: str) -> None:
        self._s3.delete_object(Bucket=BUCKET, Key=f"{self.folder}/{name}")

    def run(self) -> list[str]:
        """One pass, cleared before if there was one; the states of all jobs until now."""
        if self.job.try_number:
            self.job.clear()
        assert self.job.run().state == "success"
        return self.job.statuses()


@pytest.fixture
def site(runtime: Any) -> Site:
    seed(runtime)
    runtime.server.calls.clear()
    return Site(runtime)


def by_manifest(task: Pass) -> None:
    """Names the inputs in a manifest, which every pass writes anew."""
    task.put("in.manifest", json.dumps([{"prefix": f"{task.uri}/in/"}, "a.csv", "b.csv"]))
    task.job.arguments["inputs"] = {"rows": {"uri": f"{task.uri}/in.manifest", "data_type": "ManifestFile"}}


CHANGES: dict[str, Callable[[Pass], None]] = {
    "an input changed": lambda task: task.put("in/a.csv", "3"),
    "an input came": lambda task: task.put("in/c.csv", "3"),
    "an input is gone": lambda task: task.delete("in/b.csv"),
    "a result is gone": lambda task: task.delete("out/b.csv"),
    "a result changed": lambda task: task.put("out/b.csv", "3"),
    "the code changed": lambda task: task.job.arguments.update(entrypoint=["python3", "-c", f"{COPY};"]),
    "another machine": lambda task: task.job.arguments.update(
        compute={**task.job.arguments["compute"], "instance_type": "ml.m5.xlarge"}
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changed_is_computed_again_once(site: Site, change: Callable[[Pass], None]) -> None:
    """One new job, and its result is good for the pass after it."""
    task = Pass(site)
    task.run()
    change(task)
    assert task.run() == ["Completed"] * 2
    assert task.run() == ["Completed"] * 2


def test_a_manifest_counts_by_what_it_names(site: Site) -> None:
    """Written again it is the same; a file that it names is not, once it changed."""
    task = Pass(site)
    by_manifest(task)
    task.run()
    task.put("in.manifest", json.dumps([{"prefix": f"{task.uri}/"}, "in/a.csv", "in/b.csv"]))
    assert task.run() == ["Completed"]
    task.put("in/b.csv", "3")
    assert task.run() == ["Completed"] * 2


def test_only_the_newest_job_counts(site: Site) -> None:
    """Old data are back, but the results that lie there are those of a later job."""
    task = Pass(site)
    task.run()
    task.put("in/a.csv", "3")
    task.run()
    task.put("in/a.csv", "1")
    assert task.run() == ["Completed"] * 3


def test_a_failed_job_after_it_makes_it_old(site: Site) -> None:
    """A job that failed may have written, too."""
    task = Pass(site)
    task.run()
    task.job.conf = {"new_jobs": True}
    task.job.clear()
    site.faults.add("fail", family="ProcessingJob")
    assert task.job.run().state == "failed"
    site.faults.clear()
    task.job.conf = None
    assert task.run() == ["Completed", "Failed", "Completed"]


def test_a_job_on_the_next_rung_counts(site: Site) -> None:
    """The ladder is part of how, not of what."""
    task = Pass(site, instance_ladder=[{"instance_type": "ml.m5.xlarge"}])
    site.faults.add("fail", family="ProcessingJob", reason="CapacityError: none", times=1)
    task.run()
    assert task.run() == ["Failed", "Completed"]


def test_a_person_who_clears_gets_a_new_job(site: Site) -> None:
    """Outside of a backfill a clear says: again."""
    task = Pass(site, run_type="manual")
    task.run()
    assert task.run() == ["Completed"] * 2


def test_days_that_the_schedule_ran_are_done(site: Site) -> None:
    """Airflow makes a scheduled run a backfill's when that runs it again."""
    task = Pass(site, run_type="scheduled")
    task.run()
    task.job.run_type = "backfill"
    assert task.run() == ["Completed"]


def test_a_job_that_completed_without_a_result_is_not_done(site: Site) -> None:
    """Its task failed on what the job left, so the next pass has it left anew."""
    task = Pass(site)
    task.run()
    tags = [{"Key": "mlmax:results", "Value": ""}]
    arn = site.store.get("us-east-1", "ProcessingJob", task.job.jobs[0]).answer["ProcessingJobArn"]
    site.runtime.client("sagemaker").add_tags(ResourceArn=arn, Tags=tags)
    assert task.run() == ["Completed"] * 2


def test_no_tag_costs_no_result(site: Site) -> None:
    """A role that may not add tags later has its results, and its jobs are started again."""
    site.faults.add("error", operation="AddTags", code="AccessDeniedException", message="no", times=10)
    task = Pass(site)
    task.run()
    assert task.run() == ["Completed"] * 2


def test_data_that_airflow_may_not_list_are_read_again(site: Site) -> None:
    """The job may, so it runs; whether a later one is the same nobody can say."""
    site.faults.add("error", operation="ListObjectsV2", code="AccessDenied", message="no", times=1000)
    task = Pass(site)
    task.run()
    assert task.run() == ["Completed"] * 2
