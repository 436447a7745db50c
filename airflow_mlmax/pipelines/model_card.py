"""What a version that training registers tells of itself: what it was made from, and its model card."""

from typing import Any

from airflow_mlmax.sagemaker.baselines import CODE_SHA256, INPUT, SHA256, TUNING_JOB
from airflow_mlmax.specs import ModelSpec


def origin(spec: ModelSpec, tuned: Any, pinned: Any) -> dict[str, Any]:
    """Metadata of the version.

    :param tuned: XCom of the search
    :param pinned: XCom of `pin_inputs`
    """
    inputs = {f"{INPUT}{name}": pinned[f"{name}-pins"] for name in spec.data.sources}
    hashes = {f"{INPUT}{name}{SHA256}": pinned[f"{name}-pins{SHA256}"] for name in spec.data.sources}
    return {TUNING_JOB: tuned["job_name"], CODE_SHA256: tuned["code_sha256"], **inputs, **hashes}


def card(spec: ModelSpec, tuned: Any, pinned: Any) -> dict[str, Any]:
    """What the model card says beside that, for `RegisterModelOperator`; the arguments are those of `origin`."""
    search = spec.training.search
    return {
        "model_creator": ", ".join(spec.owners),
        "purpose_of_model": spec.description,
        **spec.card,
        "training_datasets": [pinned[f"{name}-pins"] for name in spec.data.sources],
        "hyper_parameters": tuned["best_hyperparameters"],
        "user_provided_hyper_parameters": dict(search.hyperparameters),
        "objective": {"metric": search.objective, "type": search.direction, "value": tuned["best_objective"]},
        "gate_rules": [str(rule) for rule in spec.training.rules],
    }
