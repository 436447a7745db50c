"""The training jobs of a tuning job."""

from collections.abc import Callable, Mapping
from typing import Any

from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.operations.jobs import find
from airflow_mlmax.local.operations.pages import Description, page
from airflow_mlmax.sagemaker.jobs import TRAINING, TUNING

_SORTED_BY: Mapping[str, Callable[[Description], Any]] = {
    "Name": lambda item: item["TrainingJobName"],
    "CreationTime": lambda item: item["CreationTime"],
    "Status": lambda item: item["TrainingJobStatus"],
    "FinalObjectiveMetricValue": lambda item: item["FinalHyperParameterTuningJobObjectiveMetric"]["Value"],
}


def children(call: ApiCall) -> dict[str, Any]:
    """Sorting by the objective hides jobs that have none."""
    request = call.request
    parent = find(TUNING, call)
    arn = parent.answer[TUNING.arn_key]
    by = request.get("SortBy", "Name")
    found = [
        {**record.description, "TuningJobName": parent.name}
        for record in call.parts.store.records(call.region, TRAINING.resource)
        if record.answer.get("TuningJobArn") == arn
    ]
    wanted = [
        item
        for item in found
        if item["TrainingJobStatus"] == request.get("StatusEquals", item["TrainingJobStatus"])
        and (by != "FinalObjectiveMetricValue" or "FinalHyperParameterTuningJobObjectiveMetric" in item)
    ]
    shown, more = page(
        request,
        wanted,
        lambda item: (_SORTED_BY[by](item), item["TrainingJobName"]),
        descending=request.get("SortOrder") == "Descending",
    )
    return {"TrainingJobSummaries": shown, **more}


OPERATIONS: dict[str, Callable[[ApiCall], Mapping[str, Any]]] = {
    "ListTrainingJobsForHyperParameterTuningJob": children
}
