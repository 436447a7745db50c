"""Which Python stands for which container image."""

import re
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import Any

_PYTHON = re.compile(r"python(3(\.\d+)?)?$")
_KEYS = {"image": str, "python": str, "train": list, "serve": list, "process": list, "folder": str}


def is_python(word: str) -> bool:
    """Whether a program's base name means Python: `python`, `python3`, `python3.12`."""
    return _PYTHON.match(word) is not None


@dataclass(frozen=True)
class Interpreter:
    """One line of the table: an image pattern and the Python that runs what the image would run."""

    image: str
    python: str
    train: tuple[str, ...] = ()
    """Command that stands for the image's own `train`; empty if the image can only run a given program."""

    serve: tuple[str, ...] = ()
    process: tuple[str, ...] = ()
    """Command of a processing job that names no entrypoint."""

    folder: Path | None = None
    """What the image brings with it: it is copied into the working folder of `process`."""

    def command(self, words: Sequence[str]) -> list[str]:
        """The words of an entrypoint with the image's Python, by whatever path, replaced by this one."""
        first, *rest = words
        return [self.python if is_python(Path(first).name) else first, *rest]


class Interpreters:
    """The table of images. Entries of the user's file come before the ones that ship with the package."""

    def __init__(self, path: Path | None = None) -> None:
        """Read the tables. Raises ValueError that names the file and the entry if one is not well formed."""
        shipped = files("airflow_mlmax.local.container").joinpath("interpreters.toml")
        self.source = str(path or shipped)
        """The file to edit."""
        own = _entries(path.read_text(), str(path)) if path else []
        self.entries = (*own, *_entries(shipped.read_text(), str(shipped)))

    def find(self, image: str) -> Interpreter | None:
        """The first entry whose pattern matches an image URI."""
        return next((entry for entry in self.entries if fnmatchcase(image, entry.image)), None)


def _entries(text: str, source: str) -> list[Interpreter]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{source} is not TOML: {error}") from error
    return [
        _entry(entry, f"{source}, entry {number}", Path(source).parent)
        for number, entry in enumerate(table.get("interpreter", []), 1)
    ]


def _entry(entry: dict[str, Any], where: str, beside: Path) -> Interpreter:
    wrong = [key for key, value in entry.items() if key not in _KEYS or not isinstance(value, _KEYS[key])]
    missing = {"image", "python"} - set(entry)
    if wrong or missing:
        raise ValueError(
            f"{where}: needs image and python (and folder) as text, train, serve and process as lists; see {wrong or missing}"
        )
    python = sys.executable if entry["python"] == "runtime" else str(Path(entry["python"]).expanduser())
    if not Path(python).is_file():
        raise ValueError(f"{where}: no Python at {python}")
    folder = (beside / Path(entry["folder"]).expanduser()).resolve() if "folder" in entry else None
    if folder and not folder.is_dir():
        raise ValueError(f"{where}: no folder at {folder}")
    train, serve, process = (tuple(entry.get(command, ())) for command in ("train", "serve", "process"))
    return Interpreter(entry["image"], python, train, serve, process, folder)
