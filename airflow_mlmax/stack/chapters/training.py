"""A training run and the version that came of it: the first champion, or a challenger that is promoted or refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.stack.chapters.scene import Scene
from airflow_mlmax.stack.flights import TRAINING
from airflow_mlmax.stack.questions import answer, asks

_APPROVE = "promotion.approve"
_METRIC = "roc_auc"


@dataclass(frozen=True)
class Contest:
    """Champion and challenger on the same two weeks, which neither was trained on."""

    champion: float
    lower: float
    """The challenger's gain is at least this with the policy's confidence."""

    margin: float
    """It may be worse by this much."""

    reasons: list[str]
    """Why it is refused."""


@dataclass(frozen=True)
class Version:
    """A registered version and how it did on the two weeks before the end of its window."""

    number: int
    until: str
    """The day after the last one that its run used."""

    approval: str
    arn: str
    artifact_uri: str
    evaluation_uri: str
    measures: Mapping[str, Mapping[str, float]]
    """Measures by whom: `model` and `baseline`."""

    contest: Contest | None
    """None where there was no champion."""


def train(scene: Scene, run_id: str, conf: Mapping[str, Any] | None = None) -> Version:
    """Has a training run come to its end, and approves its version if the run asks a person to.

    conf: None where another DAG starts the run.
    """

    def approve_when_asked() -> None:
        scene.stack.check()
        if asks(scene.stack, TRAINING, run_id, _APPROVE):
            scene.say("approving the version, as a person would in the UI under Required Actions")
            answer(scene.stack, TRAINING, run_id, _APPROVE, "Approve")

    scene.run(TRAINING, run_id, conf, check=approve_when_asked)
    return _version(scene, run_id)


def _version(scene: Scene, run_id: str) -> Version:
    given = scene.client.xcom
    arn = given(TRAINING, run_id, "register", "model_package_arn")
    package = scene.sagemaker.describe_model_package(ModelPackageName=arn)
    [container] = package["InferenceSpecification"]["Containers"]
    evaluation_uri = given(TRAINING, run_id, "evaluate", "evaluation")
    evaluation = scene.read_json(f"{evaluation_uri.rstrip('/')}/evaluation.json")
    comparison_uri = given(TRAINING, run_id, "promotion.compare", "comparison_uri")
    return Version(
        number=package["ModelPackageVersion"],
        until=package["CustomerMetadataProperties"]["until"],
        approval=package["ModelApprovalStatus"],
        arn=arn,
        artifact_uri=container["ModelDataUrl"],
        evaluation_uri=evaluation_uri,
        measures={who: evaluation[who] for who in ("model", "baseline")},
        contest=_contest(scene.read_json(comparison_uri)) if comparison_uri else None,
    )


def _contest(comparison: Mapping[str, Any]) -> Contest:
    measured = comparison["metrics"][_METRIC]
    return Contest(
        **{name: measured[name] for name in ("champion", "lower")},
        margin=comparison["margins"][_METRIC],
        reasons=comparison["reasons"],
    )
