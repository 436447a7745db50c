"""What a job reads from S3 and where it leaves its results, by its request or its description."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.sagemaker.code import archive
from airflow_mlmax.sagemaker.jobs import PROCESSING, TRAINING, TRANSFORM, TUNING, JobType
from airflow_mlmax.sagemaker.rules.reading import part, structures

_WRITTEN = frozenset({"ProcessingOutputConfig", "CheckpointConfig"})
"""Members whose `S3Uri` the job writes to."""

_NOT_LISTED = frozenset({"FileSystemDataSource", "DatasetDefinition", "DatasetSource"})
_ADDRESSES = ("S3Uri", "ModelDataUrl")
_IN_S3 = "s3://"


class UnlistedError(ValueError):
    """A job reads what cannot be listed: a file system, a query, or what the lines of a manifest refer to."""


@dataclass(frozen=True)
class Reading:
    """One place in S3 that a job reads."""

    uri: str
    """A prefix of keys, or the object that is the manifest."""

    is_manifest: bool = False


def readings(request: Any) -> Iterator[Reading]:
    """The places that a Create request, or the description of a model, names as its inputs.

    :raises UnlistedError: an input is no set of objects in S3
    """
    for each in _mappings(request):
        kind = each.get("S3DataType")
        if kind == "AugmentedManifestFile" or not _NOT_LISTED.isdisjoint(each):
            raise UnlistedError(str(kind or ", ".join(_NOT_LISTED & each.keys())))
        for name in _ADDRESSES:
            if name in each:
                yield Reading(each[name], is_manifest=kind == "ManifestFile")
        if (code := archive(each) or "").startswith(_IN_S3):  # else it is a channel's, too
            yield Reading(code)


def result_prefixes(job_type: JobType, description: Mapping[str, Any]) -> list[str]:
    """The S3 prefixes, each with a slash at its end, below which a completed job has left its results."""
    return [f"{uri.rstrip('/')}/" for uri in _RESULTS[job_type](description) if uri]


def output_folder(description: Mapping[str, Any]) -> str | None:
    """Where a training job leaves its archives."""
    return _output_of(description, description.get(TRAINING.name_key))


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """A structure and all structures in it, but for what is only written to."""
    if isinstance(value, Mapping):
        yield value
        for name, each in value.items():
            if name not in _WRITTEN:
                yield from _mappings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _mappings(each)


def _processed(description: Mapping[str, Any]) -> list[str | None]:
    outputs = structures(description, "ProcessingOutputConfig", "Outputs")
    return [part(output, "S3Output", "S3Uri") for output in outputs]


def _trained(description: Mapping[str, Any]) -> list[str | None]:
    return [output_folder(description)]


def _transformed(description: Mapping[str, Any]) -> list[str | None]:
    return [part(description, "TransformOutput", "S3OutputPath")]


def _searched(description: Mapping[str, Any]) -> list[str | None]:
    """Only the winner's: the other models are nobody's input."""
    winner = part(description, "BestTrainingJob", TRAINING.name_key)
    only = part(description, "TrainingJobDefinition")
    definitions = [only] if only else structures(description, "TrainingJobDefinitions")
    return [_output_of(definition, winner) for definition in definitions]


def _output_of(definition: Mapping[str, Any], name: Any) -> str | None:
    root = part(definition, "OutputDataConfig", "S3OutputPath")
    return f"{str(root).rstrip('/')}/{name}/output" if root and name else None


_RESULTS: Mapping[JobType, Callable[[Mapping[str, Any]], list[str | None]]] = {
    PROCESSING: _processed,
    TRAINING: _trained,
    TUNING: _searched,
    TRANSFORM: _transformed,
}
