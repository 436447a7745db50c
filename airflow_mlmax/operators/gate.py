"""The gate between a trained model and its registration: rules on a report of metrics in S3."""

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import ApiError, GateClosedError
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.sagemaker.gates import Rule, Verdict

_ADVICE = (
    "The model is not registered; the approved one stays in use. Look at the evaluation and the data of its "
    "window; clear this task only after the report has changed."
)


class MetricGateOperator(AwsBaseOperator[SageMakerJobHook]):
    """Lets the run go on only if every rule holds. A closed gate fails at once: the same report fails again.

    XCom: `passed` (True), `metrics` (value of each metric in a rule), `report_uri`.

    :param report_uri: S3 URI of a JSON file of metrics
    :param rules: at least one rule; all are looked at, so the log shows every rule that fails
    :raises GateClosedError: a rule does not hold, or the report is missing or is not JSON
    """

    aws_hook_class = SageMakerJobHook
    template_fields: Sequence[str] = aws_template_fields("report_uri")
    ui_color = "#fdf0c4"

    def __init__(self, *, report_uri: str, rules: Sequence[Rule], **kwargs: Any) -> None:
        super().__init__(**{"multiple_outputs": True, **kwargs})
        self.report_uri = report_uri
        self.rules = rules

    def execute(self, context: Context) -> dict[str, Any]:
        if not self.rules:
            raise GateClosedError(f"gate {self.task_id} has no rule, so nothing can pass it; give `rules`")
        report = self._report()
        verdicts = [rule.verdict(report) for rule in self.rules]
        for verdict in verdicts:
            self.log.info("%s %s", "pass" if verdict.passed else "FAIL", verdict.text)
        if not all(verdict.passed for verdict in verdicts):
            raise GateClosedError(self._explanation(verdicts))
        metrics = {verdict.metric: verdict.value for verdict in verdicts}
        return {"passed": True, "metrics": metrics, "report_uri": self.report_uri}

    def _report(self) -> Mapping[str, Any]:
        try:
            report = S3Objects(self.hook).read_json(self.report_uri)
        except ApiError as error:
            if error.code in {"NoSuchKey", "NoSuchBucket"}:
                raise GateClosedError(
                    self._unreadable("is missing; look at the task that writes it")
                ) from None
            raise
        except ValueError:
            raise GateClosedError(self._unreadable("is not JSON")) from None
        if not isinstance(report, Mapping):
            raise GateClosedError(self._unreadable(f"holds {type(report).__name__}, not an object"))
        return report

    def _unreadable(self, what: str) -> str:
        return f"gate {self.task_id} is closed: the report {self.report_uri} {what}"

    def _explanation(self, verdicts: Sequence[Verdict]) -> str:
        failed = [verdict.text for verdict in verdicts if not verdict.passed]
        lines = [f"gate {self.task_id} is closed: {len(failed)} of {len(verdicts)} rules do not hold"]
        lines += [f"  - {text}" for text in failed]
        return "\n".join([*lines, f"report: {self.report_uri}", _ADVICE])
