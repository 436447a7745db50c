"""A model as SageMaker's framework containers keep it: an archive with the model's files and `code/inference.py`."""

import importlib.util
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from .reading import DataError

MOST_BYTES = 20 << 30
MOST_FILES = 100_000
"""What an archive may unpack to."""

_SCRIPT = "code/inference.py"
_ARCHIVES = (".tar.gz", ".tgz", ".tar")


@dataclass(frozen=True)
class ScriptModel:
    """A loaded model, and the functions of its script that it has to have or may have."""

    model: Any
    input_fn: Callable[..., Any] | None
    predict_fn: Callable[..., Any]


@contextmanager
def loaded(folder: Path) -> Iterator[ScriptModel]:
    """The model of the one archive in a folder; what its script imports is forgotten at the end.

    :raises DataError: for an archive that is none, is too large or would write outside of its folder; for a script that
        is missing, cannot be imported or does not say how its rows become predictions
    """
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        unpack(_archive(folder), place)
        with _imported(place / _SCRIPT) as script:
            yield _script_model(script, place)


def unpack(archive: Path, place: Path, most_bytes: int = MOST_BYTES) -> None:
    """Unpacks an archive: no links or paths that lead out, no devices, and no more than so many bytes and files."""
    if not hasattr(tarfile, "data_filter"):
        raise DataError("this Python cannot unpack an archive safely; use 3.10.12, 3.11.4 or newer.")
    size = 0
    try:
        with tarfile.open(archive) as members:
            for number, member in enumerate(members):
                size += member.size
                if size > most_bytes or number >= MOST_FILES:
                    raise DataError(
                        f"{archive.name} unpacks to more than {most_bytes:,} bytes or {MOST_FILES:,} files."
                    )
                members.extract(member, place, filter="data")
    except tarfile.FilterError as error:
        raise DataError(f"{archive.name} is not safe to unpack: {error}") from error
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise DataError(f"{archive.name} cannot be unpacked: {error}") from error


def _archive(folder: Path) -> Path:
    found = sorted(path for path in folder.rglob("*") if path.name.endswith(_ARCHIVES))
    if len(found) != 1:
        raise DataError(f"{folder} holds {len(found)} archives of a model; one is needed.")
    return found[0]


@contextmanager
def _imported(path: Path) -> Iterator[ModuleType]:
    if not path.is_file():
        raise DataError(f"the model's archive has no {_SCRIPT}.")
    before = set(sys.modules)
    sys.path.insert(0, str(path.parent))
    try:
        yield _module(path)
    finally:
        sys.path.remove(str(path.parent))
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(path.parent)):
                del sys.modules[name]


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise DataError(f"{_SCRIPT} cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    called(_SCRIPT, spec.loader.exec_module, module)
    return module


def _script_model(script: ModuleType, place: Path) -> ScriptModel:
    if (model_fn := getattr(script, "model_fn", None)) is None:
        raise DataError(f"{_SCRIPT} has no model_fn.")
    model = called("model_fn", model_fn, str(place))
    input_fn, predict_fn = getattr(script, "input_fn", None), getattr(script, "predict_fn", None)
    if hasattr(script, "transform_fn") and not (input_fn and predict_fn):
        raise DataError(
            f"{_SCRIPT} has transform_fn, which does not show the features; give it input_fn and predict_fn too."
        )
    return ScriptModel(model, input_fn, predict_fn or _predict)


def _predict(features: Any, model: Any) -> Any:
    """Where the script has no predict_fn: probabilities, if the model has any."""
    return (model.predict_proba if hasattr(model, "predict_proba") else model.predict)(features)


def called(what: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """The answer of a function that is not ours. Raises DataError for whatever it raises."""
    try:
        return function(*arguments)
    except Exception as error:
        raise DataError(f"{what} raised {type(error).__name__}: {error}") from error
