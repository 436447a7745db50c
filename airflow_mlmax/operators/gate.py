"""The gate between a trained model and its registration: rules on a report of metrics in S3."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import GateClosedError
from airflow_mlmax.hooks.model_packages import newest_approved
from airflow_mlmax.hooks.s3 import S3Objects, UnreadableError
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.operators.planned import Planned
from airflow_mlmax.sagemaker.actions import CHAMPION, OBJECTS
from airflow_mlmax.sagemaker.gates import Rule, Verdict, judge

_ADVICE = (
    "The model is not registered; the approved one stays in use. Look at the evaluation and the data of its "
    "window; clear this task only after the report has changed."
)
_WORDS = {"pass": "pass", "fail": "FAIL", "skip": "skip"}
_MOST_METRICS = 40
_MOST_FAILED = 20
_MOST_REASONS = 5


class MetricGateOperator(AwsBaseOperator[SageMakerJobHook]):
    """Lets the run go on only if every rule holds. A closed gate fails at once: the same report fails again.

    XCom: `passed` (True), `metrics` (value of each metric that was judged, slices one by one), `not_judged` (slices
    with too few rows, and metrics without a champion to compare with), `champion` (`{version, model_package_arn,
    report_uri}`, None without one), `report_uri`, `reasons` (none). A gate that rules have closed gives the same, with
    `passed` False and up to five reasons.

    :param report_uri: S3 URI of a JSON file of metrics
    :param rules: at least one rule; all are looked at, so the log shows every rule and slice that fails
    :param champion: model package group whose newest approved version is the champion that rules may compare with; its report
        is the `ModelQuality` statistics of its model metrics, measured on the window of its own training run
    :param without_champion: `pass` skips the rules that compare with a champion while no version is approved, `fail` closes
        the gate
    :raises GateClosedError: a rule does not hold, or a report is missing or is not JSON
    """

    aws_hook_class = SageMakerJobHook
    template_fields: Sequence[str] = aws_template_fields("report_uri", "champion", "without_champion")
    ui_color = "#fdf0c4"

    def __init__(
        self,
        *,
        report_uri: str,
        rules: Sequence[Rule],
        champion: str | None = None,
        without_champion: Literal["pass", "fail"] = "fail",
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"multiple_outputs": True, **kwargs})
        self.report_uri = report_uri
        self.rules = rules
        self.champion = champion
        self.without_champion = without_champion

    def planned(self, context: Context) -> Planned:
        champion = CHAMPION if any(rule.needs_champion for rule in self.rules) else frozenset()
        return Planned(actions=OBJECTS | champion)

    def execute(self, context: Context) -> dict[str, Any]:
        self._refuse_what_decides_nothing()
        report = self._report(self.report_uri, "it is written by a task before this one")
        champion = self._champion()
        best = self._report(champion["report_uri"], "it belongs to the champion") if champion else None
        verdicts = judge(self.rules, report, best, without_champion=self.without_champion)
        for verdict in verdicts:
            self.log.info("%s %s", _WORDS[verdict.state], verdict.text)
        if not all(verdict.passed for verdict in verdicts):
            for key, value in self._result(verdicts, champion, passed=False).items():
                context["ti"].xcom_push(
                    key, value
                )  # for the record of the run: a failed task returns nothing
            raise GateClosedError(self._explanation(verdicts, champion))
        return self._result(verdicts, champion, passed=True)

    def _result(
        self, verdicts: Sequence[Verdict], champion: dict[str, Any] | None, *, passed: bool
    ) -> dict[str, Any]:
        judged = {
            each.metric: each.value for each in verdicts if each.state != "skip" and each.value is not None
        }
        return {
            "passed": passed,
            "metrics": dict(list(judged.items())[:_MOST_METRICS]),
            "reasons": [each.text for each in verdicts if not each.passed][:_MOST_REASONS],
            "not_judged": [each.metric for each in verdicts if each.state == "skip"][:_MOST_METRICS],
            "champion": champion,
            "report_uri": self.report_uri,
        }

    def _refuse_what_decides_nothing(self) -> None:
        if not self.rules:
            raise GateClosedError(f"gate {self.task_id} has no rule, so nothing can pass it; give `rules`")
        if self.without_champion not in {"pass", "fail"}:
            raise GateClosedError(
                f"gate {self.task_id}: without_champion is {self.without_champion!r}; give pass or fail"
            )
        if any(rule.needs_champion for rule in self.rules) and not self.champion:
            raise GateClosedError(
                f"gate {self.task_id} compares with a champion, but has no `champion`; give its model package group"
            )

    def _champion(self) -> dict[str, Any] | None:
        """The version to compare with; nobody is asked where no rule compares."""
        if not any(rule.needs_champion for rule in self.rules):
            return None
        package = newest_approved(self.hook, str(self.champion))
        if package is None:
            self.log.warning("%s has no approved version: there is no champion yet.", self.champion)
            return None
        arn = package["ModelPackageArn"]
        try:
            uri = package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
        except KeyError:
            raise GateClosedError(
                f"gate {self.task_id} is closed: the champion {arn} has no ModelQuality statistics to compare with; "
                "register versions with metrics={'model_quality': ...}"
            ) from None
        return {"model_package_arn": arn, "version": package.get("ModelPackageVersion"), "report_uri": uri}

    def _report(self, uri: str, whose: str) -> Mapping[str, Any]:
        try:
            return S3Objects(self.hook).read_report(uri)
        except UnreadableError as error:
            raise GateClosedError(f"gate {self.task_id} is closed: the report {error}; {whose}") from None

    def _explanation(self, verdicts: Sequence[Verdict], champion: Mapping[str, Any] | None) -> str:
        failed = [verdict.text for verdict in verdicts if not verdict.passed]
        lines = [
            f"gate {self.task_id} is closed: {len(failed)} of {len(verdicts)} rules and slices do not hold"
        ]
        lines += [f"  - {text}" for text in failed[:_MOST_FAILED]]
        if len(failed) > _MOST_FAILED:
            lines.append(f"  and {len(failed) - _MOST_FAILED} more")
        lines.append(f"report: {self.report_uri}")
        if champion:
            lines.append(f"champion: version {champion['version']}, {champion['report_uri']}")
        return "\n".join([*lines, _ADVICE])
