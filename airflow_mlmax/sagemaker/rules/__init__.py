"""What SageMaker refuses although botocore's model allows it, as far as a client can know."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from airflow_mlmax.sagemaker.monitoring import MONITOR_TYPES
from airflow_mlmax.sagemaker.rules.model import model_card_faults, model_faults, model_package_faults
from airflow_mlmax.sagemaker.rules.monitoring import definition_faults, schedule_faults
from airflow_mlmax.sagemaker.rules.processing import processing_faults
from airflow_mlmax.sagemaker.rules.training import training_faults, training_warnings
from airflow_mlmax.sagemaker.rules.transform import transform_faults
from airflow_mlmax.sagemaker.rules.tuning import tuning_faults, tuning_warnings

Rules = Callable[[Mapping[str, Any]], Iterator[str]]

ERRORS: Mapping[str, Rules] = {
    "CreateProcessingJob": processing_faults,
    "CreateTrainingJob": training_faults,
    "CreateHyperParameterTuningJob": tuning_faults,
    "CreateTransformJob": transform_faults,
    "CreateModel": model_faults,
    "CreateModelPackage": model_package_faults,
    "UpdateModelPackage": model_card_faults,
    "CreateMonitoringSchedule": schedule_faults,
    "UpdateMonitoringSchedule": schedule_faults,
    **{each.operation("Create"): definition_faults for each in MONITOR_TYPES.values()},
}
"""Each gives one sentence for each fault of a request. They never raise: a value of a wrong type is not theirs."""

WARNINGS: Mapping[str, Rules] = {
    "CreateTrainingJob": training_warnings,
    "CreateHyperParameterTuningJob": tuning_warnings,
}
"""What works but is likely to be regretted."""
