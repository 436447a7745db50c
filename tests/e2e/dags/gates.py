"""A gate in front of data that asks a person when they do not pass."""

from datetime import timedelta

from airflow.providers.common.compat.sdk import DAG, Asset

from airflow_mlmax.operators.quality import DataQualityGateOperator

ADULT = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "age", "min_value": 18}}

with DAG("asking", schedule=None, params={"data_uri": "s3://gates/people.csv", "answer_within": 600}):
    DataQualityGateOperator(
        task_id="job",
        suite={"name": "people", "meta": {"columns": {"age": "integer"}}, "expectations": [ADULT]},
        data_uri="{{ params.data_uri }}",
        output_uri="s3://gates/dq",
        policy={"on_fail": "ask"},
        answer_within="{{ params.answer_within }}",
        outlets=[Asset(name="people", uri="s3://gates/clean")],
        retries=1,
        retry_delay=timedelta(seconds=1),
    )
