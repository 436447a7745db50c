"""Buttons of a task in Airflow's UI: its job, its logs, its report. They are there as soon as what they lead to is.

When a task ends, Airflow calls `get_link` of every link and stores the answer over what was pushed before; so each
finds its address again in an XCom of the task.
"""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar
from urllib.parse import quote, urljoin, urlsplit

from airflow.providers.amazon.aws.links.base_aws import BASE_AWS_CONSOLE_LINK, BaseAwsLink
from airflow.providers.common.compat.sdk import Context, TaskInstanceKey, XCom, conf

from airflow_mlmax.hooks.s3 import parse_uri
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.reports import PAGE, XCOM_KEY, Report, path_of
from airflow_mlmax.sagemaker.jobs import JobType

_PLUGIN = "airflow_mlmax.ui.plugin"


class SageMakerJobLink(BaseAwsLink):
    """The job's own page."""

    name = "SageMaker job"
    key = "mlmax_job"
    format_str = BASE_AWS_CONSOLE_LINK + "/sagemaker/home?region={region_name}#/{console_path}/{job_name}"


class SageMakerJobLogsLink(BaseAwsLink):
    """All log streams of the job in CloudWatch."""

    name = "CloudWatch logs"
    key = "mlmax_job_logs"
    format_str = (
        BASE_AWS_CONSOLE_LINK
        + "/cloudwatch/home?region={region_name}#logsV2:log-groups/log-group/{log_group}"
        "$3FlogStreamNameFilter$3D{stream_prefix}"
    )


class ReportLink(BaseAwsLink):
    """The page of a gate or a monitor: in Airflow's UI where the plugin is installed, else in the S3 console."""

    name = "Report"
    key = XCOM_KEY
    file: ClassVar[str] = PAGE
    format_str = BASE_AWS_CONSOLE_LINK + "/s3/object/{bucket}?region={region_name}&prefix={object_key}"

    def get_link(self, operator: Any, *, ti_key: TaskInstanceKey) -> str:
        """The address that `announce_report` pushed; an empty one, which shows no button, where it did not."""
        announced = XCom.get_value(key=self.key, ti_key=ti_key) or {}
        return str(announced.get("links", {}).get(self.file, ""))


class BadRowsLink(ReportLink):
    """The rows that did not pass, as a download."""

    name = "Bad rows"
    file = "bad_rows"


REPORT_LINKS: tuple[ReportLink, ...] = (ReportLink(), BadRowsLink())
LINKS: tuple[BaseAwsLink, ...] = (SageMakerJobLink(), SageMakerJobLogsLink())


def console_url(hook: SageMakerJobHook, job_type: JobType, job_name: str) -> str:
    """Address of the job's page in the AWS console."""
    return SageMakerJobLink().format_link(**_values(hook, job_type, job_name))


def announce(context: Context, hook: SageMakerJobHook, job_type: JobType, job_name: str) -> None:
    """Puts the links and the job's name into XCom at once: Airflow itself does so only when the task ends or defers."""
    values = _values(hook, job_type, job_name)
    ti = context["ti"]
    ti.xcom_push(key="job_name", value=job_name)
    for link in LINKS:
        _push(ti, link, values)


def announce_report(
    context: Context, hook: SageMakerJobHook, uri: str, files: Mapping[str, str] | None = None
) -> str:
    """Lets Airflow's UI show a report at once, because a closed gate never ends well; gives the page's full address.

    XCom: `mlmax_report`, see `airflow_mlmax.reports.Report`. The UI reads nothing else, with the hook's connection.

    :param uri: S3 URI of the page: HTML without scripts, or text, of at most 5 MB
    :param files: S3 URIs of further files, by name, to download; `bad_rows` has a button of its own
    """
    ti, places, served = context["ti"], {**(files or {}), PAGE: uri}, _pages_are_served()
    base = conf.get("api", "base_url", fallback="").rstrip("/")
    task_instance = (ti.dag_id, ti.run_id, ti.task_id, ti.map_index)
    links = {
        # Without the host, so that a button works under every name by which Airflow is reached.
        name: urlsplit(base).path + path_of(*task_instance, name) if served else object_url(hook, place)
        for name, place in places.items()
    }
    report = Report(places, hook.aws_conn_id, hook.conn.meta.region_name, links)
    ti.xcom_push(key=XCOM_KEY, value=asdict(report))
    for link in REPORT_LINKS:
        if link.file in links:
            ti.xcom_push(key=link.xcom_key, value=links[link.file])
    return urljoin(base, links[PAGE]) if served and base else object_url(hook, uri)


def object_url(hook: SageMakerJobHook, uri: str) -> str:
    """Address of an object in the S3 console."""
    bucket, key = parse_uri(uri)
    return ReportLink().format_link(**_where(hook), bucket=bucket, object_key=quote(key, safe="/"))


def _pages_are_served() -> bool:
    """Whether the plugin is installed: Airflow imports what its plugins folder holds before it runs a task."""
    return _PLUGIN in sys.modules


def _push(ti: Any, link: BaseAwsLink, values: dict[str, Any]) -> None:
    ti.xcom_push(key=link.key, value=values)
    ti.xcom_push(key=link.xcom_key, value=link.format_link(**values))


def _values(hook: SageMakerJobHook, job_type: JobType, job_name: str) -> dict[str, Any]:
    return {
        **_where(hook),
        "console_path": job_type.console_path,
        "job_name": job_name,
        "log_group": _console(job_type.log_group),
        "stream_prefix": _console(job_type.log_prefix(job_name)),
    }


def _where(hook: SageMakerJobHook) -> dict[str, str]:
    """What every address in the AWS console holds."""
    meta = hook.conn.meta
    return {
        "region_name": meta.region_name,
        "aws_domain": BaseAwsLink.get_aws_domain(meta.partition) or "aws.amazon.com",
    }


def _console(text: str) -> str:
    """Text in the console's own escape: twice, with `$` for the second `%`."""
    return quote(quote(text, safe=""), safe="").replace("%", "$")
