"""Tags that tell whose job it is."""

import re

from airflow_mlmax.sagemaker import ownership
from airflow_mlmax.sagemaker.jobs import JobKey

KEY = JobKey("n", "dag", "scheduled~2026", "task")
TAG_VALUE = r"[\w\s.:/=+\-@]*"


def test_equal_requests_have_equal_fingerprints_whatever_their_order() -> None:
    """The fingerprint is canonical: key order says nothing."""
    assert ownership.fingerprint({"a": 1, "b": {"c": 2}}) == ownership.fingerprint({"b": {"c": 2}, "a": 1})
    assert ownership.fingerprint({"a": 1}) != ownership.fingerprint({"a": 2})


def test_every_tag_is_one_that_aws_accepts() -> None:
    """Run ids may hold characters that tags may not."""
    key = JobKey("n", "dag", "r~{}" + "x" * 400, "täsk")
    for value in ownership.tags(key, generation=3, number=1).values():
        assert re.fullmatch(TAG_VALUE, value)
        assert len(value) <= 256


def test_an_owner_is_named_in_words() -> None:
    """A conflict names the task, not a digest alone."""
    tags = ownership.tags(KEY, generation=3, number=1)
    assert "task task of DAG dag, run scheduled-2026" in ownership.owner(tags)
    assert "without airflow-mlmax tags" in ownership.owner({"team": "a"})
