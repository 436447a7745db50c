"""Parts of a request that several families share: containers, channels, time limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from airflow_mlmax.sagemaker.groups import Group
from airflow_mlmax.sagemaker.requests.values import present, text


@dataclass(frozen=True, kw_only=True)
class Channel(Group):
    """An input channel of a training job; a plain string is its `uri`."""

    short: ClassVar[str | None] = "uri"

    uri: str | None = None
    data_type: str = "S3Prefix"
    """`S3Prefix`, `ManifestFile` or `AugmentedManifestFile`."""

    distribution: str = "FullyReplicated"
    """`FullyReplicated`, or `ShardedByS3Key`: each instance gets a share of the objects."""

    input_mode: str | None = None
    """`File`, `FastFile` or `Pipe`, where it differs from the job's."""

    content_type: str | None = None
    compression: str | None = None
    record_wrapper: str | None = None
    attribute_names: list[str] | None = None
    instance_groups: list[str] | None = None
    shuffle_seed: int | str | None = None
    file_system: Mapping[str, Any] | None = None
    """AWS's `FileSystemDataSource` instead of `uri`: EFS or FSx for Lustre."""

    def channel(self, name: str) -> dict[str, Any]:
        """One item of `InputDataConfig`."""
        seed = None if self.shuffle_seed is None else {"Seed": self.shuffle_seed}
        return present(
            ChannelName=name,
            DataSource=self._source(),
            ContentType=self.content_type,
            CompressionType=self.compression,
            RecordWrapperType=self.record_wrapper,
            InputMode=self.input_mode,
            ShuffleConfig=seed,
        )

    def _source(self) -> dict[str, Any]:
        if self.file_system is not None:
            return {"FileSystemDataSource": dict(self.file_system)}
        source = present(
            S3DataType=self.data_type,
            S3Uri=self.uri,
            S3DataDistributionType=self.distribution,
            AttributeNames=self.attribute_names,
            InstanceGroupNames=self.instance_groups,
        )
        return {"S3DataSource": source}


def channels(inputs: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """`InputDataConfig` of named channels, in their own order; an input that is None is left out."""
    return [Channel.of(value).channel(name) for name, value in (inputs or {}).items() if value is not None]


def words(command: str | list[Any] | None) -> list[str] | None:
    """A container's entrypoint: one word or a list of them, never split at blanks."""
    if command is None:
        return None
    return [command] if isinstance(command, str) else [text(word) for word in command]
