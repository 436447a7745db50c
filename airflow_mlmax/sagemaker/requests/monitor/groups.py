"""What a monitor of a model has to be told beside its data, one group of arguments for each kind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.sagemaker.groups import Group, unknown_keys
from airflow_mlmax.sagemaker.requests.values import present

LABELS = "/opt/ml/processing/input/labels"
MODEL = "/opt/ml/processing/input/model"

_FACET_KEYS = ["name_or_index", "value_or_threshold"]


@dataclass(frozen=True, kw_only=True)
class ModelQuality(Group):
    """Which columns hold predictions and truth."""

    problem_type: str | None = None
    """`Regression`, `BinaryClassification` or `MulticlassClassification`."""

    label: str | None = None
    """Column of the truth."""

    prediction: str | None = None
    """Column of the predicted value or class."""

    probability: str | None = None
    """Column of the score of the class 1."""

    probability_threshold: float | str | None = None
    """Score from which on a row counts as class 1 where there is no `prediction`; 0.5 where nothing is said."""

    labels_uri: str | None = None
    """S3 prefix of the truth, in the format of the data, where it does not lie beside the predictions."""

    join_on: str | None = None
    """Column by which predictions and `labels_uri` are joined."""

    slack: float | str | None = None
    """Share by which a metric may be worse than in the baseline that is made; 0 where nothing is said."""

    def faults(self, captured: bool) -> Iterator[str]:
        """:param captured: the data are those of an endpoint, whose records and labels have ids of their own"""
        if not self.problem_type or not (self.label or captured):
            yield "model_quality needs problem_type and label, the column of the truth."
        if not self.prediction and not self.probability:
            yield "model_quality needs prediction or probability, the column to compare with the truth."
        yield from _join_faults("model_quality", self.labels_uri, self.join_on, captured)

    def environment(self) -> dict[str, Any]:
        """The variables of the analyzer."""
        return {**_columns(self), **present(problem_type=self.problem_type, slack=self.slack)}


@dataclass(frozen=True, kw_only=True)
class Bias(Group):
    """Which groups of people, or of other things, are compared, and by which labels."""

    label: str | None = None
    """Column of the truth."""

    label_values_or_threshold: Sequence[Any] | None = None
    """The favourable labels, or the one number above which a label is favourable."""

    facets: Sequence[Mapping[str, Any]] | None = None
    """`{name_or_index, value_or_threshold}`: a column, and which of its values, or values above which number, make up
    the group that may be at a disadvantage."""

    group_variable: str | None = None
    """Column of subgroups that conditional metrics (CDDL, CDDPL) are weighted over."""

    prediction: str | None = None
    """Column of the predicted class; metrics of the trained model are computed where it or `probability` is given."""

    probability: str | None = None
    """Column of the score of the favourable class."""

    probability_threshold: float | str | None = None
    """Score from which on a prediction is favourable; 0.5 where nothing is said."""

    labels_uri: str | None = None
    """S3 prefix of the truth, in the format of the data, where it does not lie beside the predictions."""

    join_on: str | None = None
    """Column by which predictions and `labels_uri` are joined."""

    confidence: float | str | None = None
    """Of the interval, such as 0.95, that has to lie beyond the baseline for a metric to be worse; where nothing is said
    the value itself has to, and half of the metrics of a day like the baseline's will."""

    min_facet_rows: int | str | None = None
    """Rows that a facet, and its rest, need to be evaluated; 30 where nothing is said."""

    def faults(self, captured: bool) -> Iterator[str]:
        """:param captured: the data are those of an endpoint, whose records and labels have ids of their own"""
        if not self.label or not self.label_values_or_threshold:
            yield "bias needs label, a column, and label_values_or_threshold, a list of what is favourable in it."
        if not self.facets:
            yield "bias needs facets, a list of {name_or_index, value_or_threshold}."
        for number, facet in enumerate(self.facets or ()):
            if not isinstance(facet, Mapping) or "name_or_index" not in facet:
                yield f"bias: facets[{number}] is no dict with the key name_or_index, a column."
            else:
                yield from unknown_keys(facet, _FACET_KEYS, f"bias: facets[{number}]")
        yield from _join_faults("bias", self.labels_uri, self.join_on, captured)

    def environment(self) -> dict[str, Any]:
        """The variables of the analyzer."""
        own = present(confidence=self.confidence, min_facet_rows=self.min_facet_rows)
        return {**_columns(self), "bias_config": {**self.config(), **own}}

    def config(self) -> dict[str, Any]:
        """The words of SageMaker Clarify's `analysis_config.json`."""
        return present(
            label=self.label,
            label_values_or_threshold=self.label_values_or_threshold,
            facet=[dict(each) for each in self.facets or ()],
            group_variable=self.group_variable,
        )


@dataclass(frozen=True, kw_only=True)
class Attribution(Group):
    """Which model's predictions are explained, and how carefully."""

    model_uri: str | None = None
    """S3 URI of the `model.tar.gz`."""

    model_name: str | None = None
    """Name of a model of SageMaker, which AWS's analyzer wants instead of `model_uri`."""

    label: str | None = None
    """Name of the prediction in the report; `label0` where nothing is said."""

    num_samples: int | str | None = None
    """Coalitions of features that are tried for each row."""

    max_rows: int | str | None = None
    """Rows that are explained."""

    background_rows: int | str | None = None
    """Rows that stand for an absent feature."""

    agg_method: str | None = None
    """`mean_abs`, `median` or `mean_sq` of the rows' attributions."""

    seed: int | str | None = None
    content_type: str | None = None
    """In which form rows are handed to the model's `input_fn`; `text/csv` where nothing is said."""

    def environment(self) -> dict[str, Any]:
        """The variables of the analyzer."""
        config = {name: getattr(self, name) for name in self.keys() if not name.startswith("model_")}
        return {"model_source": MODEL, "attribution_config": present(**config)}


def _columns(group: ModelQuality | Bias) -> dict[str, Any]:
    return present(
        ground_truth_attribute=group.label,
        inference_attribute=group.prediction,
        probability_attribute=group.probability,
        probability_threshold_attribute=group.probability_threshold,
        ground_truth_source=LABELS if group.labels_uri else None,
        join_attribute=group.join_on,
    )


def _join_faults(where: str, labels_uri: str | None, join_on: str | None, captured: bool) -> Iterator[str]:
    if bool(labels_uri) != bool(join_on) and not captured:
        yield f"{where}: labels_uri and join_on belong together; give both or neither."
