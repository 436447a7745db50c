"""From a registered version to the champion: compared on the same rows, approved, promoted."""

from typing import Any

from airflow.sdk import TaskGroup, chain, task

from airflow_mlmax.operators.decision import ApproveModelOperator
from airflow_mlmax.operators.promotion import (
    CompareModelsOperator,
    PromoteModelOperator,
    RollBackModelOperator,
)
from airflow_mlmax.pipelines.access import sagemaker_of
from airflow_mlmax.pipelines.notifying import notifier
from airflow_mlmax.pipelines.recording import record_run
from airflow_mlmax.pipelines.registry import champion_of
from airflow_mlmax.pipelines.runs import run_uri
from airflow_mlmax.settings import Settings
from airflow_mlmax.specs import ModelSpec

_HOUR = 3600


def find_champion(settings: Settings, model: str) -> Any:
    """A task that finds whom a new version is compared with. XCom: `model_data` and `version`, both None without one."""

    @task(task_id="champion", multiple_outputs=True)
    def champion() -> dict[str, Any]:
        found = champion_of(sagemaker_of(settings), settings.champions_uri(model), model)
        return {
            "model_data": found["model_data"] if found else None,
            "version": found["model_version"] if found else None,
        }

    return champion()


def promotion_group(
    settings: Settings,
    spec: ModelSpec,
    *,
    champion: Any,
    evaluated: Any,
    registered: Any,
    until: Any,
) -> TaskGroup:
    """A task group `promotion`: compare, approve, promote. The run's param `approval` goes over the spec's.

    :param champion: XCom of `find_champion`
    :param evaluated: XCom of the evaluation, with the predictions of both models for the same rows
    :param registered: XCom of the registration
    :param until: day from which on the version is the champion of the data
    """
    promotion = spec.promotion
    with TaskGroup("promotion") as group:
        compare = CompareModelsOperator(
            task_id="compare",
            champion_version=champion["version"],
            champion_uri=evaluated["champion"],
            challenger_uri=evaluated["predictions"],
            output_uri=run_uri(settings, spec.name, "comparison"),
            policy=promotion.policy(spec.data),
            image_uri=settings.image(spec.image),
            **spec.machines(settings, "processing"),
        )
        compared: Any = compare.output
        evidence = {
            "comparison": compared["comparison_uri"],
            "evaluation": evaluated["evaluation"],
            "model card": registered["model_card_uri"],
            "champion": champion["version"],
        }
        approve = ApproveModelOperator(
            task_id="approve",
            model_package_arn=registered["model_package_arn"],
            decision=compared["decision"],
            reasons=compared["reasons"],
            evidence=evidence,
            approval="{{ params.get('approval') or '" + promotion.approval + "' }}",
            answer_within=promotion.answer_within_hours * _HOUR,
            notifiers=[notifier(settings, spec, "approval")],
            on_skipped_callback=notifier(settings, spec, "decision"),
            aws_conn_id=settings.promotion_conn_id or settings.aws_conn_id,
        )
        approved: Any = approve.output
        promote = PromoteModelOperator(
            task_id="promote",
            group=spec.name,
            champions_uri=settings.champions_uri(spec.name),
            model_package_arn=registered["model_package_arn"],
            by=approved["by"],
            why=approved["why"],
            effective=until,
            evidence=evidence,
            on_success_callback=notifier(settings, spec, "decision"),
            aws_conn_id=settings.promotion_conn_id or settings.aws_conn_id,
        )
        chain(compare, approve, promote)
    return group


def rollback_pipeline(settings: Settings, spec: ModelSpec) -> None:
    """Adds the task `roll_back` to the current DAG, with the params `why`, `to_version` and `effective`."""
    RollBackModelOperator(
        task_id="roll_back",
        group=spec.name,
        champions_uri=settings.champions_uri(spec.name),
        why="{{ params.why }}",
        to_version="{{ params.to_version or '' }}",
        effective="{{ params.effective or '' }}",
        on_success_callback=notifier(settings, spec, "decision"),
        aws_conn_id=settings.promotion_conn_id or settings.aws_conn_id,
    )
    record_run(settings, spec.name)
