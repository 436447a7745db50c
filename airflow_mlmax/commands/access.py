"""How a command reaches AWS: an Airflow connection, or what boto3 finds by itself."""

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from airflow_mlmax.hooks.sagemaker import SageMakerJobHook

_BOTO3 = {"profile": "AWS_PROFILE", "endpoint_url": "AWS_ENDPOINT_URL", "region": "AWS_DEFAULT_REGION"}
"""What botocore itself reads from the environment."""


@dataclass(frozen=True)
class Access:
    """How to reach S3: an Airflow connection, or what boto3 finds by itself, with changes."""

    aws_conn_id: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    region: str | None = None


def hook_of(access: Access) -> "SageMakerJobHook":
    """SageMaker and S3 for a command; Airflow's log stays off the terminal, where only what the command says belongs."""
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "ERROR")
    from airflow_mlmax.hooks.sagemaker import SageMakerJobHook

    for name, variable in _BOTO3.items():
        if value := getattr(access, name):
            os.environ[variable] = value
    if access.aws_conn_id:
        find_connection(access.aws_conn_id)
    return SageMakerJobHook(
        aws_conn_id=access.aws_conn_id, region_name=access.region, patience=0.0, attempts=3
    )


def find_connection(conn_id: str) -> None:
    """Makes a connection of Airflow's database known to hooks, which see only the environment outside a task."""
    from airflow.configuration import ensure_secrets_loaded
    from sqlalchemy.exc import SQLAlchemyError

    found = None
    with suppress(
        SQLAlchemyError
    ):  # no database here: the environment and secrets backends have been asked before
        found = next(filter(None, (each.get_connection(conn_id) for each in ensure_secrets_loaded())), None)
    if found is None:
        raise click.ClickException(
            f"Airflow has no connection {conn_id!r}: add it, or leave --aws-conn-id out to use boto3's own credentials"
        )
    os.environ[f"AIRFLOW_CONN_{conn_id.upper()}"] = found.as_json()
