"""`mlmax demo` finds the demo by its folder, breaks a day and repairs it, and says what comes next."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_mlmax.cli import main
from airflow_mlmax.stack.environment import Layout
from airflow_mlmax.stack.flights import BUCKET

KEY = "landing/flights/date=2013-07-03/flights.csv"
TEXT = "flight_key,carrier\n" + "".join(f"{number},UA\n" for number in range(30))


@pytest.fixture
def state(runtime: Any, tmp_path: Path) -> Iterator[list[str]]:
    """The options that name a demo which is up."""
    s3 = runtime.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=TEXT.encode())
    Layout(tmp_path).addresses.write_text(
        json.dumps({"airflow": "http://127.0.0.1:9", "runtime": runtime.url})
    )
    yield ["--state", str(tmp_path), "--day", "2013-07-03"]
    for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=item["Key"])
    s3.delete_bucket(Bucket=BUCKET)


def stored(runtime: Any) -> str:
    text: str = runtime.client("s3").get_object(Bucket=BUCKET, Key=KEY)["Body"].read().decode()
    return text


def test_a_day_is_broken_and_repaired(
    runtime: Any, state: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command says what it did and what to do next."""
    assert main(["demo", "corrupt", *state, "--how", "nulls"]) == 0
    assert "0,\n" in stored(runtime)
    said = capsys.readouterr().out
    assert f"broken  s3://{BUCKET}/{KEY}: every 20th flight has no carrier" in said
    assert f"kept    s3://{BUCKET}/originals/flights/date=2013-07-03/" in said
    assert "http://127.0.0.1:9/dags/flights_inference Trigger > Backfill, 2013-07-03 to 2013-07-03" in said
    assert "mlmax demo repair --day 2013-07-03" in said
    assert main(["demo", "repair", *state]) == 0
    assert stored(runtime) == TEXT
    assert f"whole   s3://{BUCKET}/{KEY}" in capsys.readouterr().out
    assert main(["demo", "repair", *state]) == 0
    assert "nothing to repair" in capsys.readouterr().out


def test_without_a_demo_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says how to start one."""
    assert main(["demo", "repair", "--state", str(tmp_path), "--day", "2013-07-03"]) == 1
    assert capsys.readouterr().err.startswith(
        f"mlmax: no demo is up on {tmp_path}: start it with `make demo`"
    )


def test_an_unknown_damage_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    assert main(["demo", "corrupt", "--day", "2013-07-03", "--how", "fire"]) == 2
    assert "negative-distance" in capsys.readouterr().err
