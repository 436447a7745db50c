"""The wheel as users install it, and fresh environments to install it into."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")

IMPORT_DAGS = """
import sys
from airflow.dag_processing.dagbag import DagBag

bag = DagBag(sys.argv[1])
assert not bag.import_errors, bag.import_errors
print("\\n".join(bag.dags))
"""


def run(*command: object, environment: dict[str, str] | None = None) -> str:
    """Runs a program to its end and gives its output; fails the test with the output when it fails."""
    hidden = ("AIRFLOW", "COVERAGE", "PYTHONPATH")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    words = [str(part) for part in command]
    done = subprocess.run(
        words, env={**clean, **(environment or {})}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{words}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    return done.stdout


@dataclass(frozen=True)
class Environment:
    """A virtual environment without the repository on its path."""

    folder: Path

    def create(self, python: str) -> None:
        run(UV, "venv", "--quiet", "--no-config", "--python", python, self.folder / "venv")

    def install(self, *packages: str, constraints: Sequence[Path]) -> None:
        pins = [word for path in constraints for word in ("--constraint", path)]
        run(UV, "pip", "install", "--quiet", "--python", self.folder / "venv/bin/python", *pins, *packages)

    def run(self, program: str, *arguments: object) -> str:
        own = {
            "AIRFLOW_HOME": str(self.folder / "airflow"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            # Spark's Java compiles quickly instead of well: it lives for a minute.
            "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        }
        return run(self.folder / "venv/bin" / program, *arguments, environment=own)

    def dags(self) -> list[str]:
        """The ids of the repository's DAGs; fails when one does not import."""
        return self.run("python", "-c", IMPORT_DAGS, REPOSITORY / "dags").splitlines()

    def providers(self) -> str:
        return self.run("airflow", "providers", "list", "--output", "plain")


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Spark without Airflow: what a processing job has."""
    made = Environment(tmp_path_factory.mktemp("spark"))
    made.create(sys.executable)
    made.install(*extra("quality"), *extra("spark"), "pytest", constraints=[])
    return made


def extra(name: str) -> list[str]:
    """What an extra of the package installs, other extras left out."""
    setup = ConfigParser()
    setup.read(REPOSITORY / "setup.cfg")
    words = setup["options.extras_require"][name].strip().splitlines()
    return [word for word in words if not word.startswith("airflow-mlmax")]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's wheel, built from a copy, so that no old build folder can slip files into it."""
    source = tmp_path_factory.mktemp("source")
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source / name)
    no_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "airflow_mlmax", source / "airflow_mlmax", ignore=no_caches)
    run(UV, "build", "--quiet", "--wheel", "--out-dir", source / "dist", source)
    [built] = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="session")
def python_312() -> str:
    """MWAA's Python where this machine has one, else the Python of this test run."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    uv = Path.home() / ".local/share/uv/python"
    found = [
        shutil.which("python3.12"),
        *sorted(pyenv.glob("3.12.*/bin/python3.12")),
        *sorted(uv.glob("cpython-3.12*/bin/python3.12")),
    ]
    return next((str(python) for python in found if python and _starts(python)), sys.executable)


def _starts(python: object) -> bool:
    # pyenv puts names on PATH that only say that another version should be chosen.
    return subprocess.run([str(python), "--version"], capture_output=True, check=False).returncode == 0
