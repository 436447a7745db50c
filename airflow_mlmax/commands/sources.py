"""Data on this machine or in S3, as files on this machine."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from airflow_mlmax.commands.errors import told

if TYPE_CHECKING:
    from airflow_mlmax.hooks.sagemaker import SageMakerJobHook

_BOTO3 = {"profile": "AWS_PROFILE", "endpoint_url": "AWS_ENDPOINT_URL", "region": "AWS_DEFAULT_REGION"}
"""What botocore itself reads from the environment."""

_NO_DATA = (".", "_")
"""How files begin that lie beside data, such as `_SUCCESS`."""


@dataclass(frozen=True)
class Access:
    """How to reach S3: an Airflow connection, or what boto3 finds by itself, with changes."""

    aws_conn_id: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    region: str | None = None


def local_files(source: str, folder: Path, access: Access, most_bytes: int) -> list[Path]:
    """The files of a source: an S3 URI of an object or prefix, which are brought to the folder, or a path.

    :param most_bytes: of all objects in S3 together
    """
    if "://" not in source:
        return _files_at(Path(source))
    with told(ValueError):
        return _downloaded(source, folder, access, most_bytes)


def _downloaded(source: str, folder: Path, access: Access, most_bytes: int) -> list[Path]:
    # Airflow writes its log to the terminal, where only what the command says belongs.
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "ERROR")
    from airflow_mlmax.exceptions import ApiError
    from airflow_mlmax.hooks.datasets import download, objects_at
    from airflow_mlmax.hooks.s3 import S3Objects

    with told(ApiError):
        s3 = S3Objects(hook_of(access))
        objects = [each for each in objects_at(s3, source) if _is_data(each.uri.rpartition("/")[2])]
        if (total := sum(each.size for each in objects)) > most_bytes:
            raise click.ClickException(
                f"{source} holds {total:,} bytes and --max-bytes allows {most_bytes:,}: name a part of it, or allow more"
            )
        return download(s3, objects, folder)


def hook_of(access: Access) -> "SageMakerJobHook":
    """Calls to AWS as a command may make them."""
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


def _files_at(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise click.ClickException(f"there is no file or folder {path}")
    files = [each for each in sorted(path.rglob("*")) if each.is_file()]
    found = [each for each in files if all(map(_is_data, each.relative_to(path).parts))]
    if not found:
        raise click.ClickException(f"there is no file in {path}")
    return found


def _is_data(name: str) -> bool:
    return not name.startswith(_NO_DATA)
