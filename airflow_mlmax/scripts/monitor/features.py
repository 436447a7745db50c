"""The features of sampled rows as a model's script makes them, and predictions of rows put together from them."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .model import ScriptModel, called
from .reading import DataError
from .sampling import Sample
from .sketch import Floats
from .table import Indexes


class Features(Protocol):
    """A table of features from which rows can be put together: feature j of row i from row `source[i, j]`."""

    @property
    def names(self) -> Sequence[str]: ...

    def __len__(self) -> int: ...

    def mixed(self, source: Indexes) -> Any: ...


class FrameFeatures:
    """Features in a pandas DataFrame; each column keeps its type, be it numbers, texts or categories."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self.names = [str(name) for name in frame.columns]
        self._columns = [frame.iloc[:, place].array for place in range(frame.shape[1])]

    def __len__(self) -> int:
        return len(self._frame)

    def mixed(self, source: Indexes) -> Any:
        made = {place: column.take(source[:, place]) for place, column in enumerate(self._columns)}
        frame = type(self._frame)(made)
        frame.columns = self._frame.columns
        return frame


class ArrayFeatures:
    """Features in an array of two dimensions."""

    def __init__(self, table: NDArray[Any], names: Sequence[str]) -> None:
        self._table = table
        width = table.shape[1]
        self.names = list(names) if len(names) == width else [f"feature_{place}" for place in range(width)]

    def __len__(self) -> int:
        return len(self._table)

    def mixed(self, source: Indexes) -> Any:
        return np.take_along_axis(self._table, source, axis=0)


def features(model: ScriptModel, sample: Sample, content_type: str, header: bool) -> Features:
    """What `input_fn` makes of the sampled rows; their numbers as they are where the script has none.

    :raises DataError: for anything but a DataFrame or an array, or another number of rows than were given
    """
    if model.input_fn is None:
        made: Any = _numbers(sample)
    else:
        made = called("input_fn", model.input_fn, sample.body(content_type, header), content_type)
    found: Features
    if hasattr(made, "iloc") and hasattr(made, "columns"):
        found = FrameFeatures(made)
    elif getattr(table := np.asarray(made), "ndim", 0) == 2 and table.shape[1]:  # noqa: PLR2004  a table has two dimensions
        found = ArrayFeatures(table, sample.names)
    else:
        raise DataError(
            f"input_fn gave {type(made).__name__}; a DataFrame or an array of two dimensions is needed."
        )
    if len(found) != len(sample.rows):
        raise DataError(f"input_fn made {len(found)} rows of {len(sample.rows)}; it must keep each.")
    if len(set(found.names)) < len(found.names):
        raise DataError("input_fn made two features of one name.")
    return found


def predictions(model: ScriptModel, table: Any) -> Floats:
    """One number for each row; of probabilities by class those of the last class.

    :raises DataError: for anything else
    """
    answer = called("predict_fn", model.predict_fn, table, model.model)
    try:
        found = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(
            "predict_fn gave something that is no number; attributions need one for each row."
        ) from None
    found = found[:, -1] if found.ndim == 2 else found  # noqa: PLR2004  rows and classes
    if found.shape != (len(table),):
        raise DataError(
            f"predict_fn gave the shape {found.shape} for {len(table)} rows; one number a row is needed."
        )
    if not np.isfinite(found).all():
        raise DataError("predict_fn gave a value that is not finite.")
    return found


def _numbers(sample: Sample) -> Floats:
    try:
        return np.array([[np.nan if each is None else float(each) for each in row] for row in sample.rows])
    except ValueError:
        raise DataError(
            "the data have texts, and code/inference.py has no input_fn that makes features of them."
        ) from None
