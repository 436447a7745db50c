"""The gate in front of data: a suite of expectations, a policy, and what passes on."""

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import BadRequestError, GateClosedError, GateUndecidedError
from airflow_mlmax.hooks.datasets import DataObject, download, objects_at, objects_in
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.links import QualityReportLink, announce_report
from airflow_mlmax.operators.verdicts import Case, judged, publish

if TYPE_CHECKING:
    from airflow_mlmax.quality.policy import Policy
    from airflow_mlmax.quality.suites import Suite

TWO_GIGABYTES = 2 * 1024**3


class DataQualityGateOperator(AwsBaseOperator[SageMakerJobHook]):
    """Lets data go on only if they hold a Great Expectations suite. A closed gate fails at once: the same data fail again.

    The checks run on the worker, in one scan by DuckDB where that gives exactly what Great Expectations gives.
    XCom: `status` (`pass`, `warn`), `decision`, `data_uri` (what goes on: the clean rows, or what was given), `rows`,
    `bad_rows`, and with an `output_uri` `report_uri`, `verdict_uri`, `result_uri`, `bad_rows_uri`; also when
    the gate closes, `verdict`: the verdict with up to three failed checks, below 2 kB.

    :param suite: JSON file beside the DAG file, S3 URI of one, or the suite itself
    :param data_uri: S3 URI of one object, or the prefix of several
    :param manifest_uri: instead, S3 URI of a manifest: `[{uri, etag, size}]`, or SageMaker's prefix and keys
    :param data_format: `csv`, `parquet` or `jsonl`; by default what the names end in
    :param columns: type by column: `integer`, `number`, `string`, `boolean`, `timestamp`; by default `columns` in the
        suite's `meta`. CSV has no types of its own: a column that is not declared is text. A value that is not of its declared type makes its row a bad row
    :param policy: members of `airflow_mlmax.quality.policy.Policy`
    :param parameters: values for `{"$PARAMETER": "name"}` in the suite
    :param output_uri: S3 prefix for verdict, full result, page, bad rows and clean rows, below a folder for each
        combination of data, suite and policy
    :param engine: `duckdb`, `great_expectations`, or `auto` for the first where it can and the second for the rest
    :param max_bytes: size of the data above which the task fails before it downloads them
    :param security: the environment's security block; its `output_kms_key` encrypts what is written
    :raises GateClosedError: the data do not pass, or cannot be read as what they are said to be
    :raises GateUndecidedError: a check could not be evaluated; tried again
    :raises BadRequestError: the suite or an argument is wrong
    """

    aws_hook_class = SageMakerJobHook
    operator_extra_links = (QualityReportLink(),)
    template_fields: Sequence[str] = aws_template_fields(
        *("suite", "data_uri", "manifest_uri", "data_format", "columns", "policy", "parameters"),
        *("output_uri", "engine", "security"),
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
        policy: dict[str, Any] | None = None,
        parameters: dict[str, Any] | None = None,
        output_uri: str | None = None,
        engine: str = "auto",
        max_bytes: int = TWO_GIGABYTES,
        security: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"multiple_outputs": True, **kwargs})
        self.suite = suite
        self.data_uri = data_uri
        self.manifest_uri = manifest_uri
        self.data_format = data_format
        self.columns = columns
        self.policy = policy
        self.parameters = parameters
        self.output_uri = output_uri
        self.engine = engine
        self.max_bytes = max_bytes
        self.security = security

    def execute(self, context: Context) -> dict[str, Any]:
        s3 = S3Objects(self.hook, (self.security or {}).get("output_kms_key"))
        try:
            from airflow_mlmax.quality.data import open_data
            from airflow_mlmax.quality.errors import DataError, EngineError

            with tempfile.TemporaryDirectory(prefix="mlmax-gate-") as folder:
                scratch, started = Path(folder), time.monotonic()
                policy, suite, files, objects = self._question(context, s3, scratch)
                try:
                    data = open_data(files, scratch, self.data_format, self.columns or suite.columns)
                    with closing(data):
                        case = judged(data, suite, policy, self.engine, uri=self._source, objects=objects)
                        document = publish(
                            case, s3, scratch, self.output_uri, context=context, started=started
                        )
                except DataError as error:
                    raise GateClosedError(
                        f"gate {self.task_id} is closed: {error}\nData: {self._source}"
                    ) from error
                except EngineError as error:
                    raise self._mistake(error) from error
        except ModuleNotFoundError as error:
            raise BadRequestError(
                f"gate {self.task_id} needs {error.name}; install airflow-mlmax[quality] where tasks run"
            ) from error
        return self._end(context, case, document)

    def _question(
        self, context: Context, s3: S3Objects, scratch: Path
    ) -> tuple["Policy", "Suite", list[Path], list[DataObject]]:
        """What is to be decided: policy, suite and data, which are now on this machine."""
        from airflow_mlmax.quality.gx_engine import keywords
        from airflow_mlmax.quality.suites import load_suite

        try:
            policy = self._policy()
            suite = load_suite(self._suite_text(context, s3), self.parameters, keywords)
            return policy, suite, *download(s3, self._objects(s3), scratch, self.max_bytes)
        except ValueError as error:
            raise self._mistake(error) from error

    def _end(self, context: Context, case: Case, document: Mapping[str, Any]) -> dict[str, Any]:
        """Tells the verdict: raises if the gate is closed, else gives the XCom."""
        from airflow_mlmax.quality.message import message
        from airflow_mlmax.quality.verdict import compact

        finding, artifacts = case.finding, document["artifacts"]
        context["ti"].xcom_push(key="verdict", value=compact(document))
        page = (
            announce_report(context, self.hook, artifacts["report"])
            if artifacts
            else "give output_uri for a page"
        )
        text = message(finding, case.dataset, case.suite, case.policy, page)
        if finding.decision == "stop":
            raise (GateUndecidedError if finding.status == "error" else GateClosedError)(text)
        (self.log.info if finding.status == "pass" else self.log.warning)("%s", text)
        return {
            "status": finding.status,
            "decision": finding.decision,
            "data_uri": artifacts.get("clean", self._source),
            "rows": finding.rows.passed_on,
            "bad_rows": finding.rows.bad,
            **{f"{name}_uri": uri for name, uri in artifacts.items() if name != "clean"},
        }

    def _mistake(self, error: ValueError) -> BadRequestError:
        return BadRequestError(
            f"BadRequestError: task {self.task_id}: {error}\nNext: correct the suite or the task, then clear it."
        )

    @property
    def _source(self) -> str:
        return str(self.manifest_uri or self.data_uri)

    def _policy(self) -> "Policy":
        from airflow_mlmax.quality.policy import policy_of

        policy = policy_of(self.policy or {})
        if policy.quarantine != "off" and not self.output_uri:
            raise ValueError("quarantine needs output_uri, the S3 prefix for bad and clean rows")
        return policy

    def _objects(self, s3: S3Objects) -> list[DataObject]:
        if bool(self.data_uri) == bool(self.manifest_uri):
            raise ValueError("give data_uri or manifest_uri, one of them")
        try:
            return (
                objects_in(s3, self.manifest_uri) if self.manifest_uri else objects_at(s3, str(self.data_uri))
            )
        except FileNotFoundError as error:
            raise GateUndecidedError(
                f"gate {self.task_id} has nothing to check: {error}; look at what writes it"
            ) from error

    def _suite_text(self, context: Context, s3: S3Objects) -> str:
        if not isinstance(self.suite, str):
            return json.dumps(self.suite)
        if self.suite.startswith("s3://"):
            return json.dumps(s3.read_json(self.suite))
        path = Path(context["dag"].fileloc).parent / self.suite
        if not path.is_file():
            raise ValueError(f"there is no suite {path}; `suite` is a path beside the DAG file")
        return path.read_text()
