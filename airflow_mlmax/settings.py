"""What differs between environments: `base.yaml` with `<environment>.yaml` laid over it, checked as a whole.

A DAG reads its settings once, while it is parsed: two small files, no network, no Airflow Variable. Credentials and
endpoints are not settings; they belong to the Airflow connection.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, ValidationError
from pydantic.dataclasses import dataclass

from airflow_mlmax.layered_yaml import BASE, Layers, SettingsError
from airflow_mlmax.notifications.channels import Channel
from airflow_mlmax.sagemaker.security import Security
from airflow_mlmax.strict import STRICT, Strict, mistakes

__all__ = ["Settings", "SettingsError", "load"]

ENVIRONMENT_VARIABLE = "MLMAX_ENVIRONMENT"
SECURED = frozenset({"staging", "prod"})
"""Environments that must say how their jobs are secured."""


CheckedSecurity = dataclass(Security, config=STRICT)
"""The security block with its types checked and unknown keys refused."""

InstanceType = Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9-]+$")]


class Compute(Strict):
    """The machines of one kind of job."""

    instance_type: InstanceType
    instance_count: PositiveInt = 1
    volume_size_gb: PositiveInt | None = None
    """None where the family has no volume to size: batch transform."""


class Machines(Strict):
    """The machines of an environment by what they are for."""

    processing: Compute
    training: Compute
    transform: Compute


class Settings(Strict):
    """One environment, frozen. Every field is a key of the YAML files; `environment` is the name of the upper file."""

    environment: str
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    prefix: Annotated[str, Field(pattern=r"^([^/]+(/[^/]+)*)?$")] = ""
    """Key prefix of everything in the bucket, without a slash at either end."""

    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
    role_arn: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$")]
    """Role that the jobs run under."""

    aws_conn_id: str = "aws_default"
    promotion_conn_id: str | None = None
    """Connection of the tasks that approve and promote versions, whose role may do so; `aws_conn_id` if not given."""

    namespace: str
    """Project and stage, part of every job's identity: two of them never share a job in one account."""

    images: dict[str, str]
    """Container images by the name that pipelines use."""

    compute: Machines
    security: CheckedSecurity | None = None  # type: ignore[valid-type]  # made by a call, which mypy cannot follow
    tags: dict[str, str] = {}
    prices: dict[str, dict[Literal["Training", "Processing", "Batch Transform"], NonNegativeFloat]] = {}
    """Own prices in USD per instance hour by instance type and component, over the package's list prices."""

    records_conn_id: str | None = None
    """Airflow connection to the PostgreSQL database that keeps the record of every run; None keeps none."""

    channels: dict[str, Channel | None] = {}
    """Ways to people by the names that specs use; one that is null is known, and tells nobody here."""

    poll_interval: PositiveFloat = 30
    """Seconds between two looks at a running job."""

    deferrable: bool = True
    data_ends: date | None = None
    """Last day of a landing zone that gets no more data, such as a replay of the past: scheduled runs of later days
    are skipped."""

    pool: str | None = None
    """Airflow pool of the tasks that run jobs, as many slots as jobs may run at a time; the default pool if not given."""

    retries: Annotated[int, Field(ge=0)] = 3
    retry_delay_scale: PositiveFloat = 1.0
    """Stretches or shortens the delays before a retry; small where a job takes seconds."""

    def uri(self, *parts: str) -> str:
        """`s3://bucket/prefix/parts...`; parts may be templates."""
        return "s3://" + "/".join(part for part in (self.bucket, self.prefix, *parts) if part)

    def image(self, name: str) -> str:
        """A container image by its name.

        :raises ValueError: the environment has none of this name
        """
        if name not in self.images:
            known = ", ".join(sorted(self.images)) or "none"
            raise ValueError(
                f"images.{name}: missing in {self.environment}.yaml and {BASE}; set it there (known: {known})"
            )
        return self.images[name]

    def champions_uri(self, model: str) -> str:
        """S3 prefix of the log of a model's champions."""
        return self.uri(model, "champions")

    def default_args(self) -> dict[str, Any]:
        """What every task of the environment shares, for a DAG's `default_args`. An operator takes what it knows."""
        from airflow_mlmax import retries
        from airflow_mlmax.notifications.events import note_failure

        return {
            "aws_conn_id": self.aws_conn_id,
            "region_name": self.region,
            "role_arn": self.role_arn,
            "namespace": self.namespace,
            "tags": self.tags,
            "prices": self.prices,
            "security": self.security_block,
            "poll_interval": self.poll_interval,
            "deferrable": self.deferrable,
            "code_uri": self.uri("code"),
            "job_pool": self.pool,
            "on_failure_callback": note_failure,
            **retries.defaults(self.retries, self.retry_delay_scale),
        }

    @property
    def security_block(self) -> dict[str, Any] | None:
        """The block as operators take it."""
        block: dict[str, Any] | None = self.model_dump(include={"security"})["security"]
        return block

    @property
    def output_key(self) -> str | None:
        """KMS key that encrypts what tasks write to S3 themselves."""
        return (self.security_block or {}).get("output_kms_key")


def load(folder: Path, environment: str | None = None) -> Settings:
    """Settings of an environment, from the YAML files of a folder.

    :param environment: name of the upper file; by default `MLMAX_ENVIRONMENT`, else `local`
    :raises SettingsError: names file, key, value and what is allowed, for all mistakes at once
    """
    name = environment or os.environ.get(ENVIRONMENT_VARIABLE) or "local"
    layers = Layers.read(folder, name)
    values = {**layers.merged, "environment": name}
    faults = list(_unsecured(name, values))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        for place, text in mistakes(Settings, error):
            hint = f"; set it there or in {BASE}" if text.endswith(": missing") else ""
            faults.append(f"{layers.file_of(place)}: {text}{hint}")
    if faults:
        raise SettingsError(folder, faults)
    return settings


def _unsecured(environment: str, values: Mapping[str, Any]) -> Iterator[str]:
    if environment in SECURED and not values.get("security"):
        yield f"{environment}.yaml: security: missing; {environment} must say how its jobs are secured"
