import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlmax.sagemaker.requests import (
    ModelPackageRequest,
    ModelRequest,
    ProcessingRequest,
    Request,
    RequestError,
    TrainingRequest,
    TransformRequest,
    TuningRequest,
    model_name,
)
from airflow_mlmax.sagemaker.requests.conversion import converted
from airflow_mlmax.sagemaker.requests.merging import merged
from airflow_mlmax.sagemaker.requests.values import command_line, tag_list, text, texts

SCRIPT = {"entry_point": "train.py", "source_uri": "s3://b/c/sourcedir.tar.gz"}
SEARCH = {"objective": {"metric": "auc"}, "training": {"image_uri": "i"}}
RANGE = {"type": "integer", "min": 1, "max": 2}


@pytest.mark.parametrize(
    ("builder", "words"),
    [
        (ProcessingRequest(compute={"instance_typ": "x"}), "Did you mean 'instance_type'"),
        (ProcessingRequest(compute="ml.m5.large"), "compute is str"),
        (ProcessingRequest(inputs={"a": {"url": "s3://b"}}), "inputs['a'] has no key 'url'"),
        (ProcessingRequest(inputs=["s3://b"]), "inputs is list"),
        (ProcessingRequest(outputs={"job_name": "s3://b"}), "taken in the task's result"),
        (ProcessingRequest(entry_point="a.py"), "needs source_dir"),
        (ProcessingRequest(entry_point="a.py", source_uri="s3://c", entrypoint="run"), "exclude each other"),
        (ProcessingRequest(inputs={"code": "s3://b"}, source_uri="s3://c"), "rename the input"),
        (ProcessingRequest(arguments={"a": float("nan")}), "arguments['a'] cannot be written as JSON"),
        (ProcessingRequest(arguments="--a b"), "arguments is str"),
        (
            ProcessingRequest(compute={"instance_type": "a", "instance_preferences": [{}]}),
            "instance_type and instance_preferences",
        ),
        (TrainingRequest(image_uri="i", algorithm="a"), "image_uri and algorithm exclude"),
        (TrainingRequest(entry_point="a.py"), "belong together"),
        (TrainingRequest(**SCRIPT, algorithm="a"), "needs a framework image"),
        (TrainingRequest(**SCRIPT, entrypoint="run"), "exclude each other"),
        (TrainingRequest(hyperparameters={"d": object()}), "hyperparameters['d']"),
        (TrainingRequest(spot={"wait": 1}), "Did you mean 'max_wait'"),
        (
            TrainingRequest(**SCRIPT, inputs={"code": "s3://b"}, security={"network_isolation": True}),
            "isolated network",
        ),
        (TuningRequest(objective={"metric": "auc"}), "training and definitions"),
        (TuningRequest(**SEARCH, ranges={"d": {"min": 1}}), "needs type"),
        (TuningRequest(**SEARCH, ranges={"d": {"type": "integer", "minimum": 1}}), "Did you mean 'min'"),
        (TuningRequest(**SEARCH, hyperband={"max_resource": 3}), "make it 'Hyperband'"),
        (TuningRequest(training={"image": "i"}), "training has no key 'image'. Did you mean 'image_uri'"),
        (TuningRequest(training={"entrypoint": "run"}), "training has no key 'entrypoint'"),
        (TuningRequest(training={"compute": {"size": 1}}), "training.compute has no key 'size'"),
        (TuningRequest(definitions=[{"objectiv": {}}]), "definitions[0] has no key 'objectiv'"),
        (TuningRequest(definitions=[{}], ranges={"d": RANGE}), "belong into each definition"),
        (TransformRequest(filters={"inputs": "$"}), "Did you mean 'input'"),
        (TransformRequest(compute={"volume_size_gb": 3}), "no key 'volume_size_gb'"),
        (ModelRequest(), "one of image_uri, model_package, containers"),
        (ModelRequest(image_uri="i", model_package="p"), "one of image_uri"),
        (ModelRequest(model_package="p", model_data="s3://b"), "model_data needs image_uri"),
        (ModelPackageRequest(), "one of image_uri and containers"),
        (ModelPackageRequest(image_uri="i", metrics={"quality": "s3://b"}), "metrics['quality']"),
        (
            ModelPackageRequest(image_uri="i", card={}),
            "card and card_uri, the S3 URI of its page, belong together",
        ),
        (
            ModelPackageRequest(image_uri="i", card={"intended_use": "x"}, card_uri="s3://b/c.html"),
            "card has no key 'intended_use'. Did you mean 'intended_uses'",
        ),
        (
            ModelPackageRequest(image_uri="i", card={}, card_uri="s3://b/c.html", model_card={"a": "b"}),
            "card and model_card say the same",
        ),
        (ProcessingRequest(extra={"ProcessingJobName": "x"}), "must not set ProcessingJobName"),
        (ProcessingRequest(config={"Tags": []}), "config must not set Tags"),
        (ProcessingRequest(config="{}"), "config is str"),
        (ProcessingRequest(config={}, image_uri="i", inputs={"a": "s3://b"}), "excludes image_uri, inputs"),
    ],
)
def test_wrong_arguments_are_refused_in_words(builder: Request, words: str) -> None:
    """An unknown or contradictory argument is named, with what to do about it."""
    with pytest.raises(RequestError) as refused:
        builder.request()
    assert words in str(refused.value)


def test_all_faults_are_told_at_once() -> None:
    """One run names every fault of the arguments."""
    request = TrainingRequest(
        image_uri="i", algorithm="a", entry_point="t.py", hyperparameters={"d": float("inf")}
    )
    with pytest.raises(RequestError) as refused:
        request.request()
    assert len(refused.value.faults) == 4


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("abc", "abc"),
        ("1", "1"),
        (1, "1"),
        (0.1, "0.1"),
        (True, "true"),
        ([1, "a"], '[1,"a"]'),
        (None, "null"),
    ],
)
def test_values_become_text_as_script_mode_reads_them(value: Any, written: str) -> None:
    """A string stays; anything else is JSON."""
    assert text(value) == written


@given(
    st.one_of(
        st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.lists(st.text())
    )
)
def test_text_is_read_back_as_it_was(value: Any) -> None:
    """`json.loads`, which script mode applies, undoes `text`."""
    assert json.loads(text(value)) == value


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"a": 1, "b": None, "c": "x y"}, ["--a", "1", "--c", "x y"]),
        (["-v", 3, None], ["-v", "3"]),
        ({}, None),
        (None, None),
    ],
    ids=str,
)
def test_arguments_become_words(arguments: Any, words: list[str] | None) -> None:
    """Each value is one word, however many blanks it holds; no words at all are None."""
    assert command_line(arguments) == words


def test_empty_maps_are_left_out() -> None:
    """SageMaker is never sent an empty map of variables or tags."""
    assert texts({"a": None}) is None
    assert tag_list({}) is None
    assert tag_list({"b": "2", "a": "1"}) == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=12,
)
documents = st.dictionaries(st.text(max_size=2), json_values, max_size=4)


@given(documents, documents)
def test_extra_wins_everywhere_and_loses_nothing(request_body: dict[str, Any], extra: dict[str, Any]) -> None:
    """Each value of `extra` is in the result, each value it does not name stays, and nothing given is changed."""
    before = json.dumps(request_body, sort_keys=True)
    result = merged(request_body, extra)
    assert json.dumps(request_body, sort_keys=True) == before
    assert merged(result, extra) == result
    _holds(result, extra, request_body)


def _holds(result: dict[str, Any], extra: dict[str, Any], below: dict[str, Any]) -> None:
    assert set(result) == set(extra) | set(below)
    for key, value in result.items():
        if key not in extra:
            assert value == below[key]
        elif isinstance(extra[key], dict) and isinstance(below.get(key), dict):
            _holds(value, extra[key], below[key])
        else:
            assert value == extra[key]


@pytest.mark.parametrize(
    ("given_value", "sent"),
    [("3600", 3600), (" 60 ", 60), (60, 60), ("soon", "soon"), ("{{ x }}", "{{ x }}")],
)
def test_rendered_numbers_are_numbers_again(given_value: Any, sent: Any) -> None:
    """A time limit from a template is an integer when it is sent, and what is none stays for the checker."""
    request = converted("CreateTrainingJob", {"StoppingCondition": {"MaxWaitTimeInSeconds": given_value}})
    assert request == {"StoppingCondition": {"MaxWaitTimeInSeconds": sent}}


def test_only_what_the_model_calls_a_number_is_converted() -> None:
    """Hyperparameters and environment keep their texts; a boolean text becomes one where a boolean is wanted."""
    request = {"HyperParameters": {"depth": "3"}, "Environment": {"N": "1"}, "EnableNetworkIsolation": "True"}
    assert converted("CreateTrainingJob", request) == {**request, "EnableNetworkIsolation": True}


@given(st.text(max_size=80), documents)
def test_a_model_name_is_legal_and_says_what_the_model_is(prefix: str, body: dict[str, Any]) -> None:
    """Any prefix gives a legal name; equal requests share it and different ones do not."""
    name = model_name(body, prefix)
    assert len(name) <= 63
    assert name[0].isalnum()
    assert name.replace("-", "").isalnum()
    assert name.isascii()
    assert name == model_name(json.loads(json.dumps(body)), prefix)
    assert name != model_name({**body, "another": 1}, prefix)


def test_a_raw_config_takes_the_role_of_the_environment() -> None:
    """`role_arn` from default_args fills a raw request that names none, and never replaces one."""
    assert ProcessingRequest(config={}, role_arn="mine").request()["RoleArn"] == "mine"
    assert ProcessingRequest(config={"RoleArn": "its"}, role_arn="mine").request()["RoleArn"] == "its"
