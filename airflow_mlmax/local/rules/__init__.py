"""What SageMaker refuses although its service model allows it, one function per rule, and what only runs on AWS.

A rule looks at a request and gives the text of a ValidationException, or None. The rules for one training job serve
the definitions of a tuning job too.
"""

from collections.abc import Mapping, Sequence

from airflow_mlmax.local.api_call import ApiCall
from airflow_mlmax.local.errors import validation
from airflow_mlmax.local.rules import models, processing, tags, training, transform, tuning
from airflow_mlmax.local.rules.rule import Rule
from airflow_mlmax.local.rules.unsupported import refusal

_RULES: Mapping[str, Sequence[Rule]] = {
    "CreateProcessingJob": (*processing.RULES, *tags.RULES),
    "CreateTrainingJob": (*training.INSTANCE_RULES, *training.RULES, *tags.RULES),
    "CreateHyperParameterTuningJob": (*tuning.RULES, *tags.RULES),
    "CreateTransformJob": (*transform.RULES, *tags.RULES),
    "CreateModel": (*models.RULES, *tags.RULES),
    "CreateModelPackage": (*models.PACKAGE_RULES, *tags.RULES),
    "CreateModelPackageGroup": tags.RULES,
    "AddTags": tags.RULES,
}


def check(call: ApiCall) -> None:
    """Raises ValidationException with the text of the first rule that a request breaks."""
    text = refusal(call.operation, call.request)
    if text:
        raise validation(text)
    for rule in _RULES.get(call.operation, ()):
        text = rule(call, call.request)
        if text:
            raise validation(text)
