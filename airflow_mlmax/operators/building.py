"""From an operator's rendered arguments to uploaded code and to a request that has passed the checker."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.sagemaker.checks import refuse
from airflow_mlmax.sagemaker.code import SourceFolder
from airflow_mlmax.sagemaker.redaction import redacted
from airflow_mlmax.sagemaker.requests import Request

Upload = Callable[[S3Objects, SourceFolder, str], str]


def checked_request(
    kind: type[Request], operator: Any, named: Mapping[str, Any] | None = None, **instead: Any
) -> dict[str, Any]:
    """The request that an operator's attributes describe, with `named` members (name, tags) added.

    `instead` replaces attributes. Without `named` the missing name is no fault.

    Warnings and the request, without its secrets, go to the task's log.

    :raises RequestError: with every fault of the arguments or of the request
    """
    given = {**vars(operator), **instead}
    arguments: dict[str, Any] = {each.name: given[each.name] for each in fields(kind) if each.name in given}
    request = {**kind(**arguments).request(), **(named or {})}
    for warning in refuse(kind.operation, request, named=named is not None):
        operator.log.warning("%s: %s", kind.operation, warning)
    operator.log.info("%s request: %s", kind.operation, redacted(request))
    return request


def uploaded_source(
    operator: Any, context: Context, upload: Upload, arguments: Mapping[str, Any]
) -> str | None:
    """The S3 URI of a source folder, uploaded once for each content below `code_uri`; None without a folder.

    `arguments` holds `source_dir`, `entry_point` and `code_uri`. A relative `source_dir` is one beside the DAG file;
    one that is an S3 URI lies there already.

    :raises ValueError: if the folder, the script in it or `code_uri` is missing
    """
    source = arguments.get("source_dir")
    if source is None or str(source).startswith("s3://"):
        return None if source is None else str(source)
    folder = SourceFolder(Path(context["dag"].fileloc).parent / source)
    if entry_point := arguments.get("entry_point"):
        folder.require(entry_point)
    if not arguments.get("code_uri"):
        raise ValueError(f"source_dir {source!r} needs code_uri, the S3 prefix below which code is uploaded.")
    key = (operator.security or {}).get("output_kms_key")
    return upload(S3Objects(operator.hook, key), folder, str(arguments["code_uri"]))
