"""AWS's schema of the model card of a model package, and what in a card does not fit it.

Source: Amazon SageMaker Developer Guide, "View and Update the Details of a Model Version", section "Model package model card schema".
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

LONGEST = 100_000
"""Characters of `ModelCardContent`."""

LONGEST_LINE = 1024
LONGEST_VALUE = 255
LONGEST_NAME = 63
_MOST_SHOWN = 10

Line = Annotated[str, Field(max_length=LONGEST_LINE)]
Paragraph = Annotated[str, Field(max_length=2048)]
Lines = Annotated[list[Line], Field(max_length=15)]
Name = Annotated[str, Field(min_length=1)]
AxisName = Annotated[str, Field(max_length=LONGEST_NAME)]
Pair = Annotated[list[float], Field(min_length=2, max_length=2)]
_exactly = with_config(ConfigDict(extra="forbid", strict=True))


@_exactly
class Overview(TypedDict, total=False):
    model_creator: Line
    model_artifact: Lines


@_exactly
class IntendedUses(TypedDict, total=False):
    purpose_of_model: Paragraph
    intended_uses: Paragraph
    factors_affecting_model_efficiency: Paragraph
    risk_rating: Literal["High", "Medium", "Low", "Unknown"]
    explanations_for_risk_rating: Paragraph


@_exactly
class BusinessDetails(TypedDict, total=False):
    business_problem: Paragraph
    business_stakeholders: Paragraph
    line_of_business: Paragraph


@_exactly
class Function(TypedDict, total=False):
    function: Literal["Maximize", "Minimize"]
    facet: AxisName
    condition: AxisName


class ObjectiveFunction(TypedDict, total=False):
    function: Function
    notes: Line


@_exactly
class TrainingMetric(TypedDict):
    name: Name
    value: float
    notes: NotRequired[Line]


@_exactly
class HyperParameter(TypedDict):
    name: Name
    value: Name


@_exactly
class TrainingEnvironment(TypedDict, total=False):
    container_image: Lines


@_exactly
class TrainingJob(TypedDict, total=False):
    training_arn: Line
    training_datasets: Lines
    training_environment: TrainingEnvironment
    training_metrics: Annotated[list[TrainingMetric], Field(max_length=50)]
    user_provided_training_metrics: Annotated[list[TrainingMetric], Field(max_length=50)]
    hyper_parameters: Annotated[list[HyperParameter], Field(max_length=100)]
    user_provided_hyper_parameters: Annotated[list[HyperParameter], Field(max_length=100)]


@_exactly
class TrainingDetails(TypedDict, total=False):
    objective_function: ObjectiveFunction
    training_observations: Line
    training_job_details: TrainingJob


@_exactly
class SimpleMetric(TypedDict):
    name: Name
    type: Literal["number", "string", "boolean"]
    value: float | AxisName | bool
    notes: NotRequired[Line]
    x_axis_name: NotRequired[AxisName]
    y_axis_name: NotRequired[AxisName]


@_exactly
class LinearGraph(TypedDict):
    name: Name
    type: Literal["linear_graph"]
    value: Annotated[list[Pair], Field(min_length=1)]
    notes: NotRequired[Line]
    x_axis_name: NotRequired[AxisName]
    y_axis_name: NotRequired[AxisName]


@_exactly
class BarChart(TypedDict):
    name: Name
    type: Literal["bar_chart"]
    value: Annotated[list[float], Field(min_length=1)]
    notes: NotRequired[Line]
    x_axis_name: NotRequired[list[AxisName]]
    y_axis_name: NotRequired[AxisName]


@_exactly
class Matrix(TypedDict):
    name: Name
    type: Literal["matrix"]
    value: Annotated[
        list[Annotated[list[float], Field(min_length=1, max_length=20)]], Field(min_length=1, max_length=20)
    ]
    notes: NotRequired[Line]
    x_axis_name: NotRequired[list[AxisName]]
    y_axis_name: NotRequired[list[AxisName]]


Metric = Annotated[SimpleMetric | LinearGraph | BarChart | Matrix, Field(discriminator="type")]


class MetricGroup(TypedDict):
    name: Name
    metric_data: list[Metric]


@_exactly
class Evaluation(TypedDict):
    name: Name
    evaluation_observation: NotRequired[Annotated[str, Field(max_length=2096)]]
    evaluation_job_arn: NotRequired[Annotated[str, Field(max_length=256)]]
    datasets: NotRequired[Annotated[list[Line], Field(max_length=10)]]
    metadata: NotRequired[dict[str, Line]]
    metric_groups: NotRequired[list[MetricGroup]]


class Considerations(TypedDict, total=False):
    ethical_considerations: Paragraph
    caveats_and_recommendations: Paragraph


@_exactly
class AdditionalInformation(Considerations, total=False):
    custom_details: dict[str, Line]


@_exactly
class Words(IntendedUses, BusinessDetails, Considerations, total=False):
    """What only people know of a model, of whatever section."""


@_exactly
class Content(TypedDict, total=False):
    """A whole card."""

    model_overview: Overview
    intended_uses: IntendedUses
    business_details: BusinessDetails
    training_details: TrainingDetails
    evaluation_details: list[Evaluation]
    additional_information: AdditionalInformation


def content_faults(content: str) -> Iterator[str]:
    """One sentence for each place of a `ModelCardContent` that AWS's schema does not allow."""
    try:
        document = json.loads(content)
    except ValueError as error:
        yield f"ModelCard.ModelCardContent is no JSON: {error}."
        return
    try:
        _adapter().validate_python(document)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False)[:_MOST_SHOWN]:
            place = ".".join(["ModelCard.ModelCardContent", *map(str, fault["loc"])])
            yield f"{place}: {fault['msg']}."


@cache
def _adapter() -> TypeAdapter[Any]:
    return TypeAdapter(Content)
