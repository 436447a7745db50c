"""Rules of processing jobs."""

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_mlmax.sagemaker.rules.machines import machine_faults
from airflow_mlmax.sagemaker.rules.reading import part, repeated, structures

_ROOT = "/opt/ml/processing/"


def processing_faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Faults of a `CreateProcessingJob` request."""
    cluster = part(request, "ProcessingResources", "ClusterConfig")
    yield from machine_faults(cluster, "ProcessingResources.ClusterConfig")
    inputs = structures(request, "ProcessingInputs")
    outputs = structures(request, "ProcessingOutputConfig", "Outputs")
    yield from _name_faults(inputs, "ProcessingInputs", "InputName")
    yield from _name_faults(outputs, "ProcessingOutputConfig.Outputs", "OutputName")
    yield from _path_faults(inputs, outputs)
    for index, item in enumerate(inputs):
        source = part(item, "S3Input")
        if part(source, "S3CompressionType") == "Gzip" and part(source, "S3InputMode") != "Pipe":
            yield f"ProcessingInputs[{index}]: Gzip works only with S3InputMode Pipe."


def _name_faults(items: list[Mapping[str, Any]], where: str, key: str) -> Iterator[str]:
    for name in repeated(part(item, key) for item in items):
        yield f"{where}: the name {name!r} occurs more than once."


def _path_faults(inputs: list[Mapping[str, Any]], outputs: list[Mapping[str, Any]]) -> Iterator[str]:
    read = [path for item in inputs for path in _local_paths(item, "S3Input", "DatasetDefinition")]
    written = [path for item in outputs for path in _local_paths(item, "S3Output")]
    for path in [*read, *written]:
        if not path:
            yield "LocalPath of an input or output is missing; only AppManaged ones go without."
        elif not path.startswith(_ROOT):
            yield f"LocalPath {path!r} must lie below {_ROOT}."
    for path in repeated(path for path in read if path):
        yield f"ProcessingInputs: LocalPath {path!r} occurs more than once."
    for path in sorted({path for path in read if path} & set(written)):
        yield f"LocalPath {path!r} is an input and an output; take two folders."


def _local_paths(item: Mapping[str, Any], *sources: str) -> list[str]:
    if item.get("AppManaged"):
        return []
    return [str(item[name].get("LocalPath") or "") for name in sources if isinstance(item.get(name), Mapping)]
