"""Input records and their predictions, brought together: InputFilter, model, join, OutputFilter."""

import csv
import io
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from airflow_mlmax.local.serving.filters import Filter, FilterError

CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"

Kind = Literal["csv", "document", "lines"]
_KINDS: Mapping[str, Kind] = {CSV: "csv", JSON: "document", JSON_LINES: "lines"}


def _csv_values(data: bytes) -> list[Any]:
    return [row for row in csv.reader(io.StringIO(data.decode(), newline="")) if row]


def _csv_bytes(values: Sequence[Any]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(value if isinstance(value, list) else [value] for value in values)
    return text.getvalue().encode()


def _line_values(data: bytes) -> list[Any]:
    return [json.loads(line) for line in data.splitlines() if line.strip()]


def _json_bytes(values: Sequence[Any]) -> bytes:
    return "".join(f"{json.dumps(value, ensure_ascii=False)}\n" for value in values).encode()


_READ: Mapping[Kind, Callable[[bytes], list[Any]]] = {
    "csv": _csv_values,
    "lines": _line_values,
    "document": lambda data: [json.loads(data)],
}
_WRITE: Mapping[Kind, Callable[[Sequence[Any]], bytes]] = {
    "csv": _csv_bytes,
    "lines": _json_bytes,
    "document": _json_bytes,
}


@dataclass(frozen=True)
class Association:
    """What stands between the input objects and the model, and between the model and the output objects."""

    content_type: str
    is_by_line: bool
    input_filter: Filter
    output_filter: Filter
    is_joined: bool
    has_inference_ids: bool

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> "Association | None":
        """As a transform request describes it; None if bytes pass as they are.

        Raises FilterError for paths and content types that batch transform cannot process.
        """
        processing = request.get("DataProcessing", {})
        source = request["TransformInput"]
        association = cls(
            content_type=source.get("ContentType", ""),
            is_by_line=source.get("SplitType", "None") != "None",
            input_filter=Filter.parse(processing.get("InputFilter", "$")),
            output_filter=Filter.parse(processing.get("OutputFilter", "$")),
            is_joined=processing.get("JoinSource") == "Input",
            has_inference_ids=bool(request.get("DataCaptureConfig", {}).get("GenerateInferenceId")),
        )
        if not (association._needs_input or association.changes_output):
            return None
        if association._kind_of(association.content_type) is None:
            raise FilterError(
                f"ContentType {association.content_type!r} cannot be filtered, joined or given inference ids; "
                f"use {', '.join(_KINDS)}"
            )
        return association

    @property
    def _needs_input(self) -> bool:
        return self.is_joined or not self.input_filter.is_whole

    @property
    def changes_output(self) -> bool:
        """Whether answers are read and written again, then with a newline after each record."""
        return self.is_joined or self.has_inference_ids or not self.output_filter.is_whole

    def body(self, batch: bytes) -> bytes:
        """What the model gets for a batch of input records. Raises FilterError for records that do not fit."""
        if self.input_filter.is_whole:
            return batch
        kind = self._input_kind
        return _WRITE[kind]([self.input_filter.of(record) for record in _read(kind, batch, "input")])

    def output(self, batch: bytes, answer: bytes, answer_type: str) -> bytes:
        """What is stored for the model's answer to a batch, a newline after each record.

        Raises FilterError if the answer cannot be read or does not hold one prediction for each record.
        """
        if not self.changes_output:
            return answer
        records = _read(self._input_kind, batch, "input") if self.is_joined else []
        kind = self._output_kind(answer_type, len(records))
        values = _read(kind, answer, "prediction")
        if self.is_joined:
            values = self._joined(records, values, kind)
        values = [self.output_filter.of(value) for value in values]
        if self.has_inference_ids:
            values = [_identified(value, kind) for value in values]
        return _WRITE[kind](values)

    @property
    def _input_kind(self) -> Kind:
        kind = self._kind_of(self.content_type) or "document"
        return "lines" if kind == "document" and self.is_by_line else kind

    def _output_kind(self, answer_type: str, records: int) -> Kind:
        """An answer to one record may be a JSON document of many lines; one to several is a line for each."""
        kind = self._kind_of(answer_type) or self._kind_of(self.content_type) or "document"
        if kind == "document" and self.is_by_line and (records > 1 or not self.is_joined):
            return "lines"
        return kind

    def _joined(self, records: list[Any], values: list[Any], kind: Kind) -> list[Any]:
        if (kind == "csv") != (self._input_kind == "csv"):
            raise FilterError(
                f"the model answered {'CSV' if kind == 'csv' else 'JSON'} to ContentType {self.content_type}, "
                "which cannot be joined; set TransformOutput.Accept to the content type of the input"
            )
        if len(records) != len(values):
            raise FilterError(f"the model gave {len(values)} predictions for {len(records)} records")
        join = (lambda record, value: record + value) if kind == "csv" else _json_joined
        return [join(record, value) for record, value in zip(records, values, strict=True)]

    @staticmethod
    def _kind_of(content_type: str) -> Kind | None:
        return _KINDS.get(content_type.partition(";")[0].strip().lower())


def _read(kind: Kind, data: bytes, what: str) -> list[Any]:
    try:
        return _READ[kind](data)
    except (ValueError, csv.Error) as error:
        raise FilterError(f"the {what} is not {'CSV' if kind == 'csv' else 'JSON'}: {error}") from error


def _json_joined(record: Any, value: Any) -> dict[str, Any]:
    given = record if isinstance(record, dict) else {"SageMakerInput": record}
    return {**given, "SageMakerOutput": value}


def _identified(value: Any, kind: Kind) -> Any:
    """A record with the id and the time of its inference: two more columns, or two more keys."""
    number, moment = str(uuid.uuid4()), datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if kind == "csv":
        return [*(value if isinstance(value, list) else [value]), number, moment]
    given = value if isinstance(value, dict) else {"SageMakerOutput": value}
    return {**given, "SageMakerInferenceId": number, "SageMakerInferenceTime": moment}
