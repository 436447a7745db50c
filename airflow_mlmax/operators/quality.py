"""The gate in front of data: a suite of expectations, a policy, and what passes on."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from airflow.providers.common.compat.sdk import Context
from airflow.sdk import BaseNotifier

from airflow_mlmax._compat import waiting_for_person
from airflow_mlmax.exceptions import GateClosedError, GateUndecidedError
from airflow_mlmax.hooks.datasets import DataObject
from airflow_mlmax.operators.approval import APPROVE, OPTIONS, answer, invitation
from airflow_mlmax.operators.asking import case_of
from airflow_mlmax.operators.planned import Planned
from airflow_mlmax.operators.planned_gate import planned_gate
from airflow_mlmax.operators.quality_job import QualityJobOperator
from airflow_mlmax.operators.telling import announce_verdict, failures_of, result_of, tell_outlets
from airflow_mlmax.operators.verdicts import Case, read_verdict, set_aside

_DAY = 86_400


class DataQualityGateOperator(QualityJobOperator):
    """Lets data go on only if they hold a Great Expectations suite. A closed gate fails at once: the same data fail again.

    The checks run on the worker or in a processing job, with the same verdict. A verdict that was given before on the
    same objects, suite and policy is used again.

    XCom: `status` (`pass`, `warn`; `fail` where a person approved), `decision` (`continue`, `continue_quarantined`,
    `continue_approved`), `data_uri` (what goes on: the clean rows, or what was given), `rows`, `bad_rows`, `quarantined`, `reused`, with
    an `output_uri` `report_uri`, `verdict_uri`, `result_uri`, `bad_rows_uri`, `quarantine_uri`, and the keys of a job
    where one ran; also when the gate closes, `verdict`: the verdict with up to three failed checks, below 2 kB. Asset
    events of its outlets have `extra`: `dq` (`pass`, `warn`), `verdict`, `rows`, `report_uri`.

    :param suite: JSON file beside the DAG file, S3 URI of one, or the suite itself
    :param data_uri: S3 URI of one object, or the prefix of several
    :param manifest_uri: instead, S3 URI of a manifest: `[{uri, etag, size}]`, or SageMaker's prefix and keys
    :param data_format: `csv`, `parquet` or `jsonl`; by default what the names end in
    :param columns: type by column: `integer`, `number`, `string`, `boolean`, `timestamp`; by default `columns` in the
        suite's `meta`. CSV has no types of its own: a column that is not declared is text. A value that is not of its declared type makes its row a bad row
    :param sensitive: columns of which no value is shown anywhere, beside `sensitive` in the suite's `meta`
    :param policy: members of `airflow_mlmax.quality.policy.Policy`
    :param as_of: ISO date or time at which the data end, for `advisory_before`; by default the end of the run's interval
    :param parameters: values for `{"$PARAMETER": "name"}` in the suite
    :param output_uri: S3 prefix for verdict, full result, page, bad rows and clean rows, below a folder for each
        combination of data, suite and policy
    :param reuse: take a verdict that lies there already
    :param engine: `duckdb`, `great_expectations`, `spark` (only in a job), or `auto` for the first where it can and the
        second for the rest
    :param where: `worker`, `processing`, or `auto` for the worker up to `max_bytes`
    :param max_bytes: size of the data above which the worker does not take them; by default 512 MB of Parquet or of
        compressed files, 2 GB of others
    :param image_uri: image of the job; it needs Python 3.11, duckdb and pyarrow, and what the engine needs
    :param code_uri: S3 prefix below which the job's program is uploaded, once for each version
    :param role_arn: role of the job
    :param compute: `{instance_type, volume_size_gb}` of the job
    :param environment: variables of the job
    :param max_runtime: seconds after which AWS ends the job
    :param answer_within: seconds that a person has to answer, where the policy says `on_fail: ask`
    :param notifiers: tell that a person is asked
    :param security: the environment's security block; its `output_kms_key` encrypts what is written
    :raises GateClosedError: the data do not pass, or cannot be read as what they are said to be, or nobody approved
    :raises GateUndecidedError: a check could not be evaluated, or there is no verdict; tried again
    :raises BadRequestError: the suite or an argument is wrong
    """

    template_fields: Sequence[str] = (
        *QualityJobOperator.template_fields,
        *("suite", "data_uri", "manifest_uri", "data_format", "columns", "sensitive", "policy", "as_of"),
        *("parameters", "output_uri", "engine", "where", "max_bytes", "answer_within"),
    )
    ui_color = "#fdf0c4"

    def __init__(
        self,
        *,
        suite: str | dict[str, Any],
        data_uri: str | None = None,
        manifest_uri: str | None = None,
        data_format: str | None = None,
        columns: dict[str, str] | None = None,
        sensitive: list[str] | None = None,
        policy: dict[str, Any] | None = None,
        as_of: str | None = None,
        parameters: dict[str, Any] | None = None,
        output_uri: str | None = None,
        engine: str = "auto",
        where: str = "auto",
        max_bytes: int | str | None = None,
        answer_within: float | str = _DAY,
        notifiers: Sequence[BaseNotifier] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.suite = suite
        self.data_uri = data_uri
        self.manifest_uri = manifest_uri
        self.data_format = data_format
        self.columns = columns
        self.sensitive = sensitive
        self.policy = policy
        self.as_of = as_of
        self.parameters = parameters
        self.output_uri = output_uri
        self.engine = engine
        self.where = where
        self.max_bytes = max_bytes
        self.answer_within = answer_within
        self.notifiers = notifiers

    def case(self, context: Context) -> Case:
        return case_of(self, context)

    def planned(self, context: Context) -> Planned:
        return planned_gate(self, context)

    def end(
        self, context: Context, document: dict[str, Any], objects: Sequence[DataObject], **job: Any
    ) -> dict[str, Any]:
        """Tells the verdict: gives the XCom, asks a person, or raises."""
        text = announce_verdict(context, self.hook, document)
        if listed := failures_of(document):
            self.log.warning("%s", listed)
        set_aside(self.s3, document, objects)
        if document["decision"] != "stop":
            (self.log.info if document["status"] == "pass" else self.log.warning)("%s", text)
            return self._open(context, document, **job)
        if document["status"] == "error":
            raise GateUndecidedError(text)
        if document["policy"]["on_fail"] == "stop":
            raise GateClosedError(text)
        self.log.warning("%s\nA person is asked whether they go on.", text)
        subject, body = invitation(document)
        raise waiting_for_person(
            context,
            subject=subject,
            body=body,
            options=OPTIONS,
            within=timedelta(seconds=float(self.answer_within)),
            method_name="answered",
            kwargs={"place": document["artifacts"]["verdict"].rpartition("/")[0], "job": job},
            notifiers=self.notifiers,
        )

    def answered(
        self, context: Context, event: dict[str, Any], place: str, job: dict[str, Any]
    ) -> dict[str, Any]:
        """Goes on when a person has answered, or has not within the time."""
        document = read_verdict(self.s3, place)
        given = answer(event)
        text = announce_verdict(context, self.hook, document)
        if given.option != APPROVE:
            raise GateClosedError(f"{text}\nanswer    {given.text}")
        self.log.warning("%s\nanswer    %s", text, given.text)
        rows = document["rows"]
        approved = {**document, "decision": "continue_approved", "approval": given.record}
        approved["rows"] = {**rows, "passed_on": document["dataset"]["rows"], "quarantined": 0}
        announce_verdict(context, self.hook, approved)
        return self._open(context, approved, **job)

    def _open(self, context: Context, document: dict[str, Any], **job: Any) -> dict[str, Any]:
        tell_outlets(context, self.outlets, document)
        return {**result_of(document), **job}
