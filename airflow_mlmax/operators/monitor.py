"""The operators of monitors: a baseline of good data, and the comparison of new data with it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import ApiError, ViolationsError
from airflow_mlmax.hooks.s3 import S3Objects, files_uri
from airflow_mlmax.operators.base import SageMakerJobOperator
from airflow_mlmax.operators.building import Source, checked_request, upload
from airflow_mlmax.sagemaker.code import SourceFolder
from airflow_mlmax.sagemaker.jobs import PROCESSING, JobType
from airflow_mlmax.sagemaker.requests import MonitorRequest
from airflow_mlmax.sagemaker.requests.monitor import OUTPUT
from airflow_mlmax.sagemaker.results import monitor_result, violations_result

_ANALYZER = Path(__file__).parents[1] / "scripts"
_FILES = ("constraint_violations.json", "constraints_violations.json")
"""Both spellings that AWS's own pages have."""

_LISTED = 20
_LONGEST_LINE = 300
_NEXT = (
    "Look at the data and at the report. If the data are wrong, repair them and clear this task; if the world has "
    "changed, make a new baseline."
)


class MonitorBaselineOperator(SageMakerJobOperator):
    """Describes good data, for `MonitorOperator` to compare with: statistics and the constraints that they fulfil.

    The analyzer is the package's own. It runs in any image with Python 3.10, numpy and pyarrow, and writes the files of
    SageMaker Model Monitor. XCom: `report_uri`, which is the `baseline_uri` of a monitor, `statistics_uri`,
    `constraints_uri`, `exit_message`, beside the keys of every job.

    :param kind: `data_quality` or `model_quality`
    :param data_uri: S3 prefix of the data
    :param data_format: `csv`, `csv_without_header`, `json_lines`, `parquet`, or `dataset_format` in AWS's words
    :param output_uri: S3 prefix of the report
    :param model_quality: `{problem_type, label, prediction, probability, probability_threshold, labels_uri, join_on,
        slack}`, see `airflow_mlmax.sagemaker.requests.monitor.ModelQuality`
    :param monitoring_config: thresholds of the constraints in AWS's words, laid over the default
    :param categorical_drift_method: `LInfinity` or `ChiSquared`, whatever the constraints say
    :param min_rows: fewer rows (of model quality: labelled rows) are no baseline, and a violation; 1 if not given
    :param image_uri: container image
    :param code_uri: S3 prefix below which the analyzer is uploaded, once for each version
    :param role_arn: role of the job
    :param compute: `{instance_type, instance_count, volume_size_gb}`
    :param environment: more variables of the container
    :param max_runtime: seconds after which AWS ends the job
    :param security: the environment's security block, see `airflow_mlmax.sagemaker.security.Security`
    :raises BadRequestError: a request with faults, all of them named, before anything is sent
    """

    job_type: ClassVar[JobType] = PROCESSING
    template_fields: Sequence[str] = (
        *SageMakerJobOperator.template_fields,
        *("kind", "data_uri", "data_format", "output_uri", "model_quality", "monitoring_config"),
        *("categorical_drift_method", "min_rows", "image_uri", "code_uri", "role_arn", "compute"),
        *("environment", "max_runtime", "security"),
    )

    def __init__(
        self,
        *,
        kind: str = "data_quality",
        data_uri: str | None = None,
        data_format: str | dict[str, Any] = "csv",
        output_uri: str | None = None,
        model_quality: dict[str, Any] | None = None,
        monitoring_config: dict[str, Any] | None = None,
        categorical_drift_method: str | None = None,
        min_rows: int | str | None = None,
        image_uri: str | None = None,
        code_uri: str | None = None,
        role_arn: str | None = None,
        compute: dict[str, Any] | None = None,
        environment: dict[str, Any] | None = None,
        max_runtime: int | str = 3600,
        security: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.kind = kind
        self.data_uri = data_uri
        self.data_format = data_format
        self.output_uri = output_uri
        self.model_quality = model_quality
        self.monitoring_config = monitoring_config
        self.categorical_drift_method = categorical_drift_method
        self.min_rows = min_rows
        self.image_uri = image_uri
        self.code_uri = code_uri
        self.role_arn = role_arn
        self.compute = compute
        self.environment = environment
        self.max_runtime = max_runtime
        self.security = security

    source_uri: str | None = None

    def prepare(self, context: Context) -> None:
        if not self.code_uri:
            raise ValueError("code_uri is missing: the S3 prefix below which the analyzer is uploaded.")
        analyzer = SourceFolder(_ANALYZER)
        self.source_uri = files_uri(analyzer, self.code_uri)
        upload(
            MonitorRequest, self, [Source(self.source_uri, analyzer, self.code_uri)], S3Objects.upload_files
        )

    def request(self) -> dict[str, Any]:
        return checked_request(MonitorRequest, self)

    def result(self, description: Mapping[str, Any]) -> dict[str, Any]:
        return monitor_result(description, OUTPUT)


class MonitorOperator(MonitorBaselineOperator):
    """Compares data, or a model's predictions, with a baseline. Violations fail the task at once, without retries.

    XCom, also of a task that violations failed: `violations_uri`, `violation_count`, `worst_features` (up to five), beside
    the keys of `MonitorBaselineOperator`. Its arguments are those of `MonitorBaselineOperator` and:

    :param baseline_uri: S3 prefix that holds `constraints.json` and, for data quality, `statistics.json`, of this
        package's or of AWS's analyzer
    :param on_violations: `warn` lets the task succeed, with a warning in its log; anything else fails it
    :raises ViolationsError: the data violate their baseline, and `on_violations` is not `warn`
    """

    template_fields: Sequence[str] = (
        *MonitorBaselineOperator.template_fields,
        "baseline_uri",
        "on_violations",
    )

    def __init__(
        self, *, baseline_uri: str | None = None, on_violations: str = "fail", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.baseline_uri = baseline_uri
        self.on_violations = on_violations

    def request(self) -> dict[str, Any]:
        if not self.baseline_uri:
            raise ValueError("baseline_uri is missing: the report of MonitorBaselineOperator.")
        return super().request()

    def result(self, description: Mapping[str, Any]) -> dict[str, Any]:
        """Reads the violations; a report without the file is an error, never a pass."""
        result = super().result(description)
        uri, self._violations = self._read(result["report_uri"])
        return {**result, "violations_uri": uri, **violations_result(self._violations)}

    _violations: Sequence[Mapping[str, Any]] = ()

    def _verdict(
        self, context: Context, name: str, description: dict[str, Any], capacity_errors: int
    ) -> dict[str, Any]:
        result = super()._verdict(context, name, description, capacity_errors)
        if not result["violation_count"]:
            return result
        text = self._explanation(name, result)
        if self.on_violations == "warn":
            self.log.warning("%s", text)
            return result
        for key, value in result.items():  # a task after this one may want to read why
            context["ti"].xcom_push(key, value)
        raise ViolationsError(text)

    def _read(self, report_uri: str) -> tuple[str, Sequence[Mapping[str, Any]]]:
        objects = S3Objects(self.hook)
        for uri in (f"{report_uri}{name}" for name in _FILES):
            if objects.exists(uri):
                return uri, objects.read_json(uri)["violations"]
        raise ApiError(
            "GetObject", "NoSuchKey", f"{report_uri} has no {_FILES[0]}, so nothing is known to be good."
        )

    def _explanation(self, name: str, result: Mapping[str, Any]) -> str:
        count = result["violation_count"]
        lines = [
            f"ViolationsError: {self.kind} of {self.data_uri}: {count} violations of {self.baseline_uri}. {name}"
        ]
        for each in self._violations[:_LISTED]:
            subject = each.get("feature_name") or each.get("metric_name") or "data"
            line = f"  - {subject} {each.get('constraint_check_type')}: {each.get('description')}"
            lines.append(line[:_LONGEST_LINE])
        if count > _LISTED:
            lines.append(f"  and {count - _LISTED} more")
        return "\n".join([*lines, f"Report: {result['violations_uri']}", f"Next: {_NEXT}"])
