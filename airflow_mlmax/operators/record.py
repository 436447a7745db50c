"""The last task of a pipeline: keeps the record of its run, and never decides on it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import AirflowException, BaseHook, Context
from airflow.sdk.exceptions import AirflowRuntimeError

from airflow_mlmax.costs.prices import prices_of
from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.operators.identity import run_type

if TYPE_CHECKING:
    from airflow_mlmax.records.document import RunRecord
    from airflow_mlmax.records.store import Records

_PATIENCE = 30.0
"""Seconds for an API that is away: a record is short without it, and nobody waits for more."""

_MOST_LOADED = 50
"""Pending records that one run takes along."""


class RecordRunOperator(AwsBaseOperator[SageMakerJobHook]):
    """Writes the record of its run, gathered from the XComs, states and jobs of all other tasks; make it a teardown.

    As a teardown after all other tasks it runs whatever happened to them and has no say in the state of the run. Where the
    database is away or refuses, the record is kept in S3, and the next run that finds the database loads it.

    XCom: `recorded` (False while it waits in S3), `pending_uri` (where it waits, else None), `loaded` (number of waiting
    records that this run took along).

    :param records_conn_id: Airflow connection to PostgreSQL
    :param pending_uri: S3 prefix for records that wait
    :param model: model package group, or what the model is called
    :param namespace: as in `SageMakerJobOperator`: tells equal DAGs of two environments apart
    :param prices: USD per instance hour, as in `SageMakerJobOperator`: for jobs of tries that failed
    :param security: the environment's security block; its output key encrypts what waits in S3
    """

    aws_hook_class = SageMakerJobHook
    template_fields: Sequence[str] = aws_template_fields(
        "records_conn_id", "pending_uri", "model", "namespace", "prices"
    )
    ui_color = "#e8e8f4"

    def __init__(
        self,
        *,
        records_conn_id: str,
        pending_uri: str,
        model: str | None = None,
        namespace: str = "",
        prices: dict[str, dict[str, float]] | None = None,
        security: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"multiple_outputs": True, **kwargs})
        self.records_conn_id = records_conn_id
        self.pending_uri = pending_uri
        self.model = model
        self.namespace = namespace
        self.prices = prices
        self.security = security

    def execute(self, context: Context) -> dict[str, Any]:
        from airflow_mlmax.records.errors import RecordsError
        from airflow_mlmax.records.pending import keep

        hook = SageMakerJobHook(**self._hook_parameters, patience=_PATIENCE)
        s3 = S3Objects(hook, (self.security or {}).get("output_kms_key"))
        record = self._record(context, s3)
        try:
            records = self._records()
            is_newest = records.write(record)
        except (RecordsError, AirflowException, AirflowRuntimeError, ModuleNotFoundError) as error:
            uri = keep(s3, self.pending_uri, record)
            self.log.warning(
                "The record of this run waits at %s, because it could not be written: %s\nThe next run that finds the "
                "database loads it, or `mlmax records load`.",
                uri,
                error,
            )
            return {"recorded": False, "pending_uri": uri, "loaded": 0}
        self.log.info(
            "The record of this run is %s.", "written" if is_newest else "there already, and a later one"
        )
        return {"recorded": True, "pending_uri": None, "loaded": self._loaded(s3, records)}

    def _record(self, context: Context, s3: S3Objects) -> "RunRecord":
        from airflow_mlmax.operators.run_facts import input_records, task_facts
        from airflow_mlmax.operators.run_jobs import RunJobs
        from airflow_mlmax.records.gathering import manifests, run_record

        run, ti = context["dag_run"], context["ti"]
        region = str(self.region_name or s3.hook.conn.meta.region_name)
        jobs = RunJobs(s3.hook, prices_of(region, self.prices))
        facts = task_facts(context, jobs, self.namespace)
        about = {
            "namespace": self.namespace,
            "dag_id": ti.dag_id,
            "run_id": ti.run_id,
            "run_type": run_type(context),
            "logical_date": run.logical_date,
            "interval_start": run.data_interval_start,
            "interval_end": run.data_interval_end,
            "started": run.start_date,
            "ended": ti.start_date,
            "conf": run.conf or {},
            "params": dict(context["params"]),
            "model": self.model,
            "recorded_at": datetime.now(UTC),
            "inputs": input_records(manifests(facts), s3),
        }
        return run_record(about, facts, _deciding(context["dag"]))

    def _records(self) -> "Records":
        from airflow_mlmax.records.connection import engine_of
        from airflow_mlmax.records.store import Records

        return Records(engine_of(BaseHook.get_connection(self.records_conn_id)))

    def _loaded(self, s3: S3Objects, records: "Records") -> int:
        """Takes along what waits in S3; whatever goes wrong leaves it there for the next."""
        from airflow_mlmax.records.errors import RecordsError
        from airflow_mlmax.records.pending import load

        try:
            loaded = load(s3, self.pending_uri, records.write, _MOST_LOADED)
        except (RecordsError, ApiError) as error:
            self.log.warning("Records that wait below %s could not be loaded: %s", self.pending_uri, error)
            return 0
        if loaded:
            self.log.info("%d records that waited are written too: %s", len(loaded), ", ".join(loaded))
        return len(loaded)


def _deciding(dag: Any) -> list[str]:
    """Ids of the tasks that decide on the state of a run, as Airflow does: those that only teardowns come after."""
    return [
        task.task_id
        for task in dag.tasks
        if not task.is_teardown and all(dag.get_task(each).is_teardown for each in task.downstream_task_ids)
    ]
