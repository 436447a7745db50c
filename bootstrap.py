"""Makes `.venv` with the package and everything its tests need; does nothing when it is up to date.

Runs on the machine's own Python, also on one that is too old, to be able to say so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
REPOSITORY = Path(__file__).resolve().parent
VENV = REPOSITORY / ".venv"
LOCK = REPOSITORY / "constraints" / "latest.txt"
STAMP = VENV / "made-from"


def main() -> None:
    use_a_supported_python()
    if STAMP.is_file() and STAMP.read_text() == fingerprint():
        return
    if not os.access(VENV if VENV.exists() else REPOSITORY, os.W_OK):
        sys.exit(f"No permission to write {VENV}: clone into a folder of your own, or change its owner.")
    say(f"making {VENV} (a minute or two the first time)")
    make_venv()
    install()
    STAMP.write_text(fingerprint())


def use_a_supported_python() -> None:
    """Goes on under another interpreter of this machine when this one is too old."""
    if sys.version_info[:2] >= OLDEST:
        return
    for minor in range(20, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and works(found):
            os.execv(found, [found, *sys.argv])  # noqa: S606  no shell wanted
    version = ".".join(map(str, sys.version_info[:3]))
    sys.exit(
        f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; python3 is {version} and no other was found on PATH."
    )


def works(python: str) -> bool:
    """Whether the program starts: pyenv puts names on PATH that do not."""
    return subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0  # noqa: S603


def fingerprint() -> str:
    """Changes whenever the environment has to be made again: other metadata, lock, interpreter or place."""
    parts = [REPOSITORY / "setup.cfg", REPOSITORY / "bootstrap.py", LOCK]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in parts))
    digest.update(f"{sys.version_info[:2]} {VENV}".encode())
    return digest.hexdigest()


def make_venv() -> None:
    """Keeps an environment of the same Python, so that a changed lock costs only the difference."""
    if environment_version() == sys.version_info[:2]:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    uv = shutil.which("uv")
    if has_module("ensurepip"):
        run("The environment could not be made", sys.executable, "-m", "venv", str(VENV))
    elif uv:
        run(
            "The environment could not be made",
            uv,
            "venv",
            "--quiet",
            "--seed",
            "-p",
            sys.executable,
            str(VENV),
        )
    else:
        package = f"python3.{sys.version_info[1]}-venv"
        sys.exit(f"This Python has no venv module: install the package {package}, or uv, and try again.")


def environment_version() -> tuple[int, ...] | None:
    python = VENV / "bin" / "python"
    if not python.exists():
        return None
    code = "import sys; print(*sys.version_info[:2])"
    answer = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    return tuple(map(int, answer.stdout.split())) if answer.returncode == 0 else None


def has_module(name: str) -> bool:
    code = [sys.executable, "-c", f"import {name}"]
    return subprocess.run(code, capture_output=True, check=False).returncode == 0  # noqa: S603


def install() -> None:
    python = str(VENV / "bin" / "python")
    pip = [python, "-m", "pip", "--quiet", "--quiet", "--disable-pip-version-check", "install"]
    run("uv could not be installed", *pip, "--constraint", str(LOCK), "uv")
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--python", python]
    # Compiled once here, instead of by every process that imports Airflow.
    packages = ["--compile-bytecode", "--constraint", str(LOCK), "--editable", f"{REPOSITORY}[dev]"]
    run("The packages could not be installed", *uv, *packages)


def run(failure: str, *command: str) -> None:
    """Runs one step; its own messages come through, `failure` is the last line."""
    status = subprocess.run(command, cwd=REPOSITORY, env=uv_environment(), check=False).returncode  # noqa: S603
    if status:
        sys.exit(f"{failure} (exit status {status} of: {' '.join(command[:4])} ...).")


def uv_environment() -> dict[str, str]:
    """Lets uv look where pip was told to look, unless it was told otherwise."""
    environment = dict(os.environ)
    index = environment.get("PIP_INDEX_URL")
    if index:
        environment.setdefault("UV_DEFAULT_INDEX", index)
    return environment


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
