"""Rules of batch transform jobs."""

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_mlmax.sagemaker.rules.machines import machine_faults
from airflow_mlmax.sagemaker.rules.reading import number, part

_LARGEST_MB = 100
_DEFAULT_MB = 6


def transform_faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Faults of a `CreateTransformJob` request."""
    yield from machine_faults(part(request, "TransformResources"), "TransformResources")
    yield from _payload_faults(request)
    source = part(request, "TransformInput")
    if part(source, "DataSource", "S3DataSource", "S3DataType") == "AugmentedManifestFile":
        yield "TransformInput: AugmentedManifestFile is not possible in a transform job."
    if request.get("BatchStrategy") and part(source, "SplitType") in {None, "None"}:
        yield "BatchStrategy needs TransformInput.SplitType Line, RecordIO or TFRecord."
    yield from _filter_faults(part(request, "DataProcessing"), part(source, "ContentType"))


def _payload_faults(request: Mapping[str, Any]) -> Iterator[str]:
    payload = number(request, "MaxPayloadInMB")
    concurrent = number(request, "MaxConcurrentTransforms") or 1
    if payload is not None and payload > _LARGEST_MB:
        yield f"MaxPayloadInMB is {payload}; at most {_LARGEST_MB} are allowed."
        return
    size = _DEFAULT_MB if payload is None else payload
    if size * concurrent > _LARGEST_MB:
        yield (
            f"MaxPayloadInMB ({size}) x MaxConcurrentTransforms ({concurrent}) is {size * concurrent}; "
            f"at most {_LARGEST_MB} are allowed."
        )


def _filter_faults(processing: Any, content_type: Any) -> Iterator[str]:
    filters = {part(processing, name) for name in ("InputFilter", "OutputFilter")} - {None, "$"}
    joins = part(processing, "JoinSource") == "Input"
    if not (filters or joins):
        return
    kind = str(content_type or "").partition(";")[0].strip().lower()
    if kind not in {"text/csv", "application/json", "application/jsonlines"}:
        yield (
            f"DataProcessing works on text/csv, application/json and application/jsonlines only, "
            f"TransformInput.ContentType is {content_type!r}."
        )
