"""Scripts of the DAG's own that run before and after an analysis.

Their contract is that of the page "Preprocessing and Postprocessing" of SageMaker's developer guide:
`preprocess_handler(inference_record)` makes a flat dict of a captured record, or an empty list where it is to be left
out, and may take a logger too; `postprocess_handler()` runs when the report is written.
"""

import inspect
import logging
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .payloads import Row
from .reading import DataError

_BEFORE, _AFTER = "preprocess_handler", "postprocess_handler"


def preprocessor(path: Path) -> Callable[[Mapping[str, Any]], list[Row]]:
    """The rows that a script makes of a captured record.

    Names that are all digits are positions of columns, as in the example of that page.

    :raises DataError: for a script without the function
    """
    function = _function(path, _BEFORE)
    more = [logging.getLogger(path.stem)] if len(inspect.signature(function).parameters) > 1 else []

    def rows(record: Mapping[str, Any]) -> list[Row]:
        try:
            made = function(_InferenceRecord(record), *more)
        except Exception as error:
            raise DataError(f"{path.name}: {_BEFORE} raised {type(error).__name__}: {error}") from error
        found = made if isinstance(made, list) else [made]
        if not all(isinstance(each, dict) for each in found):
            raise DataError(
                f"{path.name}: {_BEFORE} gave {type(made).__name__}; give a dict, or an empty list to leave a record out."
            )
        return [{f"_{int(k)}" if str(k).isdigit() else str(k): v for k, v in each.items()} for each in found]

    return rows


def postprocess(path: Path) -> None:
    """Runs the function of a script.

    :raises DataError: if there is none, or it raised
    """
    function = _function(path, _AFTER)
    try:
        function()
    except Exception as error:
        raise DataError(f"{path.name}: {_AFTER} raised {type(error).__name__}: {error}") from error


def _function(path: Path, name: str) -> Callable[..., Any]:
    if not path.is_file():
        raise DataError(f"there is no script {path}.")
    try:
        found = runpy.run_path(str(path)).get(name)
    except Exception as error:
        raise DataError(f"{path.name} cannot be loaded: {type(error).__name__}: {error}") from error
    if not callable(found):
        raise DataError(f"{path.name} has no function {name}.")
    loaded: Callable[..., Any] = found
    return loaded


class _InferenceRecord:
    """A captured record in the words of the page; `event_data` is what its older samples use."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        metadata, data = record.get("eventMetadata") or {}, record.get("captureData") or {}
        self.event_dict = record
        self.event_version = record.get("eventVersion")
        self.event_metadata = SimpleNamespace(
            event_id=metadata.get("eventId"),
            inference_id=metadata.get("inferenceId"),
            event_time=metadata.get("inferenceTime"),
            custom_attribute=metadata.get("customAttributes"),
        )
        self.endpoint_input = _side(data.get("endpointInput"))
        self.endpoint_output = _side(data.get("endpointOutput"))
        self.event_data = SimpleNamespace(
            endpointInput=self.endpoint_input, endpointOutput=self.endpoint_output
        )

    def as_dict(self) -> Mapping[str, Any]:
        """The record as it was captured."""
        return self.event_dict


def _side(payload: Mapping[str, Any] | None) -> SimpleNamespace | None:
    if payload is None:
        return None
    return SimpleNamespace(
        **{name: payload.get(name) for name in ("data", "encoding", "mode", "observedContentType")},
        observed_content_type=payload.get("observedContentType"),
    )
