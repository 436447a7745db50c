"""Rules of a tuning job. Its training definitions follow the rules of training jobs."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from airflow_mlmax.local.api_call import ApiCall
from airflow_mlmax.local.rules import training
from airflow_mlmax.local.rules.rule import Body, Rule, repeated, storage_key_text
from airflow_mlmax.local.rules.training import INSTANCE_RULES

_KINDS = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")


def one_form_of_definition(_: ApiCall, body: Body) -> str | None:
    if ("TrainingJobDefinition" in body) == ("TrainingJobDefinitions" in body):
        return "A tuning job needs exactly one of TrainingJobDefinition and TrainingJobDefinitions."
    return None


def several_definitions_are_named(_: ApiCall, body: Body) -> str | None:
    """Each of several definitions has a name, an objective and ranges of its own."""
    definitions = body.get("TrainingJobDefinitions", ())
    for definition in definitions:
        for member in ("DefinitionName", "TuningObjective", "HyperParameterRanges"):
            if member not in definition:
                return f"Each of TrainingJobDefinitions needs {member}."
    name = repeated(definition["DefinitionName"] for definition in definitions)
    return f"Definition names must be distinct: {name} is there twice." if name is not None else None


def number_of_jobs_is_bounded(_: ApiCall, body: Body) -> str | None:
    limits = body["HyperParameterTuningJobConfig"]["ResourceLimits"]
    is_grid = body["HyperParameterTuningJobConfig"]["Strategy"] == "Grid"
    if is_grid or "MaxNumberOfTrainingJobs" in limits:
        return None
    return "ResourceLimits needs MaxNumberOfTrainingJobs unless the strategy is Grid."


def objective_is_measured(_: ApiCall, body: Body) -> str | None:
    for definition in definitions(body):
        objective = _objective(body, definition)
        if objective is None:
            return "A tuning job needs an objective: HyperParameterTuningJobObjective or TuningObjective."
        names = [
            metric["Name"] for metric in definition["AlgorithmSpecification"].get("MetricDefinitions", ())
        ]
        if objective["MetricName"] not in names:
            return (
                f"The objective metric {objective['MetricName']} is not among the MetricDefinitions of the"
                f" algorithm: {', '.join(names) or 'none are defined'}."
            )
    return None


def ranges_are_numbers(_: ApiCall, body: Body) -> str | None:
    for kind, one in chain.from_iterable(_ranges(body, definition) for definition in definitions(body)):
        if kind == "CategoricalParameterRanges":
            continue
        try:
            parse = int if kind == "IntegerParameterRanges" else float
            low, high = parse(one["MinValue"]), parse(one["MaxValue"])
        except ValueError:
            return f"The range of {one['Name']} is not a pair of numbers: {one['MinValue']} to {one['MaxValue']}."
        if text := _bounds_text(one, low, high):
            return text
    return None


def _bounds_text(one: Body, low: float, high: float) -> str | None:
    if not low <= high:
        return f"The range of {one['Name']} is empty: MinValue {low} is above MaxValue {high}."
    scaling = one.get("ScalingType")
    if scaling == "Logarithmic" and low <= 0:
        return f"Logarithmic scaling of {one['Name']} needs values above 0, not {low}."
    if scaling == "ReverseLogarithmic" and not 0 <= low <= high < 1:
        return f"ReverseLogarithmic scaling of {one['Name']} needs a range within 0 <= x < 1."
    return None


def tuned_is_not_static(_: ApiCall, body: Body) -> str | None:
    for definition in definitions(body):
        tuned = [one["Name"] for _kind, one in _ranges(body, definition)]
        name = repeated([*tuned, *definition.get("StaticHyperParameters", {})])
        if name is not None:
            return f"The hyperparameter {name} is given twice: each is either static or tuned, and once."
    return None


def something_is_tuned(_: ApiCall, body: Body) -> str | None:
    for definition in definitions(body):
        if not any(_ranges(body, definition)):
            return "A tuning job needs at least one hyperparameter range."
    return None


def grid_is_categorical(_: ApiCall, body: Body) -> str | None:
    if body["HyperParameterTuningJobConfig"]["Strategy"] != "Grid":
        return None
    for definition in definitions(body):
        for kind, one in _ranges(body, definition):
            if kind != "CategoricalParameterRanges":
                return f"The strategy Grid takes categorical ranges only; {one['Name']} is in {kind}."
    return None


def definitions_have_instances(call: ApiCall, body: Body) -> str | None:
    """A definition has the instances of a training job, or the tuning form with a list of configurations."""
    for definition in definitions(body):
        tuned = definition.get("HyperParameterTuningResourceConfig")
        if tuned and "ResourceConfig" in definition:
            return "A definition takes only one of ResourceConfig and HyperParameterTuningResourceConfig."
        text = _tuned_text(tuned) if tuned else _first_text(call, definition, INSTANCE_RULES)
        if text:
            return text
    return None


def _tuned_text(resources: Body) -> str | None:
    configurations = resources.get("InstanceConfigs", [])
    if bool(configurations) == ("InstanceType" in resources):
        return "HyperParameterTuningResourceConfig needs exactly one of InstanceType and InstanceConfigs."
    for one in configurations or [resources]:
        if one.get("InstanceCount", 0) < 1 or one.get("VolumeSizeInGB", 0) < 1:
            return "HyperParameterTuningResourceConfig needs an InstanceCount and a VolumeSizeInGB of at least 1."
    return storage_key_text(resources, (one["InstanceType"] for one in configurations or [resources]))


def definitions_are_trainable(call: ApiCall, body: Body) -> str | None:
    texts = (_first_text(call, definition, training.RULES) for definition in definitions(body))
    return next(filter(None, texts), None)


def parents_exist(call: ApiCall, body: Body) -> str | None:
    for parent in body.get("WarmStartConfig", {}).get("ParentHyperParameterTuningJobs", ()):
        name = parent.get("HyperParameterTuningJobName", "")
        if call.parts.store.get(call.region, "HyperParameterTuningJob", name) is None:
            return f"Could not find the parent tuning job {name!r}."
    return None


def definitions(body: Body) -> list[dict[str, Any]]:
    if "TrainingJobDefinition" in body:
        return [body["TrainingJobDefinition"]]
    return list(body["TrainingJobDefinitions"])


def _first_text(call: ApiCall, definition: Body, rules: tuple[Rule, ...]) -> str | None:
    return next(filter(None, (rule(call, definition) for rule in rules)), None)


def _objective(body: Body, definition: Body) -> Body | None:
    common: Body | None = body["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective")
    own: Body | None = definition.get("TuningObjective")
    return own or common


def _ranges(body: Body, definition: Body) -> Iterator[tuple[str, Body]]:
    """Kind and range of everything that is tuned in a definition."""
    common = body["HyperParameterTuningJobConfig"].get("ParameterRanges", {})
    ranges = definition.get("HyperParameterRanges", common)
    for kind in _KINDS:
        for one in ranges.get(kind, ()):
            yield kind, one


RULES: tuple[Rule, ...] = (
    one_form_of_definition,
    several_definitions_are_named,
    number_of_jobs_is_bounded,
    objective_is_measured,
    something_is_tuned,
    ranges_are_numbers,
    tuned_is_not_static,
    grid_is_categorical,
    definitions_have_instances,
    definitions_are_trainable,
    parents_exist,
)
