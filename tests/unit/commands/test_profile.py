"""`mlmax profile` on real files and a real S3: what it writes, what it says, how it refuses."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlmax.cli import main
from airflow_mlmax.quality.suites import load_suite

FLIGHTS = "key,origin,late\n" + "".join(
    f"K{number},{'EWR' if number % 3 else 'JFK'},{'true' if number % 4 else 'false'}\n"
    for number in range(200)
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with data, and none of the caller's AWS settings."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "AWS_PROFILE",
        "AWS_ENDPOINT_URL",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    ):
        monkeypatch.setenv(name, "")  # so that what the command sets is taken back
        monkeypatch.delenv(name)
    Path("flights.csv").write_text(FLIGHTS)
    return tmp_path


def landed(runtime: Any, **objects: str) -> str:
    bucket, s3 = f"lake-{uuid4()}", runtime.client("s3")
    s3.create_bucket(Bucket=bucket)
    for name, text in objects.items():
        s3.put_object(Bucket=bucket, Key=f"flights/{name.replace('_csv', '.csv')}", Body=text.encode())
    return f"s3://{bucket}/flights"


def test_a_file_gives_a_suite_and_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    """Named after the data, in this folder; the suite is one the gate reads, with a line for each check."""
    assert main(["profile", "flights.csv", "--target", "late"]) == 0
    text = Path("flights.suite.json").read_text()
    suite = load_suite(text)
    assert (suite.name, suite.columns) == (
        "flights",
        {"key": "string", "origin": "string", "late": "boolean"},
    )
    assert sum(line.startswith('  {"type": "expect_') for line in text.splitlines()) == len(suite.checks)
    assert Path("flights.profile.html").read_text().startswith("<!doctype html>")
    shown = capsys.readouterr().out
    assert "flights.csv  200 rows, 3 columns" in shown
    assert "key has another value in every row" in shown
    assert "suite   flights.suite.json" in shown


def test_everything_can_be_named() -> None:
    """Files go where they are told, folders are made, figures are JSON."""
    asked = [
        "--output-suite",
        "deep/landing.json",
        "--report",
        "deep/page.html",
        "--json",
        "deep/figures.json",
    ]
    assert main(["profile", "flights.csv", "--type", "late=string", "--sensitive", "origin", *asked]) == 0
    suite = json.loads(Path("deep/landing.json").read_text())
    assert suite["meta"]["columns"]["late"] == "string"
    assert suite["meta"]["sensitive"] == ["origin"]
    assert "EWR" not in Path("deep/page.html").read_text()
    assert json.loads(Path("deep/figures.json").read_text())["rows"] == 200


def test_a_folder_is_one_data_set(tmp_path: Path) -> None:
    """All files below it, but not what lies beside data."""
    for day in ("date=2013-07-01", "date=2013-07-02"):
        (tmp_path / "days" / day).mkdir(parents=True)
        pq.write_table(pa.table({"x": [1, 2]}), tmp_path / "days" / day / "part.parquet")
    (tmp_path / "days" / "_SUCCESS").touch()
    assert main(["profile", "days/"]) == 0
    assert json.loads(Path("days.suite.json").read_text())["meta"]["origin"]["rows"] == 4


def test_s3_through_a_connection_of_airflow(runtime: Any) -> None:
    """All objects below the prefix, by the connection's endpoint and credentials."""
    uri = landed(runtime, one_csv=FLIGHTS, two_csv=FLIGHTS, _SUCCESS="")
    assert main(["profile", uri, "--aws-conn-id", "aws_default"]) == 0
    assert json.loads(Path("flights.suite.json").read_text())["meta"]["origin"] | {"edit": ""} == {
        "by": "mlmax profile 0.1.0",
        "source": uri,
        "rows": 400,
        "edit": "",
    }


def test_s3_through_boto3_alone(runtime: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a connection, boto3's credentials, with another endpoint and region."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    uri = landed(runtime, one_csv=FLIGHTS)
    assert main(["profile", f"{uri}/one.csv", "--endpoint-url", runtime.url, "--region", "us-east-1"]) == 0
    assert Path("one.suite.json").is_file()


def test_a_suite_that_may_be_edited_is_not_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    """Work is lost only on demand."""
    Path("flights.suite.json").write_text("mine")
    assert main(["profile", "flights.csv"]) == 1
    assert Path("flights.suite.json").read_text() == "mine"
    assert "add --overwrite" in capsys.readouterr().err
    assert main(["profile", "flights.csv", "--overwrite"]) == 0
    assert load_suite(Path("flights.suite.json").read_text()).checks


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["nowhere.csv"], 1, "there is no file or folder nowhere.csv"),
        (["empty"], 1, "there is no file in empty"),
        (["flights.csv", "--target", "lat"], 1, "there is no column 'lat' to take as target; there is key, origin, late"),
        (["flights.txt"], 1, "the files' names do not tell one format"),
        (["flights.csv", "--format", "parquet"], 1, "the parquet data cannot be read"),
        (["http://x/y"], 1, "'http://x/y' is no S3 URI"),
        (["s3://lake/x", "--aws-conn-id", "gone"], 1, "Airflow has no connection 'gone'"),
        (["flights.csv", "--type", "late=flag"], 2, "'late=flag' must read COLUMN=TYPE"),
        (["flights.csv", "--leak-limit", "2"], 2, "2.0 is not in the range"),
        ([], 2, "Missing argument 'SOURCE'"),
    ],
    ids=["nothing", "empty-folder", "target", "format", "wrong-format", "uri", "connection", "type", "limit", "no-source"],
)  # fmt: skip
def test_what_goes_wrong_is_one_line(
    arguments: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """1 for what could not be done, 2 for what was asked wrongly; no traceback."""
    (tmp_path / "empty").mkdir()
    Path("flights.txt").write_text(FLIGHTS)
    assert main(["profile", *arguments]) == status
    error = capsys.readouterr().err
    assert message in error
    assert error.startswith("mlmax: ")
    assert len(error.strip().splitlines()) == 1


def test_s3_tells_what_is_missing_and_what_is_too_much(
    runtime: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """No object, or more bytes than allowed, before anything is downloaded."""
    uri = landed(runtime, one_csv=FLIGHTS)
    assert main(["profile", f"{uri}/none/", "--aws-conn-id", "aws_default"]) == 1
    assert f"there is no object at {uri}/none/" in capsys.readouterr().err
    assert main(["profile", uri, "--aws-conn-id", "aws_default", "--max-bytes", "9"]) == 1
    assert f"holds {len(FLIGHTS):,} bytes and --max-bytes allows 9" in capsys.readouterr().err
