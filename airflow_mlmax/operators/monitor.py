"""The operators of monitors: a baseline of good data, and the comparison of new data with it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import ViolationsError
from airflow_mlmax.hooks.monitor_report import explanation, read_violations
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.links import LINKS, ReportLink, announce_report
from airflow_mlmax.operators.base import SageMakerJobOperator
from airflow_mlmax.operators.building import Source, upload
from airflow_mlmax.operators.monitor_code import located_code
from airflow_mlmax.operators.monitor_events import emit_drift, publish, refuse_telling
from airflow_mlmax.operators.planned import Planned
from airflow_mlmax.sagemaker.actions import METRICS, OBJECTS
from airflow_mlmax.sagemaker.jobs import PROCESSING, JobType
from airflow_mlmax.sagemaker.requests import MonitorRequest, Request
from airflow_mlmax.sagemaker.requests.monitor import AWS, OUTPUT, constraints_file
from airflow_mlmax.sagemaker.results import monitor_result, says_clean, violations_result


class MonitorBaselineOperator(SageMakerJobOperator):
    """Describes good data, for `MonitorOperator` to compare with: statistics and the constraints that they fulfil.

    The analyzer is the package's own. It runs in any image with Python 3.10, numpy and pyarrow, and writes the files of
    SageMaker Model Monitor. XCom: `report_uri`, which is the `baseline_uri` of a monitor, `statistics_uri` (None of
    bias and attributions), `constraints_uri`, `verdict_uri`, `exit_message`, beside the keys of every job.

    :param kind: `data_quality`, `model_quality`, `bias` or `feature_attribution`
    :param analyzer: `mlmax`, or `aws` for the images of Model Monitor and Clarify
    :param data_uri: S3 prefix of the data
    :param data_format: `csv`, `csv_without_header`, `json_lines`, `parquet`, `capture` (what an endpoint's data capture
        writes), or `dataset_format` in AWS's words
    :param start_time: ISO 8601; only records captured from then on count
    :param end_time: ISO 8601; only records captured before count
    :param output_uri: S3 prefix of the report
    :param model_quality: `{problem_type, label, prediction, probability, probability_threshold, labels_uri, join_on,
        slack}`, see `airflow_mlmax.sagemaker.requests.monitor.ModelQuality`
    :param bias: `{label, label_values_or_threshold, facets, group_variable, prediction, probability,
        probability_threshold, labels_uri, join_on, confidence, min_facet_rows}`, see
        `airflow_mlmax.sagemaker.requests.monitor.Bias`
    :param attribution: `{model_uri, model_name, label, num_samples, max_rows, background_rows, agg_method, seed, content_type}`, see
        `airflow_mlmax.sagemaker.requests.monitor.Attribution`
    :param preprocessor: Python file, relative to the DAG file, with `preprocess_handler(inference_record)`
    :param postprocessor: Python file, relative to the DAG file, with `postprocess_handler()`
    :param monitoring_config: thresholds of the constraints in AWS's words, laid over the default
    :param categorical_drift_method: `LInfinity` or `ChiSquared`, whatever the constraints say
    :param min_rows: fewer rows (of model quality: labelled rows) are no baseline, and a violation; 1 if not given
    :param image_uri: container image; AWS's analyzer has one in each region
    :param code_uri: S3 prefix below which the analyzer is uploaded, once for each version
    :param role_arn: role of the job
    :param compute: `{instance_type, instance_count, volume_size_gb}`
    :param environment: more variables of the container
    :param max_runtime: seconds after which AWS ends the job
    :param security: the environment's security block, see `airflow_mlmax.sagemaker.security.Security`
    :raises BadRequestError: a request with faults, all of them named, before anything is sent
    """

    job_type: ClassVar[JobType] = PROCESSING
    request_kind: ClassVar[type[Request]] = MonitorRequest
    own_actions = OBJECTS
    operator_extra_links = (*LINKS, ReportLink())
    template_fields: Sequence[str] = (
        *SageMakerJobOperator.template_fields,
        *("kind", "analyzer", "data_uri", "data_format", "start_time", "end_time", "output_uri"),
        *("model_quality", "bias", "attribution", "preprocessor", "postprocessor", "monitoring_config"),
        *("categorical_drift_method", "min_rows", "image_uri", "code_uri", "role_arn", "compute"),
        *("environment", "max_runtime", "security"),
    )

    def __init__(
        self,
        *,
        kind: str = "data_quality",
        analyzer: str = "mlmax",
        data_uri: str | None = None,
        data_format: str | dict[str, Any] = "csv",
        start_time: str | None = None,
        end_time: str | None = None,
        output_uri: str | None = None,
        model_quality: dict[str, Any] | None = None,
        bias: dict[str, Any] | None = None,
        attribution: dict[str, Any] | None = None,
        preprocessor: str | None = None,
        postprocessor: str | None = None,
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
        self.analyzer = analyzer
        self.data_uri = data_uri
        self.data_format = data_format
        self.start_time = start_time
        self.end_time = end_time
        self.output_uri = output_uri
        self.model_quality = model_quality
        self.bias = bias
        self.attribution = attribution
        self.preprocessor = preprocessor
        self.postprocessor = postprocessor
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
    attachments_uri: str | None = None

    def locate(self, context: Context) -> Sequence[Source]:
        with located_code(self, context) as sources:
            return sources

    def prepare(self, context: Context) -> None:
        with located_code(self, context) as sources:
            upload(self, sources, S3Objects.upload_files)

    def result(self, description: Mapping[str, Any]) -> dict[str, Any]:
        result = monitor_result(description, OUTPUT, constraints_file(self.kind))
        return {**result, "verdict_uri": None} if self.analyzer == AWS else result

    page: str | None = None
    """Address of the report's page, once it is there."""

    def finish(
        self, context: Context, name: str, description: Mapping[str, Any], result: dict[str, Any]
    ) -> None:
        """Does what follows from a completed job and its result."""
        uri = f"{result['report_uri']}report.html"
        if S3Objects(self.hook).exists(uri):
            files = {"verdict": verdict} if (verdict := result["verdict_uri"]) else {}
            self.page = announce_report(context, self.hook, uri, files)

    def _verdict(
        self, context: Context, name: str, description: dict[str, Any], capacity_errors: int
    ) -> dict[str, Any]:
        result = super()._verdict(context, name, description, capacity_errors)
        if (
            result["job_name"] == name
        ):  # not where another rung of the ladder was climbed, which has told of itself
            self.finish(context, name, description, result)
        return result


class MonitorOperator(MonitorBaselineOperator):
    """Compares data, or a model's predictions, with a baseline. Violations fail the task at once, without retries.

    XCom, also of a task that violations failed: `violations_uri`, `violation_count`, `worst_features` (up to five),
    `reasons` (up to five of `{feature, check, observed, threshold}`), beside the keys of `MonitorBaselineOperator`. Its
    arguments are those of `MonitorBaselineOperator` and:

    :param baseline_uri: S3 prefix that holds `constraints.json` and, for data quality, `statistics.json`, or
        `analysis.json` for bias and attributions, of this package's or of AWS's analyzer
    :param on_violations: `warn` lets the task succeed, with a warning in its log; anything else fails it
    :param drift_asset: name or URI of the asset that gets an event with the reasons where there are violations and
        `on_violations` is `warn`; give `outlets=[AssetAlias(...)]` too
    :param model_name: the model that is monitored, for that event
    :param publish_metrics: `{schedule, endpoint, namespace}`: put the report's figures to CloudWatch under Model Monitor's
        names, see `airflow_mlmax.sagemaker.monitor_metrics.Publishing`
    :raises ViolationsError: the data violate their baseline, and `on_violations` is not `warn`
    """

    template_fields: Sequence[str] = (
        *MonitorBaselineOperator.template_fields,
        *("baseline_uri", "on_violations", "drift_asset", "model_name", "publish_metrics"),
    )

    def __init__(
        self,
        *,
        baseline_uri: str | None = None,
        on_violations: str = "fail",
        drift_asset: str | None = None,
        model_name: str | None = None,
        publish_metrics: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.baseline_uri = baseline_uri
        self.on_violations = on_violations
        self.drift_asset = drift_asset
        self.model_name = model_name
        self.publish_metrics = publish_metrics

    def planned(self, context: Context) -> Planned:
        planned = super().planned(context)
        return replace(planned, actions=planned.actions | METRICS) if self.publish_metrics else planned

    def locate(self, context: Context) -> Sequence[Source]:
        self._refuse_what_tells_nothing()
        return super().locate(context)

    def prepare(self, context: Context) -> None:
        self._refuse_what_tells_nothing()
        super().prepare(context)

    def _refuse_what_tells_nothing(self) -> None:
        if not self.baseline_uri:
            raise ValueError("baseline_uri is missing: the report of MonitorBaselineOperator.")
        refuse_telling(self)

    def result(self, description: Mapping[str, Any]) -> dict[str, Any]:
        """Reads the violations; a report without the file is an error, never a pass.

        AWS's analyzer may write none where its message says that there are none.
        """
        result: dict[str, Any] = {**super().result(description), "violations_uri": None}
        if self.analyzer != AWS or not says_clean(result["exit_message"]):
            objects = S3Objects(self.hook)
            result["violations_uri"], self._violations = read_violations(objects, result["report_uri"])
        return {**result, **violations_result(self._violations)}

    _violations: Sequence[Mapping[str, Any]] = ()

    def finish(
        self, context: Context, name: str, description: Mapping[str, Any], result: dict[str, Any]
    ) -> None:
        super().finish(context, name, description, result)
        publish(self, description, result["report_uri"])
        if not result["violation_count"]:
            return
        about = f"{self.kind} of {self.data_uri}: {result['violation_count']} violations of {self.baseline_uri}. {name}"
        text = explanation(about, self._violations, self.page or result["violations_uri"])
        if self.on_violations == "warn":
            self.log.warning("%s", text)
            emit_drift(self, context, result)
            return
        for key, value in result.items():  # a task after this one may want to read why
            context["ti"].xcom_push(key, value)
        raise ViolationsError(text)
