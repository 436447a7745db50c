"""Packages that a job's own requirements.txt asks for, installed for that job alone: its interpreter belongs to all."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from airflow_mlmax.local.container.interpreters import Interpreter
from airflow_mlmax.local.jobs.hosts import Host
from airflow_mlmax.local.jobs.job import Job

_FILE = "requirements.txt"
_PASSED_ON = ("PIP_", "UV_", "SSL_CERT_", "REQUESTS_CA_")
_NAMES_PASSED_ON = {
    "HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
}  # fmt: skip
"""Variables of the runtime's own environment that an installation may need."""


def are_in(code: Path) -> bool:
    """Whether a folder with code names requirements."""
    return (code / _FILE).is_file()


def install(  # noqa: PLR0917 - what is installed where, by and for whom
    job: Job,
    host: Host,
    interpreter: Interpreter,
    code: Path,
    packages: Path,
    environment: Mapping[str, str],
    on_line: Callable[[str], None] | None = None,
) -> int:
    """Exit code of the installation of `code/requirements.txt` into the folder `packages`, run on `host`."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(_PASSED_ON) or name in _NAMES_PASSED_ON
    }
    command = [*_installer(interpreter.python), "--target", str(packages), "-r", _FILE]
    return job.run_process(
        command,
        environment={**environment, **passed},
        folder=host.ml,
        cwd=code,
        host=host.name,
        on_line=on_line,
    )


def _installer(python: str) -> list[str]:
    uv = shutil.which("uv", path=f"{Path(python).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    return [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
