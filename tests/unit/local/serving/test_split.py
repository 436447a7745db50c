"""Splitting: bodies hold what the payload allows, in order, and nothing is lost."""

import io
from itertools import chain

import pytest

from airflow_mlmax.local.serving.split import MEGABYTE, Splitting, TooLargeError


def test_an_object_that_is_not_split_is_one_body() -> None:
    """Newlines mean nothing then."""
    assert list(Splitting().batches(io.BytesIO(b"a\nb\n"))) == [[b"a\nb\n"]]


def test_single_records_are_lines_and_the_last_needs_no_newline() -> None:
    """Each line is a request of its own."""
    splitting = Splitting(is_by_line=True, is_single_record=True)
    assert list(splitting.batches(io.BytesIO(b"a\nb"))) == [[b"a\n"], [b"b"]]


def test_multi_record_fills_the_payload_and_no_more() -> None:
    """A batch of lines stays within the limit, and one line more would exceed it."""
    line = b"x" * (MEGABYTE // 4) + b"\n"
    data = line * 10
    batches = list(Splitting(is_by_line=True, payload_mb=1).batches(io.BytesIO(data)))
    assert [len(batch) for batch in batches] == [3, 3, 3, 1]
    assert b"".join(chain.from_iterable(batches)) == data


@pytest.mark.parametrize("is_by_line", [True, False], ids=["record", "object"])
def test_what_exceeds_the_payload_is_an_error(*, is_by_line: bool) -> None:
    """The text says how to go on."""
    big = io.BytesIO(b"x" * (MEGABYTE + 1))
    with pytest.raises(TooLargeError, match="raise the limit"):
        list(Splitting(is_by_line=is_by_line, payload_mb=1).batches(big))


def test_no_limit_takes_everything() -> None:
    """MaxPayloadInMB 0 means unbounded."""
    big = b"x" * (7 * MEGABYTE)
    assert list(Splitting(payload_mb=0).batches(io.BytesIO(big))) == [[big]]
    assert list(Splitting(is_by_line=True, payload_mb=0).batches(io.BytesIO(b"a\nb\n"))) == [[b"a\n", b"b\n"]]


def test_an_empty_object_split_by_line_has_no_batch() -> None:
    """There is no record to predict for; without splitting the empty body is sent."""
    assert list(Splitting(is_by_line=True).batches(io.BytesIO())) == []
    assert list(Splitting().batches(io.BytesIO())) == [[b""]]
