"""Scripts as a DAG's author writes them for a monitor."""

from typing import Any


def preprocess_handler(inference_record: Any) -> dict[str, float]:
    first, second = inference_record.endpoint_input.data.split(",")
    return {"first": float(first), "second": float(second)}


def postprocess_handler() -> None:
    """Nothing more to do."""
