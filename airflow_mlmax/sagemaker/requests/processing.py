"""Requests of `CreateProcessingJob`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from airflow_mlmax.sagemaker.groups import Group, grouped, named_groups
from airflow_mlmax.sagemaker.requests.parts import words
from airflow_mlmax.sagemaker.requests.request import Request
from airflow_mlmax.sagemaker.requests.resources import ProcessingCompute, compute_faults
from airflow_mlmax.sagemaker.requests.values import command_line, present, text_faults, texts

_ROOT = "/opt/ml/processing"
_CODE = f"{_ROOT}/input/code"
_RESULT_KEYS = frozenset({"job_name", "job_arn", "exit_message", "billable_seconds", "cost"})


@dataclass(frozen=True, kw_only=True)
class ProcessingInput(Group):
    """An input of a processing job; a plain string is its `uri`."""

    short: ClassVar[str | None] = "uri"

    uri: str | None = None
    local_path: str | None = None
    """Folder in the container; `/opt/ml/processing/input/<name>` where nothing is said."""

    data_type: str = "S3Prefix"
    distribution: str = "FullyReplicated"
    input_mode: str = "File"
    compression: str | None = None
    dataset_definition: Mapping[str, Any] | None = None
    """AWS's `DatasetDefinition` instead of `uri`: a query of Athena or Redshift."""

    def item(self, name: str) -> dict[str, Any]:
        """One item of `ProcessingInputs`."""
        local_path = self.local_path or f"{_ROOT}/input/{name}"
        if self.dataset_definition is not None:
            definition = {"LocalPath": local_path, **self.dataset_definition}
            return {"InputName": name, "DatasetDefinition": definition}
        source = present(
            S3Uri=self.uri,
            LocalPath=local_path,
            S3DataType=self.data_type,
            S3InputMode=self.input_mode,
            S3DataDistributionType=self.distribution,
            S3CompressionType=self.compression,
        )
        return {"InputName": name, "S3Input": source}


@dataclass(frozen=True, kw_only=True)
class ProcessingOutput(Group):
    """An output of a processing job; a plain string is its `uri`."""

    short: ClassVar[str | None] = "uri"

    uri: str | None = None
    local_path: str | None = None
    """Folder in the container; `/opt/ml/processing/output/<name>` where nothing is said."""

    upload_mode: str = "EndOfJob"
    """`EndOfJob` shows readers all or nothing; `Continuous` shows files as they come, also those of a failed job."""

    feature_group: str | None = None
    """Name of a feature group to write to besides S3."""

    def item(self, name: str) -> dict[str, Any]:
        """One item of `ProcessingOutputConfig.Outputs`."""
        target = present(
            S3Uri=self.uri,
            LocalPath=self.local_path or f"{_ROOT}/output/{name}",
            S3UploadMode=self.upload_mode,
        )
        store = {"FeatureGroupName": self.feature_group} if self.feature_group else None
        return present(OutputName=name, S3Output=target, FeatureStoreOutput=store)


@dataclass(frozen=True, kw_only=True)
class ProcessingRequest(Request):
    """A processing job: a script or a container over named inputs and outputs."""

    operation: ClassVar[str] = "CreateProcessingJob"
    name_key: ClassVar[str] = "ProcessingJobName"

    image_uri: str | None = None
    entrypoint: str | list[str] | None = None
    """Command of the container, instead of `entry_point`."""

    entry_point: str | None = None
    """Script in the source folder: Python, or shell if it ends in `.sh`."""

    source_uri: str | None = None
    """S3 prefix of the uploaded source folder; it is mounted as the input `code`."""

    arguments: Mapping[str, Any] | list[str] | None = None
    inputs: Mapping[str, Any] | None = named_groups(ProcessingInput)
    outputs: Mapping[str, Any] | None = named_groups(ProcessingOutput)
    compute: Mapping[str, Any] | None = grouped(ProcessingCompute)
    environment: Mapping[str, Any] | None = None
    max_runtime: int | str = 3600
    """Seconds after which AWS ends the job."""

    def body(self) -> dict[str, Any]:
        outputs = [ProcessingOutput.of(value).item(name) for name, value in (self.outputs or {}).items()]
        return present(
            ProcessingInputs=self._inputs() or None,
            ProcessingOutputConfig={"Outputs": outputs} if outputs else None,
            ProcessingResources={"ClusterConfig": ProcessingCompute.of(self.compute).cluster()},
            StoppingCondition={"MaxRuntimeInSeconds": self.max_runtime},
            AppSpecification=present(
                ImageUri=self.image_uri,
                ContainerEntrypoint=self._entrypoint(),
                ContainerArguments=command_line(self.arguments),
            ),
            Environment=texts(self.environment),
            RoleArn=self.role_arn,
        )

    def argument_faults(self) -> Iterator[str]:
        yield from compute_faults(ProcessingCompute.of(self.compute))
        yield from text_faults(self.arguments, "arguments")
        yield from text_faults(self.environment, "environment")
        if self.entry_point and self.entrypoint:
            yield "entry_point (a script) and entrypoint (a command) exclude each other; keep one."
        if self.entry_point and not self.source_uri:
            yield f"entry_point {self.entry_point!r} needs source_dir, the folder in which it lies."
        if self.source_uri and "code" in (self.inputs or {}):
            yield "inputs['code'] is the name under which source_dir is mounted; rename the input."
        for name in _RESULT_KEYS & set(self.outputs or {}):
            yield f"outputs[{name!r}]: this name is taken in the task's result; rename the output."

    def _inputs(self) -> list[dict[str, Any]]:
        inputs = dict(self.inputs or {})
        if self.source_uri:
            inputs["code"] = {"uri": self.source_uri, "local_path": _CODE}
        return [ProcessingInput.of(value).item(name) for name, value in inputs.items() if value is not None]

    def _entrypoint(self) -> list[str] | None:
        if self.entry_point is None:
            return words(self.entrypoint)
        shell = "/bin/bash" if self.entry_point.endswith(".sh") else "python3"
        return [shell, f"{_CODE}/{self.entry_point}"]
