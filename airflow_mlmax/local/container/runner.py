"""One process of a job: its own process group, its output line by line, and an end that leaves nothing behind."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from airflow_mlmax.local.container.jail import Launch

LONGEST_LINE = 64 * 1024
"""Bytes of one log event; a longer line is cut into several."""

_DRAIN = 5.0
"""Seconds to wait for the last output of a program that has ended."""

_NOT_FOUND = 127


class Process:
    """A running program. It can be waited for in one thread and ended from any other."""

    def __init__(self, launch: Launch, on_line: Callable[[str], None], *, pid_file: Path) -> None:
        self.launch = launch
        self.on_line = on_line
        self.pid_file = pid_file
        self._popen: subprocess.Popen[bytes] | None = None
        self._reader = threading.Thread(target=self._read, name="job output", daemon=True)
        self._timers: list[threading.Timer] = []
        self._lock = threading.Lock()
        self._ended = False

    def start(self) -> None:
        """Start the program; one that does not exist ends with code 127, as in a shell."""
        launch = self.launch
        launch.cwd.mkdir(parents=True, exist_ok=True)
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - running the user's program is the purpose
                launch.command,
                env=launch.environment,
                cwd=launch.cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        except OSError as error:
            self._ended = True
            self.on_line(f"cannot run {launch.command[0]}: {error.strerror}")
            return
        self.pid_file.write_text(json.dumps({"pid": self._popen.pid, "started": start_time(self._popen.pid)}))
        self._reader.start()

    def wait(self) -> int:
        """Exit code, when the program has ended and its output is read. What it left running is killed."""
        if self._popen is None:
            return _NOT_FOUND
        _wait_unreaped(self._popen.pid)
        with self._lock:
            self._signal(signal.SIGKILL)
            code = self._popen.wait()
            self._ended = True
        for timer in self._timers:
            timer.cancel()
        self._reader.join(_DRAIN)
        self.pid_file.unlink(missing_ok=True)
        return code

    def terminate(self, grace: float) -> None:
        """SIGTERM to the whole group, SIGKILL after `grace` seconds."""
        with self._lock:
            self._signal(signal.SIGTERM)
        self.later(grace, self.kill)

    def kill(self) -> None:
        with self._lock:
            self._signal(signal.SIGKILL)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` after some seconds, unless the program has ended by then."""
        timer = threading.Timer(seconds, action)
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def _signal(self, number: int) -> None:
        if self._popen and not self._ended:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, number)

    def _read(self) -> None:
        output = self._popen.stdout if self._popen else None
        if output is None:
            return
        with output:
            while line := output.readline(LONGEST_LINE):
                self.on_line(line.decode(errors="replace").rstrip("\r\n"))


def _wait_unreaped(pid: int) -> None:
    """Wait without reaping: the number stays taken, so that its group can still be signalled safely."""
    if hasattr(os, "waitid"):  # macOS has it from Python 3.13 on
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def start_time(pid: int) -> str | None:
    """When a process began, as the system tells it; None for no such process. Tells a reused number apart."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return _start_time_by_ps(pid)
    return stat.rpartition(")")[2].split()[19]


def _start_time_by_ps(pid: int) -> str | None:
    if Path("/proc/self/stat").exists():
        return None
    answer = subprocess.run(  # noqa: S603 - fixed words and a number
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or None


def kill_leftovers(folder: Path) -> None:
    """Kill the process groups that a killed runtime left running for the job of this folder."""
    for pid_file in folder.glob("*.pid"):
        with suppress(ValueError, KeyError, ProcessLookupError, PermissionError):
            left = json.loads(pid_file.read_text())
            if left["started"] and start_time(left["pid"]) == left["started"]:
                os.killpg(left["pid"], signal.SIGKILL)
        pid_file.unlink(missing_ok=True)
