"""The folders of jobs. One exists from the moment its job begins to run, and stays a while to be looked into."""

import re
import shutil
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_mlmax.local.store import Record

_KEPT = 20
_PART = re.compile(r"[A-Za-z0-9-]+")


class JobFolders:
    """Gives each job its folder and removes those of the jobs that were over longest ago."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)  # requests may hold secrets
        self.root = root.resolve()
        self._over: deque[Path] = deque()

    def of(self, record: "Record") -> Path:
        """The folder of a job. Raises ValueError for a name that would lead elsewhere."""
        parts = (record.region, record.kind, record.name)
        if not all(map(_PART.fullmatch, parts)):
            raise ValueError(f"job {'/'.join(parts)} cannot have a folder: use letters, digits and dashes")
        return self.root.joinpath(*parts)

    def adopt(self) -> None:
        """Count what an earlier run of the service left, oldest first."""
        found = sorted(self.root.glob("*/*/*"), key=lambda folder: folder.stat().st_mtime)
        for folder in found:
            self.over(folder)

    def over(self, folder: Path) -> None:
        """The job of this folder has ended."""
        self._over.append(folder)
        while len(self._over) > _KEPT:
            shutil.rmtree(self._over.popleft(), ignore_errors=True)
