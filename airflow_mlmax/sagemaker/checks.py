"""The checker: everything a client can know to be wrong with a request, in words, before any call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.sagemaker.requests.errors import RequestError
from airflow_mlmax.sagemaker.rules import ERRORS, WARNINGS
from airflow_mlmax.sagemaker.secrets import secret_faults
from airflow_mlmax.sagemaker.shapes import input_faults, plain_text


@dataclass(frozen=True)
class Findings:
    """What a look at one request found."""

    errors: list[str]
    warnings: list[str]


def examine(
    operation: str, request: Mapping[str, Any], *, named: bool = True, strict: bool = False
) -> Findings:
    """Looks at a request without sending it.

    A value that the installed botocore does not list is a warning, because AWS adds instance types faster than a
    deployment updates; `strict`, for plans and tests, makes it an error. `named=False` forgives the missing name of
    a request that nobody has named yet.
    """
    resource = operation.removeprefix("Create")
    name = ("JobDefinitionName" if resource.endswith("JobDefinition") else f"{resource}Name",)
    faults = [fault for fault in input_faults(operation, request) if named or fault.path != name]
    unlisted = [fault for fault in faults if fault.kind == "enum" and not strict]
    errors = plain_text(fault for fault in faults if fault not in unlisted)
    if operation in ERRORS:
        errors += ERRORS[operation](request)
    errors += secret_faults(request)
    warnings = plain_text(unlisted)
    if operation in WARNINGS:
        warnings += WARNINGS[operation](request)
    return Findings(errors, warnings)


def refuse(
    operation: str, request: Mapping[str, Any], *, named: bool = True, strict: bool = False
) -> list[str]:
    """The warnings about a request that may be sent.

    :raises RequestError: with all faults of one that must not
    """
    findings = examine(operation, request, named=named, strict=strict)
    if findings.errors:
        raise RequestError(operation, findings.errors)
    return findings.warnings
