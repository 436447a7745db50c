import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from botocore.validate import ParamValidator

from airflow_mlmax.sagemaker.checks import examine
from airflow_mlmax.sagemaker.requests import (
    ModelPackageRequest,
    ModelRequest,
    MonitorRequest,
    ProcessingRequest,
    Request,
    TrainingRequest,
    TransformRequest,
    TuningRequest,
)
from airflow_mlmax.sagemaker.shapes import service_model

GOLDEN = Path(__file__).parent / "golden"
WRITE = "MLMAX_WRITE_GOLDEN"


def named(case: Any) -> tuple[str, dict[str, Any]]:
    builder = case.make()
    return builder.operation, {builder.name_key: "flights-1", **builder.request()}


def test_a_request_is_its_golden_file(case: Any) -> None:
    """Arguments give exactly the reviewed JSON; MLMAX_WRITE_GOLDEN=1 writes the files for a new review."""
    text = json.dumps(case.make().request(), indent=2, sort_keys=True) + "\n"
    path = GOLDEN / f"{case.name}.json"
    if os.environ.get(WRITE):
        path.write_text(text)
    assert path.read_text() == text


def test_botocore_accepts_every_golden_request(case: Any) -> None:
    """Botocore's own validator finds nothing in a request that the builders make."""
    operation, request = named(case)
    report = ParamValidator().validate(request, service_model().operation_model(operation).input_shape)
    assert report.generate_report() == ""


def test_the_checker_accepts_every_golden_request(case: Any) -> None:
    """Strictly checked, the golden requests have no error and no warning."""
    operation, request = named(case)
    found = examine(operation, request, strict=True)
    assert (found.errors, found.warnings) == ([], [])


def test_building_is_pure(case: Any) -> None:
    """The same arguments give an equal request each time, which no caller can change for the next."""
    builder = case.make()
    first = builder.request()
    copy = json.loads(json.dumps(first))
    first.clear()
    assert builder.request() == copy


@pytest.mark.parametrize(
    "kind",
    [
        *(ProcessingRequest, TrainingRequest, TuningRequest, TransformRequest, ModelRequest),
        *(ModelPackageRequest, MonitorRequest),
    ],
    ids=lambda kind: kind.__name__,
)
def test_every_argument_is_in_a_golden_file(kind: type[Request], builders: list[Request]) -> None:
    """No argument of a family is without a reviewed request that uses it."""
    used = {
        each.name
        for builder in builders
        if isinstance(builder, kind)
        for each in fields(builder)
        if getattr(builder, each.name) != each.default
    }
    shared = {"config", "extra", "security", "role_arn"}
    assert {each.name for each in fields(kind)} - used <= shared
