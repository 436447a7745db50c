"""The bootstrap makes `.venv` once and refuses in one line what cannot work."""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program, working in an empty folder."""
    spec = importlib.util.spec_from_file_location("bootstrap", REPOSITORY / "bootstrap.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("setup.cfg", "bootstrap.py"):
        (tmp_path / name).write_bytes((REPOSITORY / name).read_bytes())
    lock = tmp_path / "latest.txt"
    lock.write_text("uv==1\n")
    for name, value in {
        "REPOSITORY": tmp_path,
        "VENV": tmp_path / ".venv",
        "STAMP": tmp_path / ".venv" / "made-from",
        "LOCK": lock,
    }.items():
        monkeypatch.setattr(module, name, value)
    return module


def test_an_up_to_date_environment_is_left_alone(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stamp of the same metadata, lock and Python means that there is nothing to do."""
    bootstrap.VENV.mkdir()
    bootstrap.STAMP.write_text(bootstrap.fingerprint())
    monkeypatch.setattr(bootstrap, "run", lambda *_: pytest.fail("something was run"))
    bootstrap.main()


@pytest.mark.parametrize("changed", ["setup.cfg", "latest.txt"])
def test_changed_metadata_or_lock_make_it_again(bootstrap: ModuleType, changed: str) -> None:
    """The fingerprint follows what the environment is made from."""
    before = bootstrap.fingerprint()
    with (bootstrap.REPOSITORY / changed).open("a") as file:
        file.write("\n# changed\n")
    assert bootstrap.fingerprint() != before


def test_a_new_environment_is_made_installed_and_stamped(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First the venv, then uv, then the package with its lock; a second start does nothing."""
    steps: list[tuple[str, ...]] = []

    def run(_failure: str, *command: str) -> None:
        steps.append(command)
        bootstrap.VENV.mkdir(exist_ok=True)

    monkeypatch.setattr(bootstrap, "run", run)
    bootstrap.main()
    bootstrap.main()
    assert [("venv" in step, step[-1]) for step in steps] == [
        (True, str(bootstrap.VENV)),
        (False, "uv"),
        (False, f"{bootstrap.REPOSITORY}[dev]"),
    ]


def test_an_old_python_is_refused_in_one_line(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no other Python on PATH the message names the version that is needed and the one found."""
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    monkeypatch.setenv("PATH", str(bootstrap.REPOSITORY))
    with pytest.raises(
        SystemExit,
        match=r"^Python 3\.11 or newer is needed; python3 is 3\.9\.1 and no other was found on PATH\.$",
    ):
        bootstrap.use_a_supported_python()


def test_an_old_python_gives_way_to_a_newer_one(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest interpreter on PATH that starts goes on with the work; a name that does not start is passed over."""
    for name, status in {"python3.13": 127, "python3.12": 0}.items():
        program = bootstrap.REPOSITORY / name
        program.write_text(f"#!/bin/sh\nexit {status}\n")
        program.chmod(0o755)
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    monkeypatch.setenv("PATH", str(bootstrap.REPOSITORY))
    started: list[str] = []
    monkeypatch.setattr(os, "execv", lambda path, _arguments: started.append(path))
    with pytest.raises(SystemExit):
        bootstrap.use_a_supported_python()
    assert started[0] == str(bootstrap.REPOSITORY / "python3.12")


def test_a_folder_without_write_permission_is_refused_in_one_line(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write anywhere, so the answer of the system is set here."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(
        SystemExit, match=r"^No permission to write .*\.venv: clone into a folder of your own"
    ):
        bootstrap.main()


def test_a_python_without_venv_is_refused_in_one_line(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's python3 lacks ensurepip; the message names the package to install."""
    monkeypatch.setattr(bootstrap, "has_module", lambda _name: False)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _name: None)
    with pytest.raises(SystemExit, match=r"install the package python3\.\d+-venv, or uv, and try again\.$"):
        bootstrap.make_venv()


def test_a_failing_step_ends_with_its_meaning(bootstrap: ModuleType) -> None:
    """The last line says which step failed and with which status."""
    with pytest.raises(SystemExit, match=r"^The packages could not be installed \(exit status 3 of: "):
        bootstrap.run("The packages could not be installed", sys.executable, "-c", "raise SystemExit(3)")


def test_uv_asks_the_index_that_pip_was_given(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A company's mirror is set once, for pip; an explicit setting of uv wins."""
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror/simple")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    assert bootstrap.uv_environment()["UV_DEFAULT_INDEX"] == "https://mirror/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv/simple")
    assert bootstrap.uv_environment()["UV_DEFAULT_INDEX"] == "https://uv/simple"
