"""The gate on Spark, in an environment of its own, because Spark alone is larger than all the rest."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lake import BAD, JOB, QUARANTINE, Lake, gate

REPOSITORY = Path(__file__).parents[2]
IMAGE = "173754725891.dkr.ecr.us-east-1.amazonaws.com/sagemaker-spark-processing:3.5-cpu-py312-v1"


@pytest.mark.slow
def test_spark_says_what_duckdb_says(spark: Any) -> None:
    """The engine's tests pass, with the Java that came from PyPI."""
    told = spark.run(
        "pytest",
        "--noconftest",
        "--override-ini=filterwarnings=",
        "--override-ini=addopts=--import-mode=importlib",
        f"--override-ini=pythonpath={REPOSITORY} {REPOSITORY / 'tests'}",
        "-p",
        "no:cacheprovider",
        "-q",
        REPOSITORY / "tests/unit/quality/test_spark_engine.py",
    )
    assert "passed" in told
    assert "skipped" not in told


@pytest.mark.slow
def test_a_gate_runs_on_spark_in_a_job(
    spark: Any, endpoint: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line in the local runtime's table of interpreters stands for AWS's image."""
    from airflow_mlmax.local.server import LocalRuntime

    table = tmp_path / "interpreters.toml"
    python = spark.folder / "venv/bin/python"
    table.write_text(f'[[interpreter]]\nimage = "*/sagemaker-spark-processing:*"\npython = "{python}"\n')
    with LocalRuntime(tmp_path / "runtime", interpreters=table, stop_grace=2.0) as server:
        runtime = replace(endpoint, server=server)
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", runtime.connection())
        lake = Lake(runtime)
        place = {
            "where": "processing",
            **JOB,
            "image_uri": IMAGE,
            "max_runtime": 600,
            "code_uri": lake.uri("code"),
        }
        uri = lake.put("in/people.csv", BAD)
        told = gate(lake, data_uri=uri, policy=QUARANTINE, engine="spark", **place)
        assert told.state == "success", told.error
        verdict = json.loads(lake.get(told.xcoms["return_value"]["verdict_uri"]))
    assert verdict["engine"]["name"].startswith("spark 3.5")
    assert verdict["rows"]["bad"] == 2
