"""A gate that lets nobody below 18 pass."""

from airflow.providers.common.compat.sdk import DAG

from airflow_mlmax.operators.quality import DataQualityGateOperator

ADULT = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "age", "min_value": 18}}

with DAG("guarded", schedule=None):
    DataQualityGateOperator(
        task_id="gate",
        suite={"name": "adults", "meta": {"columns": {"age": "integer"}}, "expectations": [ADULT]},
        data_uri="s3://guarded/people.csv",
        output_uri="s3://guarded/dq",
        where="worker",
    )
