"""How a process gets to see its own folder as /opt/ml. Isolation of paths, not a security boundary."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from airflow_mlmax.local.container.boot import remap
from airflow_mlmax.local.container.interpreters import is_python

_BOOT = Path(__file__).parent / "boot"
_PROBE_SECONDS = 20

ISOLATIONS = ("auto", "namespace", "remap")


@dataclass(frozen=True)
class Launch:
    """A program about to start."""

    command: tuple[str, ...]
    environment: dict[str, str]
    root: Path
    """What the program is to see as /opt/ml."""

    cwd: Path
    host: str
    hosts: tuple[str, ...]


class Jail(Protocol):
    """Changes a launch so that the program finds its files below /opt/ml."""

    name: str

    def wrap(self, launch: Launch) -> Launch: ...


class NamespaceJail:
    """Linux mount and UTS namespaces: any program, any language sees /opt/ml and the host name `algo-1`."""

    name = "namespace"

    def wrap(self, launch: Launch) -> Launch:
        hosts = launch.root.parent / "hosts"
        hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in ("localhost", *launch.hosts)))
        boot = (sys.executable, "-I", "-S", str(_BOOT / "namespace.py"))
        place = (str(launch.root), launch.host, str(hosts), str(launch.cwd))
        return replace(launch, command=(*boot, *place, *launch.command))


class RemapJail:
    """Rewrites `/opt/ml` in arguments, in the environment and in the string literals of the job's Python files.

    Paths put together from pieces, shell scripts, compiled code and Pythons that the job starts itself keep `/opt/ml`.
    """

    name = "remap"

    def wrap(self, launch: Launch) -> Launch:
        root = str(launch.root)
        command = [remap.moved(word, root) for word in launch.command]
        if is_python(Path(command[0]).name):
            options = _python_options(command[1:])
            command[1 + options : 1 + options] = [str(_BOOT / "remap.py"), root]
        environment = {key: remap.moved(value, root) for key, value in launch.environment.items()}
        return replace(launch, command=tuple(command), environment=environment)


def _python_options(words: list[str]) -> int:
    """How many of the words after `python` are options of Python itself."""
    count = 0
    while count < len(words) and words[count].startswith("-") and words[count] not in {"-m", "-c", "--", "-"}:
        count += 2 if words[count] in {"-W", "-X"} else 1
    return count


def choose(isolation: str) -> Jail:
    """The jail for `auto`, `namespace` or `remap`. `auto` tries a namespace once and says which one is used.

    Raises ValueError for another word, and for `namespace` on a system that does not allow one.
    """
    if isolation not in ISOLATIONS:
        raise ValueError(f"isolation {isolation!r} is not known; use one of {', '.join(ISOLATIONS)}")
    if isolation == "remap":
        return RemapJail()
    refusal = _namespace_refusal()
    if refusal is None:
        return NamespaceJail()
    if isolation == "namespace":
        raise ValueError(f"this system allows no namespaces ({refusal}); use --isolation remap")
    return RemapJail()


def _namespace_refusal() -> str | None:
    """Why a namespace cannot be had here, found out by making one; None if it can."""
    with tempfile.TemporaryDirectory(prefix="mlmax-probe-") as name:
        root = Path(name) / "ml"
        root.mkdir()
        (root / "marker").write_text("here")
        launch = NamespaceJail().wrap(
            Launch(("/bin/cat", "/opt/ml/marker"), {}, root, Path(name), "algo-1", ("algo-1",))
        )
        try:
            answer = subprocess.run(  # noqa: S603 - our own probe
                launch.command, env={}, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
    if answer.stdout == "here":
        return None
    return (answer.stderr.strip().splitlines() or ["no reason given"])[-1]
