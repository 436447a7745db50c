"""What an endpoint was sent and what it answered, as rows: CSV or JSON, plain or in Base64."""

import base64
import binascii
import csv
import json
from collections.abc import Iterator, Mapping
from typing import Any

from .reading import MISSING, DataError

Row = dict[str | int, Any]
"""A value by the name of its column; a value of CSV, which is a text, by its position."""


def rows(payload: Mapping[str, Any], side: str) -> list[Row]:
    """The rows of one side of a captured record. Of CSV their keys are positions from 0 on.

    Nested objects are flattened to dotted names, lists to names with a number, as `predictions0`.

    :param payload: `data`, `encoding` and `observedContentType`
    :param side: `endpointInput` or `endpointOutput`, for the message
    :raises DataError: for a payload that is no table
    """
    kind, text = _text(payload, side)
    try:
        if kind == "CSV":
            return [dict(enumerate(_present(each) for each in line)) for line in _lines(text)]
        return [_flat(item) for item in _items(_documents(text))]
    except (ValueError, csv.Error) as error:
        raise DataError(f"{side} of a captured record is not {kind}: {error}") from None


def _text(payload: Mapping[str, Any], side: str) -> tuple[str, str]:
    encoding, data = str(payload.get("encoding", "CSV")).upper(), payload.get("data")
    content = str(payload.get("observedContentType") or "").lower()
    if not isinstance(data, str):
        raise DataError(f"{side} of a captured record has no data.")
    if encoding == "BASE64":
        encoding = "CSV" if "csv" in content else "JSON" if "json" in content else encoding
        try:
            data = base64.b64decode(data, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise DataError(
                f"{side} of a captured record, of type {content!r}, is no text in Base64."
            ) from None
    if encoding not in {"CSV", "JSON"}:
        raise DataError(
            f"{side} of a captured record has the encoding {encoding} and the type {content!r}; CSV and JSON can be "
            "read, for others give a preprocessor."
        )
    return encoding, data


def _lines(text: str) -> Iterator[list[str]]:
    return (line for line in csv.reader(text.splitlines()) if line)


def _present(text: str) -> str | None:
    text = text.strip()
    return None if text in MISSING else text


def _documents(text: str) -> list[Any]:
    """One document, or one in each line."""
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def _items(documents: list[Any]) -> Iterator[Any]:
    """The rows of a document: the objects or lists in it, or in its only member; else the document itself."""
    for document in documents:
        value = document
        if isinstance(document, dict) and len(document) == 1:
            value = next(iter(document.values()))
        if isinstance(value, list) and value and all(isinstance(each, dict | list) for each in value):
            yield from value
        else:
            yield document


def _flat(value: Any, name: str = "") -> Row:
    if isinstance(value, dict):
        inner: Row = {f"{name}.{key}" if name else str(key): each for key, each in value.items()}
    elif isinstance(value, list):
        inner = {f"{name}{number}" if name else number: each for number, each in enumerate(value)}
    else:
        inner = {name or 0: value}
    found: Row = {}
    for key, each in inner.items():
        found.update(_flat(each, str(key)) if isinstance(each, dict | list) else {key: each})
    return found
