"""The task at the end of every pipeline that keeps the record of the run."""

from airflow_mlmax.operators.record import RecordRunOperator
from airflow_mlmax.settings import Settings


def record_run(settings: Settings, model: str) -> None:
    """Adds the task `record` after all tasks of the current DAG, if the environment keeps records.

    It is a teardown: it runs whatever happened, and the state of the run is that of the tasks before it. It comes after each of them,
    since the last one counts as failed as soon as one before it has, while others still run.
    """
    if settings.records_conn_id is None:
        return
    record = RecordRunOperator(
        task_id="record",
        records_conn_id=settings.records_conn_id,
        pending_uri=settings.uri("records", "pending"),
        model=model,
    ).as_teardown()
    record.set_upstream([task for task in record.dag.tasks if task is not record])
