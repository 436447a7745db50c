"""The stack's processes: each in a process group of its own, ended as a whole, found again after a crash."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from airflow_mlmax.stack.errors import StackError


class Component:
    """One long-running program of the stack, its log file and its process group."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  our own program, no shell
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def process(self) -> psutil.Process:
        """The program's first process; raises `StackError` when it was not started or has ended."""
        if self._process is None or self._process.poll() is not None:
            raise StackError(self.obituary())
        return psutil.Process(self._process.pid)

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def obituary(self, lines: int = 15) -> str:
        status = self._process.returncode if self._process else "never started"
        return f"{self.name} is not running (exit status {status}); see {self.log}:\n{last_lines(self.log, lines)}"

    def family(self) -> list[psutil.Process]:
        """The program and everything it started, as far as it is alive."""
        return family(self._process.pid) if self._process else []

    def wait(self) -> None:
        """Collects the exit status, so that no zombie is left."""
        if self._process:
            self._process.wait()


def last_lines(path: Path, count: int) -> str:
    """The last `count` lines of a text file, or a note that there is none."""
    if not path.is_file():
        return "(no log)"
    return "\n".join(path.read_text(errors="replace").splitlines()[-count:])


def family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def end(processes: Iterable[psutil.Process], grace: float) -> None:
    """Asks each process to end and kills what is still there after `grace` seconds, with its whole group.

    A task's process leads a group of its own, so the groups of all descendants are ended, not only the first one.
    """
    members = list(processes)
    groups = set(_groups(members))
    for process in members:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(members, timeout=grace)
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=5)


def _groups(processes: Iterable[psutil.Process]) -> Iterator[int]:
    own = os.getpgrp()
    for process in processes:
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            group = os.getpgid(process.pid)
            if group != own:
                yield group


class Register:
    """The processes of the running stack, on disk, so that the next start can end what a crash left behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, components: Iterable[Component]) -> None:
        known = {process.pid: process.create_time() for item in components for process in item.family()[:1]}
        self.path.write_text(json.dumps(known))

    def end_leftovers(self) -> None:
        """Ends what an earlier stack in this folder left running, recognised by id and start time."""
        if not self.path.is_file():
            return
        for pid, created in json.loads(self.path.read_text()).items():
            processes = family(int(pid))
            if processes and abs(processes[0].create_time() - created) < 1:
                end(processes, grace=5)
        self.clear()

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)


def wait_until(ready: Callable[[], bool], what: str, timeout: float, pause: float = 0.25) -> None:
    """Asks `ready` until it is true; raises `StackError` naming `what` after `timeout` seconds."""
    limit = time.monotonic() + timeout
    while not ready():
        if time.monotonic() > limit:
            raise StackError(f"{what}: not within {timeout:.0f} seconds")
        time.sleep(pause)
