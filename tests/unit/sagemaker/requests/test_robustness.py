from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_mlmax.sagemaker.checks import examine
from airflow_mlmax.sagemaker.requests import (
    ModelRequest,
    ProcessingRequest,
    Request,
    RequestError,
    TrainingRequest,
    TransformRequest,
    TuningRequest,
)
from airflow_mlmax.sagemaker.shapes import known_members

BLOCK = {
    "volume_kms_key": "k",
    "output_kms_key": "k",
    "subnets": ["s"],
    "security_group_ids": ["g"],
    "required": True,
}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["S3Uri", "VpcConfig", "InstanceType", "Outputs", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "kind",
    [ProcessingRequest, TrainingRequest, TuningRequest, TransformRequest, ModelRequest],
    ids=lambda kind: kind.__name__,
)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_config_breaks_builder_or_checker(kind: type[Request], data: st.DataObject) -> None:
    """Whatever a raw config holds, it is refused with faults or built, and then checked; nothing else is raised."""
    members = sorted(known_members(kind.operation) - {kind.name_key, "Tags"})
    config: dict[str, Any] = data.draw(st.dictionaries(st.sampled_from(members), anything, max_size=4))
    try:
        request = kind(config=config, security=data.draw(st.sampled_from([None, BLOCK]))).request()
    except RequestError as refused:
        answer = refused.faults
    else:
        answer = [*examine(kind.operation, request).errors, "built"]
    assert answer
