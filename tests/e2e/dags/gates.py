"""A gate in front of data that asks a person when they do not pass, and tells a topic of it."""

from datetime import timedelta

from airflow.providers.common.compat.sdk import DAG, Asset
from airflow.providers.standard.operators.empty import EmptyOperator

from airflow_mlmax.notifications.channels import Channel
from airflow_mlmax.notifications.events import asked_person, failed_run, note_failure
from airflow_mlmax.notifications.notifier import ChannelNotifier
from airflow_mlmax.operators.quality import DataQualityGateOperator

ADULT = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "age", "min_value": 18}}

TEAM = {"team": Channel(sns="arn:aws:sns:us-east-1:123456789012:people", conn_id="inbox")}

with DAG(
    "asking",
    schedule=None,
    params={"data_uri": "s3://gates/people.csv", "answer_within": 600},
    default_args={"on_failure_callback": note_failure},
    on_failure_callback=ChannelNotifier(failed_run, TEAM, about="local people"),
):
    gate = DataQualityGateOperator(
        task_id="job",
        suite={"name": "people", "meta": {"columns": {"age": "integer"}}, "expectations": [ADULT]},
        data_uri="{{ params.data_uri }}",
        output_uri="s3://gates/dq",
        policy={"on_fail": "ask"},
        answer_within="{{ params.answer_within }}",
        notifiers=[ChannelNotifier(asked_person, TEAM, about="local people")],
        outlets=[Asset(name="people", uri="s3://gates/clean")],
        retries=1,
        retry_delay=timedelta(seconds=1),
    )
    gate >> EmptyOperator(task_id="after")
