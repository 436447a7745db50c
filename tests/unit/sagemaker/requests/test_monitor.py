"""What a monitor's job is given beside its request, and which arguments go together."""

import json
from typing import Any

import pytest

from airflow_mlmax.sagemaker.requests import MonitorRequest, RequestError
from airflow_mlmax.sagemaker.requests.monitor.amazon import image

COMMON: dict[str, Any] = {
    "role_arn": "arn:aws:iam::123456789012:role/mlmax",
    "image_uri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1",
    "source_uri": "s3://b/code/",
    "data_uri": "s3://b/day/",
    "output_uri": "s3://b/report/",
    "compute": {"instance_type": "ml.m5.large"},
}
BIAS = {
    "label": "late",
    "label_values_or_threshold": [1],
    "facets": [{"name_or_index": "origin", "value_or_threshold": ["JFK"]}],
    "prediction": "predicted",
}
ARCHIVE = "s3://b/model.tar.gz"


def test_clarify_gets_its_configuration() -> None:
    """In the words of its `analysis_config.json`."""
    asked = MonitorRequest(**COMMON, analyzer="aws", kind="bias", bias=BIAS, data_format="parquet")
    [(name, text)] = asked.attachments().items()
    config = json.loads(text)
    assert name == "analysis_config.json"
    assert config.pop("methods").keys() == {"pre_training_bias", "post_training_bias", "report"}
    assert config == {
        "dataset_type": "application/x-parquet",
        "label": "late",
        "label_values_or_threshold": [1],
        "facet": BIAS["facets"],
        "predicted_label": "predicted",
    }


def test_clarify_explains_a_model_of_sagemaker() -> None:
    """It starts an endpoint of its own for it, of the job's instance type."""
    attribution = {"model_name": "flights-7", "num_samples": 100}
    asked = MonitorRequest(**COMMON, analyzer="aws", kind="feature_attribution", attribution=attribution)
    config = json.loads(asked.attachments()["analysis_config.json"])
    assert config["methods"]["shap"] == {"num_samples": 100, "agg_method": "mean_abs"}
    assert (config["predictor"]["model_name"], config["predictor"]["instance_type"]) == (
        "flights-7",
        "ml.m5.large",
    )


def test_only_what_is_too_long_for_a_variable_is_attached() -> None:
    """The variable then holds the path of the file."""
    short = MonitorRequest(**COMMON, kind="bias", bias=BIAS)
    assert short.attachments() == {}
    many = {
        **BIAS,
        "facets": [{"name_or_index": f"column {n}", "value_or_threshold": [n]} for n in range(20)],
    }
    long = MonitorRequest(**COMMON, kind="bias", bias=many, attachments_uri="s3://b/files/")
    assert json.loads(long.attachments()["bias_config.json"])["facet"] == many["facets"]
    path = long.request()["Environment"]["bias_config"]
    assert path == "/opt/ml/processing/input/config/bias_config.json"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"analyzer": "amazon"}, "analyzer 'amazon' is unknown; give one of mlmax, aws"),
        ({"analyzer": "aws", "min_rows": 5}, "AWS's analyzer knows no min_rows"),
        (
            {"analyzer": "aws", "kind": "bias", "bias": {**BIAS, "confidence": 0.9}},
            "knows no bias['confidence']",
        ),
        (
            {"analyzer": "aws", "kind": "bias", "bias": BIAS, "data_format": "capture"},
            "Clarify reads csv, json",
        ),
        (
            {"analyzer": "aws", "kind": "feature_attribution", "attribution": {"model_uri": ARCHIVE}},
            "give attribution['model_name']",
        ),
        ({"kind": "feature_attribution", "attribution": {"model_name": "x"}}, "attribution needs model_uri"),
        ({"start_time": "2026-01-01"}, "start_time is about captured records"),
        ({"preprocessor": "before.py"}, "preprocessor is about captured records"),
        (
            {"kind": "bias", "bias": {**BIAS, "labels_uri": "s3://b/l/"}},
            "labels_uri and join_on belong together",
        ),
        (
            {"kind": "bias", "bias": {**BIAS, "facets": [{"name": "x"}]}},
            "facets[0] is no dict with the key name",
        ),
    ],
    ids=[
        *("analyzer", "own-argument", "own-bias", "capture", "model-name", "model-uri", "window", "script"),
        *("join", "facet"),
    ],
)
def test_arguments_that_do_not_go_together_are_named(arguments: dict[str, Any], words: str) -> None:
    """Before anything is uploaded or sent."""
    with pytest.raises(RequestError) as error:
        MonitorRequest(**{**COMMON, **arguments}).attachments()
    assert words in str(error.value)


def test_captured_records_need_no_key() -> None:
    """They and their labels have ids of their own."""
    quality = {"problem_type": "Regression", "prediction": "0", "labels_uri": "s3://b/labels/"}
    asked = MonitorRequest(**COMMON, kind="model_quality", data_format="capture", model_quality=quality)
    names = [each["InputName"] for each in asked.request()["ProcessingInputs"]]
    assert names == ["data", "labels", "code"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [("model_quality", "sagemaker-model-monitor-analyzer"), ("bias", "sagemaker-clarify-processing:1.0")],
)
def test_amazons_image(kind: str, name: str) -> None:
    """Model Monitor's or Clarify's, of the region."""
    assert image(kind, "eu-west-1").endswith(f".dkr.ecr.eu-west-1.amazonaws.com/{name}")
    with pytest.raises(ValueError, match="no image account listed in mars-north-1"):
        image(kind, "mars-north-1")
