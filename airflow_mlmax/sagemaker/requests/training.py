"""Requests of `CreateTrainingJob`, and the parts of them that a tuning definition shares."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from airflow_mlmax.sagemaker.code import ARCHIVE
from airflow_mlmax.sagemaker.groups import Group, grouped, named_groups
from airflow_mlmax.sagemaker.requests.conversion import whole_number
from airflow_mlmax.sagemaker.requests.parts import Channel, channels, words
from airflow_mlmax.sagemaker.requests.request import Request
from airflow_mlmax.sagemaker.requests.resources import TrainingCompute, compute_faults
from airflow_mlmax.sagemaker.requests.values import command_line, present, text_faults, texts
from airflow_mlmax.sagemaker.security import Security

_CODE_CHANNEL = "code"
_CODE_IN_CONTAINER = f"/opt/ml/input/data/{_CODE_CHANNEL}"


@dataclass(frozen=True, kw_only=True)
class Spot(Group):
    """Managed spot training: cheaper instances that AWS may take away."""

    max_wait: int | str | None = None
    """Seconds for the job and all waiting; twice `max_runtime` where nothing is said."""

    checkpoint_uri: str | None = None
    """S3 prefix that keeps the state of an interrupted job; the same for every try of the same work."""

    checkpoint_local_path: str | None = None


@dataclass(frozen=True, kw_only=True)
class TrainingRequest(Request):
    """A training job: script mode of a framework image, a built-in algorithm, or a container of one's own."""

    operation: ClassVar[str] = "CreateTrainingJob"
    name_key: ClassVar[str] = "TrainingJobName"

    image_uri: str | None = None
    algorithm: str | None = None
    """Name or ARN of an algorithm resource or a Marketplace subscription, instead of `image_uri`."""

    entrypoint: str | list[str] | None = None
    """Command of a container of one's own."""

    arguments: Mapping[str, Any] | list[str] | None = None
    """Arguments of a container of one's own; scripts take hyperparameters."""

    entry_point: str | None = None
    """Script in the source folder (script mode)."""

    source_uri: str | None = None
    """S3 URI of the uploaded `sourcedir.tar.gz` (script mode)."""

    hyperparameters: Mapping[str, Any] | None = None
    inputs: Mapping[str, Any] | None = named_groups(Channel)
    output_uri: str | None = None
    output_compression: str | None = None
    """`NONE` stores the model as single objects; AWS's default is one `model.tar.gz`."""

    compute: Mapping[str, Any] | None = grouped(TrainingCompute)
    spot: Mapping[str, Any] | None = grouped(Spot)
    metric_definitions: Mapping[str, str] | None = None
    """Regular expressions by metric name; group 1 of the last match is the metric's final value."""

    environment: Mapping[str, Any] | None = None
    input_mode: str = "File"
    max_runtime: int | str = 14400
    """Seconds after which AWS ends the job; with spot, without the waiting."""

    retry_attempts: int | str | None = 2
    """How often AWS itself tries again after `InternalServerError`; None: never."""

    def body(self) -> dict[str, Any]:
        command = present(
            ContainerEntrypoint=words(self.entrypoint), ContainerArguments=command_line(self.arguments)
        )
        return present(
            HyperParameters=self._hyperparameters(),
            ResourceConfig=TrainingCompute.of(self.compute).resources(),
            ProfilerConfig={"DisableProfiler": True},
            AlgorithmSpecification={**self._algorithm(), **command},
            **self._shared(),
        )

    def definition(self) -> dict[str, Any]:
        """The same work as a tuning definition, which knows fewer members and no command."""
        return present(
            StaticHyperParameters=self._hyperparameters(),
            AlgorithmSpecification=self._algorithm(),
            **TrainingCompute.of(self.compute).tuning_resources(),
            **self._shared(),
        )

    def argument_faults(self) -> Iterator[str]:
        yield from compute_faults(TrainingCompute.of(self.compute))
        for name in ("hyperparameters", "arguments", "environment"):
            yield from text_faults(getattr(self, name), name)
        if self.image_uri and self.algorithm:
            yield "image_uri and algorithm exclude each other; keep one."
        if bool(self.entry_point) != bool(self.source_uri):
            yield "entry_point and source_dir belong together: the script and the folder in which it lies."
        if self.entry_point and self.entrypoint:
            yield "entry_point (script mode) and entrypoint (a command) exclude each other; keep one."
        if self.entry_point and self.algorithm:
            yield "entry_point needs a framework image: give image_uri instead of algorithm."
        if self._code_is_channel() and _CODE_CHANNEL in (self.inputs or {}):
            yield "inputs['code'] is the channel that brings source_dir into an isolated network; rename it."

    def _shared(self) -> dict[str, Any]:
        spot = Spot.of(self.spot) if self.spot is not None else None
        checkpoint = spot and present(S3Uri=spot.checkpoint_uri, LocalPath=spot.checkpoint_local_path)
        attempts = self.retry_attempts
        return present(
            RoleArn=self.role_arn,
            InputDataConfig=self._channels() or None,
            OutputDataConfig=present(S3OutputPath=self.output_uri, CompressionType=self.output_compression),
            StoppingCondition=self._limits(spot),
            EnableManagedSpotTraining=True if spot else None,
            CheckpointConfig=checkpoint or None,
            Environment=texts(self.environment),
            RetryStrategy=None if attempts is None else {"MaximumRetryAttempts": attempts},
        )

    def _algorithm(self) -> dict[str, Any]:
        metrics = [{"Name": name, "Regex": regex} for name, regex in (self.metric_definitions or {}).items()]
        return present(
            TrainingImage=self.image_uri,
            AlgorithmName=self.algorithm,
            TrainingInputMode=self.input_mode,
            MetricDefinitions=metrics or None,
        )

    def _channels(self) -> list[dict[str, Any]]:
        inputs = dict(self.inputs or {})
        if self._code_is_channel():
            inputs[_CODE_CHANNEL] = {"uri": self.source_uri, "input_mode": "File"}
        return channels(inputs)

    def _code_is_channel(self) -> bool:
        """An isolated container cannot fetch its code from S3, so the code comes as data."""
        return bool(self.source_uri and self.security and Security.of(self.security).network_isolation)

    def _hyperparameters(self) -> dict[str, str] | None:
        values = texts(self.hyperparameters) or {}
        if self.entry_point:
            archive = str(self.source_uri).rpartition("/")[2]
            where = f"{_CODE_IN_CONTAINER}/{archive}" if self._code_is_channel() else self.source_uri
            # The training toolkit reads these two back as JSON strings, quotes included.
            values["sagemaker_program"] = json.dumps(self.entry_point)
            values[ARCHIVE] = json.dumps(where)
        return values or None

    def _limits(self, spot: Spot | None) -> dict[str, Any]:
        limits: dict[str, Any] = {"MaxRuntimeInSeconds": self.max_runtime}
        if spot is not None:
            runtime = whole_number(self.max_runtime)
            doubled = None if runtime is None else 2 * runtime
            limits |= present(MaxWaitTimeInSeconds=spot.max_wait if spot.max_wait is not None else doubled)
        return limits
