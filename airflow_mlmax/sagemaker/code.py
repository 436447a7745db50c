"""A folder of scripts as SageMaker wants it: one hash that says what it holds, and the same archive for the same files."""

import gzip
import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from airflow_mlmax.sagemaker.rules.reading import part, structures

_IGNORED_FOLDERS = frozenset(
    {"__pycache__", ".git", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv"}
)
_IGNORED_ENDINGS = (".pyc", ".pyo", ".swp", "~")
_IGNORED_NAMES = frozenset({".DS_Store", ".gitignore"})
_TESTS = "tests"
_INPUT = "code"
ARCHIVE = "sagemaker_submit_directory"
"""The hyperparameter, a JSON text, in which SageMaker's framework images find their code."""

_DIGEST = re.compile(r"/([0-9a-f]{64})/")


@dataclass(frozen=True)
class SourceFolder:
    """The files of a local folder that travel with a job.

    :param path: the folder
    :param with_tests: take the folder `tests` too
    """

    path: Path
    with_tests: bool = False

    @cached_property
    def files(self) -> dict[str, Path]:
        """Files by their name relative to the folder, sorted.

        :raises ValueError: for a folder that is missing or empty, or a link that leads out of it
        """
        if not self.path.is_dir():
            raise ValueError(f"source_dir {str(self.path)!r} is no folder on this machine.")
        found = {path.relative_to(self.path).as_posix(): path for path in self._walk()}
        if not found:
            raise ValueError(f"source_dir {str(self.path)!r} holds no file.")
        root = self.path.resolve()
        for name, path in found.items():
            if not path.resolve().is_relative_to(root):
                raise ValueError(f"source_dir: {name} is a link that leads out of {str(self.path)!r}.")
        return dict(sorted(found.items()))

    @cached_property
    def digest(self) -> str:
        """SHA-256 over names, execute bits and contents, 64 hexadecimal characters; the same on every machine."""
        total = hashlib.sha256()
        for name, path in self.files.items():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{name}\0{_mode(path):o}\0{content}\n".encode())
        return total.hexdigest()

    def require(self, entry_point: str) -> None:
        """Raises ValueError if the folder does not hold the script."""
        if entry_point not in self.files:
            raise ValueError(
                f"entry_point {entry_point!r} is not in source_dir {str(self.path)!r}, which holds "
                f"{', '.join(list(self.files)[:10])}."
            )

    def archive(self) -> bytes:
        """A `tar.gz` with the files at its root; no time, owner or order of this machine in it."""
        buffer = io.BytesIO()
        with (
            gzip.GzipFile(filename="", fileobj=buffer, mode="wb", mtime=0) as zipped,
            tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            for name, path in self.files.items():
                content = path.read_bytes()
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), _mode(path)
                tar.addfile(entry, io.BytesIO(content))
        return buffer.getvalue()

    def _walk(self) -> Iterator[Path]:
        for folder, folders, names in os.walk(self.path):
            folders[:] = [name for name in folders if self._takes_folder(name)]
            for name in names:
                if name not in _IGNORED_NAMES and not name.endswith(_IGNORED_ENDINGS):
                    yield Path(folder, name)

    def _takes_folder(self, name: str) -> bool:
        return name not in _IGNORED_FOLDERS and (self.with_tests or name != _TESTS)


def code_uri(job: Any) -> str | None:
    """Where the code of a described job lies: the input of that name, else what its hyperparameters name."""
    places = [
        *(part(each, "S3Input", "S3Uri") for each in _named(job, "ProcessingInputs", "InputName")),
        *(
            part(each, "DataSource", "S3DataSource", "S3Uri")
            for each in _named(job, "InputDataConfig", "ChannelName")
        ),
        *(archive(part(job, values) or {}) for values in ("HyperParameters", "StaticHyperParameters")),
    ]
    return next((str(uri) for uri in places if uri), None)


def archive(hyperparameters: Mapping[str, Any]) -> str | None:
    """Where hyperparameters say that the code is: in S3, or in the container if a channel brings it there."""
    said = hyperparameters.get(ARCHIVE)
    return str(said).strip('"') if said else None


def code_sha256(job: Any) -> str | None:
    """`SourceFolder.digest` of the code that a described job ran, which is part of its address; None for code put elsewhere."""
    found = _DIGEST.search(code_uri(job) or "")
    return found[1] if found else None


def _named(job: Any, inputs: str, name: str) -> Iterator[Mapping[str, Any]]:
    return (each for each in structures(job, inputs) if each.get(name) == _INPUT)


def _mode(path: Path) -> int:
    return 0o755 if path.stat().st_mode & 0o100 else 0o644
