"""One job a DAG, on the local runtime: waiting in the worker, deferred to the triggerer, and daily for backfills."""

from datetime import UTC, datetime, timedelta

from airflow.providers.common.compat.sdk import DAG
from airflow.sdk import CronDataIntervalTimetable

from airflow_mlmax.operators.processing import ProcessingJobOperator

FIRST, LAST = (
    datetime(2013, 7, 1, tzinfo=UTC),
    datetime(2013, 7, 31, tzinfo=UTC),
)  # over: nothing is scheduled


SUCCEED = "print('the job has run')"
FAIL = "raise SystemExit('no such column: dep_delay')"


def job(*, deferrable: bool, script: str = SUCCEED, retries: int = 2) -> None:
    ProcessingJobOperator(
        task_id="job",
        image_uri="683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3",
        role_arn="arn:aws:iam::123456789012:role/mlmax-local",
        entrypoint=["python3", "-c", script],
        compute={"instance_type": "ml.m5.large", "instance_count": 1, "volume_size_gb": 1},
        deferrable=deferrable,
        poll_interval=0.5,
        retries=retries,
        retry_delay=timedelta(seconds=1),
    )


with DAG("waiting", schedule=None):
    job(deferrable=False)

with DAG("deferred", schedule=None):
    job(deferrable=True)

with DAG("daily", schedule=CronDataIntervalTimetable("@daily", "UTC"), start_date=FIRST, end_date=LAST):
    job(deferrable=True)

with DAG("failing", schedule=None):
    job(deferrable=True, script=FAIL, retries=0)
