"""Links from a task to its job, logs or report in the AWS console, there as soon as what they lead to is."""

from typing import Any
from urllib.parse import quote

from airflow.providers.amazon.aws.links.base_aws import BASE_AWS_CONSOLE_LINK, BaseAwsLink
from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.hooks.s3 import parse_uri
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.sagemaker.jobs import JobType


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


class QualityReportLink(BaseAwsLink):
    """The page of a data-quality verdict, in the S3 console."""

    name = "Data quality report"
    key = "mlmax_quality_report"
    format_str = BASE_AWS_CONSOLE_LINK + "/s3/object/{bucket}?region={region_name}&prefix={object_key}"


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


def announce_report(context: Context, hook: SageMakerJobHook, uri: str) -> str:
    """Puts the link to a data-quality page into XCom at once, because a closed gate never ends well; gives the address."""
    bucket, key = parse_uri(uri)
    meta = hook.conn.meta
    link = QualityReportLink()
    values = {
        "region_name": meta.region_name,
        "aws_domain": BaseAwsLink.get_aws_domain(meta.partition) or "aws.amazon.com",
        "bucket": bucket,
        "object_key": quote(key, safe="/"),
    }
    _push(context["ti"], link, values)
    return str(link.format_link(**values))


def _push(ti: Any, link: BaseAwsLink, values: dict[str, Any]) -> None:
    ti.xcom_push(key=link.key, value=values)
    ti.xcom_push(key=link.xcom_key, value=link.format_link(**values))


def _values(hook: SageMakerJobHook, job_type: JobType, job_name: str) -> dict[str, Any]:
    meta = hook.conn.meta
    return {
        "region_name": meta.region_name,
        "aws_domain": BaseAwsLink.get_aws_domain(meta.partition) or "aws.amazon.com",
        "console_path": job_type.console_path,
        "job_name": job_name,
        "log_group": _console(job_type.log_group),
        "stream_prefix": _console(job_type.log_prefix(job_name)),
    }


def _console(text: str) -> str:
    """Text in the console's own escape: twice, with `$` for the second `%`."""
    return quote(quote(text, safe=""), safe="").replace("%", "$")
