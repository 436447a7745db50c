"""The operator that gathers what the windows of a back-test, or the folds of a cross-validation, have measured."""

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.backtesting.page import page
from airflow_mlmax.backtesting.results import Better, Part, results
from airflow_mlmax.hooks.s3 import S3Objects, UnreadableError
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.links import REPORT_LINKS, announce_report

_FILE = "evaluation.json"


class BacktestReportOperator(AwsBaseOperator[SageMakerJobHook]):
    """Reads the `evaluation.json` of every mapped task instance and writes `report.html` and `results.json`.

    A part whose task instance has not succeeded is shown as failed; give the task a trigger rule that lets it run then.
    XCom: `report_uri`, `results_uri` (S3 URIs), `measured`, `failed` (numbers of parts), `summary` (see
    `airflow_mlmax.backtesting.results.results`).

    :param kind: title of the report
    :param model: what was tested
    :param part: what a part is called: window, fold
    :param parts: in the order of the map indexes, each a dict with its `name`
    :param measured_by: id of the mapped task whose XCom `evaluation` is the S3 prefix of its `evaluation.json`: an object with
        `model`, `baseline` (each `{metric: number}`) and `rows`
    :param metrics: `higher` or `lower` (is better) by name of metric
    :param facts: what the reader must know to judge the numbers, by name
    :param output_uri: S3 prefix of the report
    :param in_time: the parts follow each other in time
    :param security: the environment's security block, whose `output_kms_key` encrypts the report
    """

    aws_hook_class = SageMakerJobHook
    operator_extra_links = REPORT_LINKS
    template_fields: Sequence[str] = aws_template_fields("model", "parts", "facts", "output_uri", "security")
    ui_color = "#d9e8fb"

    def __init__(
        self,
        *,
        kind: str,
        model: str,
        part: str,
        parts: Any,
        measured_by: str,
        metrics: Mapping[str, Better],
        facts: dict[str, Any],
        output_uri: str,
        in_time: bool,
        security: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"multiple_outputs": True, **kwargs})
        self.kind = kind
        self.model = model
        self.part = part
        self.parts = parts
        self.measured_by = measured_by
        self.metrics = metrics
        self.facts = facts
        self.output_uri = output_uri
        self.in_time = in_time
        self.security = security

    def execute(self, context: Context) -> dict[str, Any]:
        s3 = S3Objects(self.hook, (self.security or {}).get("output_kms_key"))
        document = results(self.kind, self.model, self.metrics, self._parts(context, s3))
        for each in document["parts"]:
            self.log.info("%s", _line(each))
        report_uri, results_uri = (f"{self.output_uri}/{name}" for name in ("report.html", "results.json"))
        s3.write_json(results_uri, document)
        html = page(document, part=self.part, facts=self.facts, in_time=self.in_time)
        s3.write(report_uri, html.encode(), "text/html; charset=utf-8")
        link = announce_report(context, self.hook, report_uri, {"results": results_uri})
        told = {name: document[name] for name in ("measured", "failed", "summary")}
        self.log.info("%s: %s measured, %s failed. %s", self.kind, told["measured"], told["failed"], link)
        return {"report_uri": report_uri, "results_uri": results_uri, **told}

    def _parts(self, context: Context, s3: S3Objects) -> list[Part]:
        """A task instance that failed has no XCom, though an earlier try may have left a file in its place."""
        prefixes = context["ti"].xcom_pull(
            task_ids=self.measured_by, key="evaluation", map_indexes=list(range(len(self.parts)))
        )
        return [
            self._part(s3, each["name"], prefix) for each, prefix in zip(self.parts, prefixes, strict=True)
        ]

    def _part(self, s3: S3Objects, name: str, prefix: str | None) -> Part:
        if prefix is None:
            return Part(
                name, None, f"{self.measured_by} did not succeed; see the logs of this {self.part}'s tasks"
            )
        uri = f"{prefix.rstrip('/')}/{_FILE}"
        try:
            return Part(name, s3.read_report(uri))
        except UnreadableError as error:
            return Part(name, None, str(error))


def _line(part: Mapping[str, Any]) -> str:
    if part["state"] == "failed":
        return f"{part['name']}: FAILED, {part['reason']}"
    figures = (f"{name} {_pair(part, name)}" for name in part["model"])
    return f"{part['name']}: {', '.join(figures)}"


def _pair(part: Mapping[str, Any], name: str) -> str:
    model, baseline = (part[side][name] for side in ("model", "baseline"))
    return f"{_figure(model)} (baseline {_figure(baseline)})"


def _figure(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"
