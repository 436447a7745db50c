"""The wheel under the Airflow versions of Amazon MWAA, installed with MWAA's own constraints."""

from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
OPERATOR_TESTS = [
    *(REPOSITORY / "tests/unit" / part for part in ("hooks", "operators", "sensors", "triggers")),
    REPOSITORY / "tests/conformance/test_operators.py",
    REPOSITORY / "tests/unit/notifications/test_notifier.py",
    REPOSITORY / "tests/unit/planning/test_plan.py",
]
ENGINE_TESTS = REPOSITORY / "tests/unit/quality/test_equality.py"
"""Of these the ones with fixed rows: pandas, pyarrow and marshmallow are others than in the development environment."""


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.2.1", "3.3.1"])
def test_the_wheel_works_on_mwaa(version: str, wheel: Path, environment: Any, python_312: str) -> None:
    """It installs, is listed as a provider, imports the DAGs and passes the tests of operators and engines."""
    environment.create(python_312)
    parts = ("airflow_constraints", "mwaa_essential_constraints")
    environment.install(
        f"{wheel}[local,flights,quality]",
        f"apache-airflow=={version}",
        "pytest",
        "hypothesis",
        constraints=[REPOSITORY / f"constraints/{version}-{part}.txt" for part in parts],
    )
    assert "airflow-mlmax" in environment.providers()
    assert {"flights_training", "flights_inference"} <= set(environment.dags())
    # Deprecations of an older Airflow's own dependencies are not ours to fail on.
    assert "passed" in environment.run(
        "pytest",
        "--override-ini=filterwarnings=",
        "--override-ini=addopts=--import-mode=importlib",
        "-q",
        *OPERATOR_TESTS,
        f"{ENGINE_TESTS}::test_an_engine_says_of_a_file_what_pandas_users_see",
        f"{ENGINE_TESTS}::test_texts_become_the_values_that_they_are_declared_as",
    )
