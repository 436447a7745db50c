"""Addresses in the AWS console and in Airflow's UI."""

import logging
import sys
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from airflow.providers.common.compat.sdk import AirflowFailException, BaseOperator, Context
from airflow.sdk import TaskInstanceState
from airflow.sdk.execution_time import task_runner
from attempts import TaskInstance

from airflow_mlmax.links import (
    LINKS,
    REPORT_LINKS,
    BadRowsLink,
    ReportLink,
    announce,
    announce_report,
    console_url,
)
from airflow_mlmax.sagemaker.jobs import PROCESSING, TRAINING, TRANSFORM, TUNING, JobType

HOME = "https://console.aws.amazon.com/sagemaker/home?region=eu-west-1#"


def hook(region: str = "eu-west-1", partition: str = "aws") -> Any:
    """As much of a hook as a link asks: its connection, and where its client is."""
    meta = SimpleNamespace(region_name=region, partition=partition)
    return SimpleNamespace(aws_conn_id="shop_aws", conn=SimpleNamespace(meta=meta))


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


PAGES = "airflow_mlmax.ui.plugin"
UI = "/mlmax/report/shop/manual__2026-11-21T06%3A00%3A00%2B00%3A00/gate/-1"
FILES = {"bad_rows": "s3://bucket/dq/bad rows.csv", "verdict": "s3://bucket/dq/verdict.json"}


class Announcing(BaseOperator):
    """Announces a report and fails, as a closed gate does."""

    operator_extra_links = REPORT_LINKS

    def execute(self, context: Context) -> None:
        announce_report(context, hook(), "s3://bucket/dq/report.html", FILES)
        raise AirflowFailException("closed")


@pytest.fixture(params=[False, True], ids=["no plugin", "plugin"])
def plugin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether Airflow has loaded the plugin in the worker."""
    monkeypatch.delitem(sys.modules, PAGES, raising=False)
    if request.param:
        monkeypatch.setitem(sys.modules, PAGES, sys)
    return bool(request.param)


def announced(**files: str) -> tuple[str, dict[str, Any]]:
    """The address for the log, and the XComs."""
    ti: Any = Recorder()
    ti.dag_id, ti.run_id, ti.task_id, ti.map_index = "shop", "manual__2026-11-21T06:00:00+00:00", "gate", -1
    return announce_report({"ti": ti}, hook(), "s3://bucket/dq/report.html", files), ti.xcoms


def test_a_report_leads_to_the_plugin_or_to_the_console(plugin: bool) -> None:
    """Where Airflow's UI can show the page it does; the log holds a whole address, since it may be read elsewhere."""
    text, xcoms = announced(**FILES)
    console = "https://console.aws.amazon.com/s3/object/bucket?region=eu-west-1&prefix=dq/"
    assert text == f"{console}report.html"
    assert xcoms[ReportLink().xcom_key] == (UI if plugin else f"{console}report.html")
    assert xcoms[BadRowsLink().xcom_key] == (f"{UI}/file/bad_rows" if plugin else f"{console}bad%20rows.csv")


@pytest.mark.parametrize("base", ["https://airflow.example.com", "https://example.com/airflow/"])
def test_the_address_has_airflows_own_place(monkeypatch: pytest.MonkeyPatch, base: str, plugin: bool) -> None:
    """A button needs no host and keeps the path that Airflow is served below; the log has both."""
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", base)
    text, xcoms = announced()
    if plugin:
        assert text == base.rstrip("/") + UI
        assert xcoms[ReportLink().xcom_key] == text.removeprefix("https://").partition("/")[2].join(["/", ""])


def test_the_ui_learns_where_to_read_and_how() -> None:
    """Places, connection and region, and no more: no secret."""
    _, xcoms = announced(**FILES)
    report = xcoms["mlmax_report"]
    assert report["files"] == {**FILES, "page": "s3://bucket/dq/report.html"}
    assert (report["aws_conn_id"], report["region_name"]) == ("shop_aws", "eu-west-1")
    assert set(report) == {"files", "aws_conn_id", "region_name", "links"}
    assert BadRowsLink().xcom_key not in announced()[1]


def end(instance: TaskInstance) -> None:
    """What Airflow does when a try is over."""
    task_runner.SUPERVISOR_COMMS = instance.supervisor
    try:
        ti = instance._task_instance(None, None)
        log = structlog.wrap_logger(logging.getLogger("task"))
        task_runner.finalize(ti, TaskInstanceState.FAILED, ti.get_template_context(), log)
    finally:
        del task_runner.SUPERVISOR_COMMS


@pytest.mark.usefixtures("plugin")
def test_the_buttons_outlive_the_end_of_the_task() -> None:
    """Airflow asks each link again when the task has ended, and stores the answer over what was pushed."""
    instance = TaskInstance(lambda: Announcing(task_id="gate"), retries=0)
    xcoms = instance.run().xcoms
    pushed = {link.xcom_key: xcoms.pop(link.xcom_key) for link in REPORT_LINKS}
    end(instance)
    assert {link.xcom_key: xcoms[link.xcom_key] for link in REPORT_LINKS} == pushed
    assert all(pushed.values())


def test_without_a_report_there_is_no_button() -> None:
    """An empty address, which Airflow's UI leaves out."""
    instance = TaskInstance(lambda: Announcing(task_id="gate"), retries=0)
    end(instance)
    assert [instance.supervisor.xcoms[link.xcom_key] for link in REPORT_LINKS] == ["", ""]
