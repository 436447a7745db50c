"""Rules of tuning jobs."""

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_mlmax.sagemaker.rules.reading import one_of, part, repeated, structures
from airflow_mlmax.sagemaker.rules.training import training_warnings, work_faults

_KINDS = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")
_SEARCH = "HyperParameterTuningJobConfig"


def tuning_faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Faults of a `CreateHyperParameterTuningJob` request."""
    yield from one_of(request, "request", "TrainingJobDefinition", "TrainingJobDefinitions")
    search = part(request, _SEARCH)
    strategy, early = part(search, "Strategy"), part(search, "TrainingJobEarlyStoppingType")
    if strategy == "Hyperband" and early not in {None, "Off"}:
        yield f"{_SEARCH}: Hyperband stops jobs itself and wants TrainingJobEarlyStoppingType Off."
    for where, definition in _definitions(request):
        yield from work_faults(definition, where)
        yield from one_of(
            definition, where.rstrip("."), "ResourceConfig", "HyperParameterTuningResourceConfig"
        )
        ranges = part(definition, "HyperParameterRanges") or part(search, "ParameterRanges")
        objective = part(definition, "TuningObjective") or part(search, "HyperParameterTuningJobObjective")
        yield from _range_faults(ranges, where, strategy)
        yield from _overlap_faults(ranges, definition, where)
        yield from _objective_faults(objective, definition, where)


def tuning_warnings(request: Mapping[str, Any]) -> Iterator[str]:
    """What a tuning job is likely to regret."""
    for where, definition in _definitions(request):
        yield from (f"{where}{warning}" for warning in training_warnings(definition))


def _definitions(request: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    single = part(request, "TrainingJobDefinition")
    if isinstance(single, Mapping):
        yield "TrainingJobDefinition.", single
    for index, definition in enumerate(structures(request, "TrainingJobDefinitions")):
        yield f"TrainingJobDefinitions[{index}].", definition


def _range_faults(ranges: Any, where: str, strategy: Any) -> Iterator[str]:
    items = [(kind, item) for kind in _KINDS for item in structures(ranges, kind)]
    for name in repeated(part(item, "Name") for _, item in items):
        yield f"{where}: the range of {name!r} occurs more than once."
    for kind, item in items:
        if kind == "CategoricalParameterRanges":
            continue
        if strategy == "Grid":
            yield f"{where}: Grid takes categorical ranges only, {item.get('Name')!r} is numeric."
        yield from _bound_faults(item, where)


def _bound_faults(item: Mapping[str, Any], where: str) -> Iterator[str]:
    name, low, high = item.get("Name"), item.get("MinValue"), item.get("MaxValue")
    try:
        ordered = float(str(low)) <= float(str(high))
    except ValueError:
        yield f"{where}: the bounds of {name!r} must be numbers, found {low!r} and {high!r}."
        return
    if not ordered:
        yield f"{where}: MinValue {low} of {name!r} is above MaxValue {high}."


def _overlap_faults(ranges: Any, definition: Mapping[str, Any], where: str) -> Iterator[str]:
    tuned = {part(item, "Name") for kind in _KINDS for item in structures(ranges, kind)}
    fixed = part(definition, "StaticHyperParameters")
    for name in sorted(map(str, tuned & set(fixed if isinstance(fixed, Mapping) else {}))):
        yield f"{where}: {name!r} is a fixed hyperparameter and a tuned one; keep one."


def _objective_faults(objective: Any, definition: Mapping[str, Any], where: str) -> Iterator[str]:
    metric = part(objective, "MetricName")
    if metric is None:
        yield f"{where}: no objective metric is named, here or for the whole search."
    defined = [
        part(item, "Name") for item in structures(definition, "AlgorithmSpecification", "MetricDefinitions")
    ]
    if metric is not None and defined and metric not in defined:
        yield f"{where}: the objective metric {metric!r} is not among the metric definitions {defined}."
