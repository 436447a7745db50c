"""Association: filtered input to the model, joined and filtered output to S3."""

import json
from typing import Any

import pytest

from airflow_mlmax.local.serving.association import Association
from airflow_mlmax.local.serving.filters import FilterError


def made(content_type: str, split: str = "Line", **processing: str) -> Association:
    association = Association.of(
        {
            "DataProcessing": processing,
            "TransformInput": {"ContentType": content_type, "SplitType": split},
        }
    )
    assert association
    return association


def test_without_processing_bytes_pass() -> None:
    """Nothing is parsed that need not be."""
    request = {"TransformInput": {}, "DataProcessing": {"InputFilter": "$", "JoinSource": "None"}}
    assert Association.of(request) is None


def test_csv_columns_are_left_out_joined_and_selected() -> None:
    """The id column does not reach the model and stands beside the prediction in the output."""
    association = made("text/csv", InputFilter="$[1:]", JoinSource="Input", OutputFilter="$[0,-1]")
    batch = b'7,"a,b",1\n8,c,2\n'
    assert association.body(batch) == b'"a,b",1\nc,2\n'
    assert association.output(batch, b"0.5\n0.25\n", "text/csv") == b"7,0.5\n8,0.25\n"


def test_one_csv_column_stays_a_column() -> None:
    """An index selects a cell; a file has rows."""
    assert made("text/csv", InputFilter="$[-1]").body(b"1,2\n3,4\n") == b"2\n4\n"


def test_json_lines_get_the_output_as_an_attribute() -> None:
    """Records that are no objects are wrapped."""
    association = made("application/jsonlines", InputFilter="$.x", JoinSource="Input")
    batch = b'{"id": 1, "x": [1, 2]}\n{"id": 2, "x": [3, 4]}\n'
    assert association.body(batch) == b"[1, 2]\n[3, 4]\n"
    joined = association.output(batch, b"0.1\n0.2\n", "application/jsonlines")
    assert [json.loads(line)["SageMakerOutput"] for line in joined.splitlines()] == [0.1, 0.2]
    plain = made("application/jsonlines", JoinSource="Input")
    assert plain.output(b"[1]\n", b"5\n", "") == b'{"SageMakerInput": [1], "SageMakerOutput": 5}\n'


@pytest.mark.parametrize("split", ["None", "Line"])
def test_a_json_document_of_several_lines_is_one_prediction(split: str) -> None:
    """A model may answer one record with indented JSON."""
    association = made(
        "application/json", split, JoinSource="Input", OutputFilter="$['id','SageMakerOutput']"
    )
    joined = association.output(b'{"id": 1, "x": 2}', b'{\n "p": 3\n}', "application/json")
    assert json.loads(joined) == {"id": 1, "SageMakerOutput": {"p": 3}}


@pytest.mark.parametrize(
    ("batch", "answer", "answer_type", "text"),
    [
        (b"1,2\n3,4\n", b"0.5\n", "text/csv", "1 predictions for 2 records"),
        (b"1,2\n3,4\n", b"0.5,0.25", "text/csv", "1 predictions for 2 records"),
        (b"1,2\n", b"[0.5]", "application/json", "set TransformOutput.Accept"),
        (b"1,2\n", b"\xff\n", "text/csv", "the prediction is not CSV"),
    ],
    ids=["too few", "one line", "other format", "no text"],
)
def test_predictions_that_do_not_fit_are_an_error(
    batch: bytes, answer: bytes, answer_type: str, text: str
) -> None:
    """A join pairs each record with its own prediction or fails."""
    with pytest.raises(FilterError, match=text):
        made("text/csv", JoinSource="Input").output(batch, answer, answer_type)


@pytest.mark.parametrize(
    ("content_type", "answer", "expected"),
    [
        ("text/csv", b"0.5\n", ["0.5"]),
        ("application/jsonlines", b'{"p": 1}\n', {"p": 1}),
        ("application/jsonlines", b"0.5\n", {"SageMakerOutput": 0.5}),
    ],
    ids=["csv", "object", "value"],
)
def test_inference_ids_are_appended(content_type: str, answer: bytes, expected: Any) -> None:
    """CSV gets two more columns, JSON two more keys, each record an id of its own."""
    association = Association.of(
        {
            "DataCaptureConfig": {"GenerateInferenceId": True},
            "TransformInput": {"ContentType": content_type, "SplitType": "Line"},
        }
    )
    assert association
    first, second = association.output(b"", answer * 2, content_type).decode().splitlines()
    assert first != second
    if content_type == "text/csv":
        value, number, moment = first.split(",")
        assert ([value], len(number), moment[-1]) == (expected, 36, "Z")
    else:
        record = json.loads(first)
        assert record.pop("SageMakerInferenceId")
        assert record.pop("SageMakerInferenceTime").endswith("Z")
        assert record == expected


def test_other_content_types_cannot_be_processed() -> None:
    """The text names those that can."""
    with pytest.raises(FilterError, match="text/csv"):
        made("image/png", JoinSource="Input")
