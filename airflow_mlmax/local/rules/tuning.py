"""Rules of a tuning job. Its training definitions follow the rules of training jobs."""

from collections.abc import Iterator
from typing import Any

from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.rules import training
from airflow_mlmax.local.rules.rule import Body, Rule, repeated
from airflow_mlmax.local.search.strategies import OPTUNA_MISSING, has_optuna

_KINDS = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")


def several_definitions_are_named(_: ApiCall, body: Body) -> str | None:
    """Each of several definitions has a name, an objective and ranges of its own."""
    several = body.get("TrainingJobDefinitions", ())
    for definition in several:
        for member in ("DefinitionName", "TuningObjective", "HyperParameterRanges"):
            if member not in definition:
                return f"Each of TrainingJobDefinitions needs {member}."
    name = repeated(definition["DefinitionName"] for definition in several)
    return f"Definition names must be distinct: {name} is there twice." if name is not None else None


def strategy_is_installed(_: ApiCall, body: Body) -> str | None:
    is_bayesian = body["HyperParameterTuningJobConfig"]["Strategy"] == "Bayesian"
    return OPTUNA_MISSING if is_bayesian and not has_optuna() else None


def number_of_jobs_is_bounded(_: ApiCall, body: Body) -> str | None:
    config = body["HyperParameterTuningJobConfig"]
    if config["Strategy"] == "Grid" or "MaxNumberOfTrainingJobs" in config["ResourceLimits"]:
        return None
    return "ResourceLimits needs MaxNumberOfTrainingJobs unless the strategy is Grid."


def objective_is_measured(_: ApiCall, body: Body) -> str | None:
    """No image here brings metric definitions of its own, as AWS's algorithms do."""
    for definition in _definitions(body):
        if not definition["AlgorithmSpecification"].get("MetricDefinitions"):
            return "AlgorithmSpecification needs MetricDefinitions: the local runtime reads the objective from the log."
    return None


def something_is_tuned(_: ApiCall, body: Body) -> str | None:
    if all(any(_ranges(body, definition)) for definition in _definitions(body)):
        return None
    return "A tuning job needs at least one hyperparameter range."


def ranges_fit_their_kind(_: ApiCall, body: Body) -> str | None:
    """Whole numbers for integers, and positive ones where a logarithm is taken."""
    for definition in _definitions(body):
        for kind, one in _ranges(body, definition):
            if kind == "IntegerParameterRanges" and not _are_whole(one):
                return f"The range of {one['Name']} is not one of integers: {one['MinValue']} to {one['MaxValue']}."
            if text := _scaling_text(one):
                return text
    return None


def _are_whole(one: Body) -> bool:
    return float(one["MinValue"]).is_integer() and float(one["MaxValue"]).is_integer()


def _scaling_text(one: Body) -> str | None:
    scaling = one.get("ScalingType")
    if scaling == "Logarithmic" and float(one["MinValue"]) <= 0:
        return f"Logarithmic scaling of {one['Name']} needs values above 0, not {one['MinValue']}."
    if scaling == "ReverseLogarithmic" and not 0 <= float(one["MinValue"]) <= float(one["MaxValue"]) < 1:
        return f"ReverseLogarithmic scaling of {one['Name']} needs a range within 0 <= x < 1."
    return None


def instances_are_counted(_: ApiCall, body: Body) -> str | None:
    """The form that only tuning has: one kind of instance or a list of configurations."""
    for definition in _definitions(body):
        resources = definition.get("HyperParameterTuningResourceConfig", {"InstanceConfigs": []})
        for one in resources.get("InstanceConfigs", [resources]):
            if one.get("InstanceCount", 0) < 1 or one.get("VolumeSizeInGB", 0) < 1:
                return (
                    "HyperParameterTuningResourceConfig needs InstanceCount and VolumeSizeInGB of at least 1."
                )
    return None


def definitions_are_trainable(call: ApiCall, body: Body) -> str | None:
    texts = (rule(call, definition) for definition in _definitions(body) for rule in training.RULES)
    return next(filter(None, texts), None)


def parents_exist(call: ApiCall, body: Body) -> str | None:
    for parent in body.get("WarmStartConfig", {}).get("ParentHyperParameterTuningJobs", ()):
        name = parent.get("HyperParameterTuningJobName", "")
        if call.parts.store.get(call.region, "HyperParameterTuningJob", name) is None:
            return f"Could not find the parent tuning job {name!r}."
    return None


def _definitions(body: Body) -> list[dict[str, Any]]:
    if "TrainingJobDefinition" in body:
        return [body["TrainingJobDefinition"]]
    return list(body["TrainingJobDefinitions"])


def _ranges(body: Body, definition: Body) -> Iterator[tuple[str, Body]]:
    """Kind and range of everything that is tuned in a definition."""
    common = body["HyperParameterTuningJobConfig"].get("ParameterRanges", {})
    ranges = definition.get("HyperParameterRanges", common)
    for kind in _KINDS:
        for one in ranges.get(kind, ()):
            yield kind, one


RULES: tuple[Rule, ...] = (
    several_definitions_are_named,
    strategy_is_installed,
    number_of_jobs_is_bounded,
    objective_is_measured,
    something_is_tuned,
    ranges_fit_their_kind,
    instances_are_counted,
    definitions_are_trainable,
    parents_exist,
)
