"""What a process sees as /opt/ml."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_mlmax.local.container import jail
from airflow_mlmax.local.container.jail import Jail, Launch, NamespaceJail, RemapJail

NAMESPACES = jail.choose("auto").name == "namespace"
needs_namespaces = pytest.mark.skipif(not NAMESPACES, reason="this system allows no namespaces")
JAILS = [
    pytest.param(RemapJail(), id="remap"),
    pytest.param(NamespaceJail(), id="namespace", marks=needs_namespaces),
]


def run(chosen: Jail, folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "ml").mkdir(exist_ok=True)
    given = {"PATH": os.environ["PATH"], **environment}
    launch = chosen.wrap(Launch(command, given, folder / "ml", folder, "algo-1", ("algo-1", "algo-2")))
    return subprocess.run(
        launch.command, env=launch.environment, cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("chosen", JAILS)
def test_python_sees_its_own_folder(chosen: Jail, tmp_path: Path) -> None:
    """A Python program reads and writes below /opt/ml, which is its own folder, and nothing appears on the system."""
    (tmp_path / "ml").mkdir()
    (tmp_path / "ml" / "in").write_text("mine")
    script = tmp_path / "script.py"
    script.write_text("open('/opt/ml/out', 'w').write(open('/opt/ml/in').read())")
    answer = run(chosen, tmp_path, sys.executable, str(script))
    assert answer.stderr == ""
    assert (tmp_path / "ml" / "out").read_text() == "mine"
    assert not Path("/opt/ml/out").exists()


@pytest.mark.parametrize("chosen", JAILS)
def test_arguments_and_environment(chosen: Jail, tmp_path: Path) -> None:
    """Paths in arguments and variables lead into the job's folder in any program."""
    (tmp_path / "ml").mkdir()
    (tmp_path / "ml" / "in").write_text("mine")
    assert run(chosen, tmp_path, "cat", "/opt/ml/in").stdout == "mine"
    assert run(chosen, tmp_path, "sh", "-c", 'cat "$FILE"', FILE="/opt/ml/in").stdout == "mine"


@pytest.mark.parametrize("chosen", JAILS)
@pytest.mark.parametrize(
    "options", [["-u"], ["-W", "error"], ["-X", "utf8", "-B"]], ids=lambda options: options[0]
)
def test_options_of_python(chosen: Jail, tmp_path: Path, options: list[str]) -> None:
    """Options before the script stay options of Python."""
    assert run(chosen, tmp_path, sys.executable, *options, "-c", "print('/opt/ml')").stdout.endswith("ml\n")


@pytest.mark.parametrize("chosen", JAILS)
def test_exit_code(chosen: Jail, tmp_path: Path) -> None:
    """The program's exit code comes through."""
    assert run(chosen, tmp_path, sys.executable, "-c", "raise SystemExit(7)").returncode == 7


@needs_namespaces
def test_namespace_names_the_hosts(tmp_path: Path) -> None:
    """In a namespace the host is called algo-1, and all hosts of the job have an address."""
    code = "import socket; print(socket.gethostname(), socket.gethostbyname('algo-2'))"
    assert run(NamespaceJail(), tmp_path, sys.executable, "-c", code).stdout == "algo-1 127.0.0.1\n"


@needs_namespaces
def test_namespace_keeps_the_rest_of_opt(tmp_path: Path) -> None:
    """Interpreters that are installed below /opt stay where they are."""
    before = {entry.name for entry in Path("/opt").iterdir()}
    listed = set(run(NamespaceJail(), tmp_path, "ls", "-A", "/opt").stdout.split())
    assert listed == before | {"ml"}
    assert {entry.name for entry in Path("/opt").iterdir()} == before


@needs_namespaces
def test_namespace_and_unknown_program(tmp_path: Path) -> None:
    """A program that does not exist ends as in a shell."""
    answer = run(NamespaceJail(), tmp_path, "no-such-program")
    assert (answer.returncode, answer.stderr) == (
        127,
        "cannot run no-such-program: No such file or directory\n",
    )


@needs_namespaces
@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_namespace_of_an_ordinary_user(tmp_path: Path) -> None:
    """Without root a user namespace does it: the user keeps the number and owns the files."""
    folder = Path("/tmp") / f"mlmax-{tmp_path.name}-{os.getpid()}"  # noqa: S108 - pytest's folders are root's alone
    folder.mkdir()
    boot = folder / "namespace.py"
    boot.write_text((jail._BOOT / "namespace.py").read_text())
    (folder / "ml").mkdir()
    (folder / "hosts").write_text("127.0.0.1 localhost algo-1\n")
    for path in (folder, folder / "ml"):
        os.chown(path, 65534, 65534)
    try:
        answer = subprocess.run(
            ["/usr/bin/python3", "-I", "-S", str(boot), str(folder / "ml"), "algo-1", str(folder / "hosts"),
             str(folder), "sh", "-c", "id -u > /opt/ml/out; hostname"],
            capture_output=True, text=True, check=False, user=65534, group=65534, extra_groups=[],
        )  # fmt: skip
        assert (answer.stdout, answer.stderr) == ("algo-1\n", "")
        assert (folder / "ml" / "out").read_text() == "65534\n"
        assert (folder / "ml" / "out").stat().st_uid == 65534
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_refused_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where namespaces are refused, `auto` rewrites paths and `namespace` says why it cannot."""
    monkeypatch.setattr(jail, "_BOOT", Path("/no/boot"))
    assert jail.choose("auto").name == "remap"
    with pytest.raises(ValueError, match=r"no namespaces \(.*use --isolation remap"):
        jail.choose("namespace")


def test_unknown_isolation() -> None:
    """Another word is refused with the words there are."""
    with pytest.raises(ValueError, match="use one of auto, namespace, remap"):
        jail.choose("docker")
