"""What SageMaker refuses although its service model allows it, and what only runs on AWS.

What a request alone shows is checked by the rules that clients use too, `airflow_mlmax.sagemaker.rules`. The rules
here know the account, its models and its objects, or ask for what this runtime needs. Each is one function that looks
at a request and gives the text of a ValidationException, or None; those for one training job serve the definitions of
a tuning job too.
"""

from collections.abc import Mapping, Sequence

from airflow_mlmax.local.errors import validation
from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.rules import models, monitoring, processing, tags, training, transform, tuning
from airflow_mlmax.local.rules.rule import Rule
from airflow_mlmax.local.rules.unsupported import refusal
from airflow_mlmax.sagemaker.monitoring import MONITOR_TYPES
from airflow_mlmax.sagemaker.rules import ERRORS

_RULES: Mapping[str, Sequence[Rule]] = {
    "CreateProcessingJob": (*processing.RULES, *tags.RULES),
    "CreateTrainingJob": (*training.RULES, *tags.RULES),
    "CreateHyperParameterTuningJob": (*tuning.RULES, *tags.RULES),
    "CreateTransformJob": (*transform.RULES, *tags.RULES),
    "CreateModel": (*models.RULES, *tags.RULES),
    "CreateModelPackage": tags.RULES,
    "CreateModelPackageGroup": tags.RULES,
    "CreateMonitoringSchedule": (*monitoring.RULES, *tags.RULES),
    "UpdateMonitoringSchedule": monitoring.RULES,
    **{each.operation("Create"): tags.RULES for each in MONITOR_TYPES.values()},
    "AddTags": tags.RULES,
}


def check(call: ApiCall) -> None:
    """Raises ValidationException with what is not implemented, else what is wrong in itself, else in this account."""
    text = refusal(call.operation, call.request)
    if not text and call.operation in ERRORS:
        text = " ".join(ERRORS[call.operation](call.request))
    if text:
        raise validation(text)
    for rule in _RULES.get(call.operation, ()):
        text = rule(call, call.request)
        if text:
            raise validation(text)
