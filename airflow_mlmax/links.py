"""Links from a task to its job and its logs in the AWS console, there as soon as the job exists."""

from typing import Any
from urllib.parse import quote

from airflow.providers.amazon.aws.links.base_aws import BASE_AWS_CONSOLE_LINK, BaseAwsLink
from airflow.providers.common.compat.sdk import Context

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
