"""What back-test and cross-validation share: a mapped task group of jobs for each window or fold, and their report.

A part is a record in XCom: `name`, `hyperparameters`, and what else the task group takes.
"""

from dataclasses import dataclass
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import TriggerRule, chain

from airflow_mlmax.operators.backtest_report import BacktestReportOperator
from airflow_mlmax.operators.processing import ProcessingJobOperator
from airflow_mlmax.operators.training import TrainingJobOperator
from airflow_mlmax.pipelines.runs import run_uri
from airflow_mlmax.settings import Settings
from airflow_mlmax.specs import ModelSpec

INDEX = "{{ ti.map_index }}"
"""Template of the number of a part, from 0."""

_TAG = "part"


@dataclass(frozen=True)
class PartSteps:
    """The tasks of one part. Each map index has jobs and S3 places of its own: `<task>/<map index>`."""

    settings: Settings
    spec: ModelSpec

    def place(self, task: str, *parts: str) -> str:
        return run_uri(self.settings, self.spec.name, task, INDEX, *parts)

    def common(self, name: Any) -> dict[str, Any]:
        """Arguments of every job of a part: the part's name is a tag of the job and its label in Airflow's UI."""
        return {
            "image_uri": self.settings.image(self.spec.image),
            "source_dir": self.spec.source_dir,
            "tags": {**self.settings.tags, _TAG: name},
            "map_index_template": f"{{{{ task.tags['{_TAG}'] }}}}",
            "max_active_tis_per_dagrun": self.spec.evaluation.max_parallel,
        }

    def train(self, name: Any, hyperparameters: Any, inputs: dict[str, Any]) -> TrainingJobOperator:
        """Trains with fixed hyperparameters: a search in every part would cost its jobs as many times again."""
        return TrainingJobOperator(
            task_id="train",
            entry_point="train.py",
            hyperparameters=hyperparameters,
            inputs=inputs,
            output_uri=self.place("train"),
            **self.spec.machines(self.settings, "training"),
            **self.common(name),
        )

    def evaluate(self, name: Any, trained: Any, inputs: dict[str, Any]) -> ProcessingJobOperator:
        return ProcessingJobOperator(
            task_id="evaluate",
            entry_point="evaluate.py",
            inputs={"model": trained["model_artifacts"], **inputs},
            outputs={"evaluation": self.place("evaluate"), "predictions": self.place("predictions")},
            **self.spec.machines(self.settings, "processing"),
            **self.common(name),
        )


def report(
    settings: Settings,
    spec: ModelSpec,
    group: Any,
    *,
    kind: str,
    part: str,
    parts: Any,
    facts: dict[str, Any],
    in_time: bool = False,
) -> None:
    """Adds the report, which comes whatever has failed, and `verdict`, which keeps the run red if anything has.

    :param group: the mapped task group; its task `evaluate` measures
    :param parts: XCom of the records that the group was mapped over
    """
    told = BacktestReportOperator(
        task_id="report",
        kind=kind,
        model=spec.name,
        part=part,
        parts=parts,
        measured_by=f"{group.group_id}.evaluate",
        metrics=spec.evaluation.metrics,
        facts=facts,
        output_uri=run_uri(settings, spec.name, "report"),
        in_time=in_time,
        trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,  # the records themselves must be there
    )
    chain(group, told)
    chain([group, told], EmptyOperator(task_id="verdict"))
