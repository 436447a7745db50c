"""What a container may rely on in every family: its files below /opt/ml and its environment."""

import json
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from airflow_mlmax.local.container.interpreters import Interpreter
from airflow_mlmax.local.jobs.job import Job, JobError

OPT_ML = PurePosixPath("/opt/ml")

_LONGEST_TEXT = 1024
_PASSED_ON = ("PATH", "LANG", "LD_LIBRARY_PATH", "TMPDIR", "TZ")
"""The only variables of the runtime's own environment that a job gets: the rest may hold secrets."""


def place(root: Path, path: str) -> Path:
    """Where a path below /opt/ml lies in the folder that stands for it. Raises JobError for any other path."""
    target = PurePosixPath(path)
    if not target.is_relative_to(OPT_ML) or ".." in target.parts:
        raise JobError(f"ClientError: local path {path} is not below {OPT_ML}")
    return root / target.relative_to(OPT_ML)


def environment(job: Job, interpreter: Interpreter, *more: Mapping[str, str]) -> dict[str, str]:
    """Variables of a process, the later of `more` winning: the service's own, then what the request gives."""
    own = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    python_folder = str(Path(interpreter.python).parent)
    variables = {
        **own,
        "PATH": f"{python_folder}{os.pathsep}{own.get('PATH', os.defpath)}",
        "HOME": str(job.folder),
        "PYTHONUNBUFFERED": "1",
        # Jobs share the machine: threads that spin for a core which another job has would bring both to a halt.
        "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // job.site.engine.workers)),
        "OMP_WAIT_POLICY": "passive",
        "AWS_REGION": job.region,
        "AWS_DEFAULT_REGION": job.region,
        "AWS_ENDPOINT_URL": job.site.endpoint(),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for mapping in more:
        variables |= mapping
    return variables


def write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def first_text(path: Path) -> str | None:
    """The first 1024 characters of a text that the job may have left; None if it left none."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_LONGEST_TEXT).strip() or None
    except OSError:
        return None
