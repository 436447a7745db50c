"""From an operator's rendered arguments to a request that has passed the checker, and to the code that it names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.sagemaker.checks import Findings, examine
from airflow_mlmax.sagemaker.code import SourceFolder
from airflow_mlmax.sagemaker.redaction import redacted
from airflow_mlmax.sagemaker.requests import Request, RequestError

_Kind = TypeVar("_Kind", bound=Request)


@dataclass(frozen=True)
class Draft:
    """One request as an operator would send it."""

    operation: str
    """Name in the API, such as `CreateTrainingJob`."""

    request: Mapping[str, Any]
    gaps: Sequence[str] = ()
    """What it lacks of what the security block demands, one sentence each."""

    is_named: bool = True
    """False where the name is added later."""

    when: str = ""
    """When it is sent, in words; empty for always."""

    def findings(self, *, strict: bool = False) -> Findings:
        """Everything that is wrong with it; `strict` as in `airflow_mlmax.sagemaker.checks.examine`."""
        found = examine(self.operation, self.request, named=self.is_named, strict=strict)
        return Findings([*self.gaps, *found.errors], found.warnings)

    def refuse(self) -> list[str]:
        """The warnings about a request that may be sent.

        :raises RequestError: with all faults of one that must not
        """
        found = self.findings()
        if found.errors:
            raise RequestError(self.operation, found.errors)
        return found.warnings


def drafted(kind: type[Request], operator: Any, named: Mapping[str, Any] | None = None) -> Draft:
    """The request that an operator's attributes describe, with `named` members (name, tags) added.

    :raises RequestError: with every fault of the arguments
    """
    given = builder(kind, operator)
    body = given.draft()
    request = {**body, **(named or {})}
    return Draft(kind.operation, request, given.security_gaps(body), is_named=named is not None)


def checked(draft: Draft, operator: Any) -> dict[str, Any]:
    """The request of a draft that may be sent. Warnings and the request, without its secrets, go to the task's log.

    :raises RequestError: with every fault of the request
    """
    for warning in draft.refuse():
        operator.log.warning("%s: %s", draft.operation, warning)
    operator.log.info("%s request: %s", draft.operation, redacted(draft.request))
    return dict(draft.request)


def builder(kind: type[_Kind], operator: Any) -> _Kind:
    """The request builder whose fields are the operator's attributes of the same names."""
    given = vars(operator)
    arguments: dict[str, Any] = {each.name: given[each.name] for each in fields(kind) if each.name in given}
    return kind(**arguments)


@dataclass(frozen=True)
class Source:
    """The code of a job: where it lies in S3, and the local folder that must be uploaded there first."""

    uri: str | None
    folder: SourceFolder | None
    code_uri: str


def source_of(
    context: Context, arguments: Mapping[str, Any], address: Callable[[SourceFolder, str], str]
) -> Source:
    """The code that `source_dir`, `entry_point` and `code_uri` name; nothing is uploaded yet.

    A relative `source_dir` is one beside the DAG file; one that is an S3 URI lies there already.

    :raises ValueError: if the folder, the script in it or `code_uri` is missing
    """
    source, code_uri = arguments.get("source_dir"), str(arguments.get("code_uri") or "")
    if source is None or str(source).startswith("s3://"):
        return Source(arguments.get("source_uri") if source is None else str(source), None, code_uri)
    folder = SourceFolder(Path(context["dag"].fileloc).parent / source)
    if entry_point := arguments.get("entry_point"):
        folder.require(entry_point)
    if not code_uri:
        raise ValueError(f"source_dir {source!r} needs code_uri, the S3 prefix below which code is uploaded.")
    return Source(address(folder, code_uri), folder, code_uri)


def upload(
    operator: Any, sources: Sequence[Source], put: Callable[[S3Objects, SourceFolder, str], str]
) -> None:
    """Uploads local code, once for each content, after the request that names it has passed the checker.

    :raises RequestError: with every fault of the request, before anything is uploaded
    """
    operator.draft().refuse()
    for source in sources:
        if source.folder is not None:
            key = (operator.security or {}).get("output_kms_key")
            put(S3Objects(operator.hook, key), source.folder, source.code_uri)
