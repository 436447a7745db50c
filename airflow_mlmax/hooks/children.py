"""The training jobs of a search."""

from collections.abc import Iterator
from typing import Any

from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.sagemaker.jobs import TRAINING, TUNING

_LIST = "ListTrainingJobsForHyperParameterTuningJob"


def children(hook: SageMakerJobHook, name: str) -> Iterator[dict[str, Any]]:
    """The description of every training job of a tuning job; their list has neither billed time nor artifacts."""
    request: dict[str, Any] = {TUNING.name_key: name, "MaxResults": 100}
    while True:
        answer = hook.call("sagemaker", _LIST, request, expect="TrainingJobSummaries")
        for child in answer["TrainingJobSummaries"]:
            yield hook.describe(TRAINING, child[TRAINING.name_key])
        if not answer.get("NextToken"):
            return
        request = {**request, "NextToken": answer["NextToken"]}
