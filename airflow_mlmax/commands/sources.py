"""Data on this machine or in S3, as files on this machine."""

from pathlib import Path

import click

from airflow_mlmax.commands.access import Access, hook_of
from airflow_mlmax.commands.errors import told

_NO_DATA = (".", "_")
"""How files begin that lie beside data, such as `_SUCCESS`."""


def local_files(source: str, folder: Path, access: Access, most_bytes: int) -> list[Path]:
    """The files of a source: an S3 URI of an object or prefix, which are brought to the folder, or a path.

    :param most_bytes: of all objects in S3 together
    """
    if "://" not in source:
        return _files_at(Path(source))
    with told(ValueError):
        return _downloaded(source, folder, access, most_bytes)


def _downloaded(source: str, folder: Path, access: Access, most_bytes: int) -> list[Path]:
    hook = hook_of(access)
    from airflow_mlmax.exceptions import ApiError
    from airflow_mlmax.hooks.datasets import download, objects_at
    from airflow_mlmax.hooks.s3 import S3Objects

    with told(ApiError):
        s3 = S3Objects(hook)
        objects = [each for each in objects_at(s3, source) if _is_data(each.uri.rpartition("/")[2])]
        if (total := sum(each.size for each in objects)) > most_bytes:
            raise click.ClickException(
                f"{source} holds {total:,} bytes and --max-bytes allows {most_bytes:,}: name a part of it, or allow more"
            )
        return download(s3, objects, folder)


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
