"""`mlmax records` and `mlmax backfill-cost` on a real database, and every way in which there is nothing to show."""

import json
from typing import Any

import click
import pytest
from kept_runs import a_run, moment

from airflow_mlmax.cli import main
from airflow_mlmax.commands.records import cost
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.records.connection import engine_of
from airflow_mlmax.records.document import RunRecord
from airflow_mlmax.records.pending import keep
from airflow_mlmax.records.spending import BY
from airflow_mlmax.records.store import Records

RUN = a_run().run_id


@pytest.fixture
def records(connection: Any, connection_json: str, monkeypatch: pytest.MonkeyPatch) -> Records:
    monkeypatch.setenv("AIRFLOW_CONN_MLMAX_RECORDS", connection_json)
    return Records(engine_of(connection))


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(arguments) == 0
    return capsys.readouterr().out.splitlines()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 1) -> str:
    assert main(arguments) == status
    return capsys.readouterr().err


def test_runs_are_listed_newest_first(records: Records, capsys: pytest.CaptureFixture[str]) -> None:
    """When, how, which, version and cost; by DAG, by model, and no more than asked for."""
    records.write(a_run())
    records.write(a_run(dag_id="flights_inference", state="failed", recorded_at=moment(3)))
    first, second = lines(capsys, "records", "list")
    assert first.split() == [
        *("2013-07-02", "01:00", "failed", "flights_inference", RUN, "v3", "PendingManualApproval"),
        *("0.0153", "USD"),
    ]
    assert "success  flights_training" in second
    assert lines(capsys, "records", "list", "--dag", "flights_training") == [second]
    assert lines(capsys, "records", "list", "--model", "flights", "--last", "1") == [first]
    assert lines(capsys, "records", "list", "--model", "other") == ["no runs are recorded"]


def test_a_run_is_shown_as_text_and_as_json(records: Records, capsys: pytest.CaptureFixture[str]) -> None:
    """Tasks, verdicts, metrics, inputs and cost; JSON holds all of it."""
    records.write(a_run())
    text = "\n".join(lines(capsys, "records", "show", RUN))
    for part in (
        "model     flights version 3",
        "decision  PendingManualApproval by ana: as the policy says",
        "cost      0.0153 USD",
        "tune  0.0153 USD\n    tune-1 of try 1: Failed, 0.0030 USD\n    tune-2 of try 2: Completed, 0.0123 USD",
        "data_gate: warn, continue",
        "origin=LGA 0.71",
    ):
        assert part in text
    shown = json.loads("\n".join(lines(capsys, "records", "show", RUN, "--json")))
    assert RunRecord.model_validate(shown) == records.find(RUN)[0]


def test_drift_is_shown_with_its_worst_features(records: Records, capsys: pytest.CaptureFixture[str]) -> None:
    """How many violations in the list, which in the page; a decision on retraining with what held it back."""
    reason = {"feature": "temp", "check": "baseline_drift_check", "observed": 0.4, "threshold": 0.1}
    drift = {"violation_count": 2, "worst_features": ["temp", "dew"], "reasons": [reason]}
    held = {
        "causes": [{"cause": "drift", "says": "drift on 2013-07-01", "held": ["cool-down"]}],
        "held": ["on the way"],
    }
    verdicts = [
        {"task_id": "bias", "kind": "monitor", "status": "clean", "figures": {"violation_count": 0}},
        {
            "task_id": "data_quality",
            "kind": "monitor",
            "status": "violations",
            "decision": "stop",
            "figures": drift,
        },
        {
            "task_id": "decide",
            "kind": "retraining",
            "status": "hold",
            "decision": "continue",
            "figures": held,
        },
    ]
    records.write(a_run(decision=None, verdicts=verdicts))
    assert "v3  2 violations  0.0153 USD" in lines(capsys, "records", "list")[0]
    text = "\n".join(lines(capsys, "records", "show", RUN))
    assert (
        "  bias: clean\n"
        "  data_quality: violations, stop\n"
        "    2 violations, the worst of temp, dew\n"
        "    temp baseline_drift_check: observed 0.4 against 0.1\n"
        "  decide: hold, continue\n"
        "    drift: drift on 2013-07-01; held: cool-down\n"
        "    held: on the way\n"
    ) in text


def test_costs_are_a_table(records: Records, capsys: pytest.CaptureFixture[str]) -> None:
    """By month and model, or as asked, with a total; days bound when jobs ended."""
    records.write(a_run())
    job = {
        "task_id": "train",
        "number": 1,
        "name": "j-1",
        "ended": moment(31),
        "unknown_prices": ["ml.new.large"],
    }
    records.write(a_run(run_id="2", model=None, jobs=[job]))
    assert lines(capsys, "records", "cost") == [
        "month    model    jobs  hours  saved by spot  USD",
        "2013-07  flights     2   0.08         0.0020  0.0153",
        "2013-07  -           1   0.00         0.0000  0.0000 and 1 jobs of unknown cost",
        "total                3   0.08         0.0020  0.0153 and 1 jobs of unknown cost",
    ]
    asked = ("records", "cost", "--by", "run", "--by", "task", "--to", "2013-07-01", "--model", "flights")
    assert lines(capsys, *asked)[1].split() == [
        *("flights_training", RUN, "flights_training", "tune"),
        *("2", "0.08", "0.0020", "0.0153"),
    ]
    assert len(lines(capsys, *asked)) == 3
    assert (
        lines(capsys, "records", "cost", "--from", "2013-08-01")[1:]
        == lines(capsys, "records", "cost", "--dag", "nobody")[1:]
    )


def test_whatever_can_be_summed_up_by_can_be_asked_for() -> None:
    """The command names it without loading the database's library."""
    (by,) = [each for each in cost.params if each.name == "by"]
    assert isinstance(by.type, click.Choice)
    assert tuple(by.type.choices) == tuple(BY)


def test_an_id_that_two_dags_share_asks_which(records: Records, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names them; --dag decides."""
    records.write(a_run(dag_id="a"))
    records.write(a_run(dag_id="b"))
    assert "(flights/test a, flights/test b): name one with --dag" in refused(capsys, "records", "show", RUN)
    assert f"run       b {RUN} (scheduled)" in lines(capsys, "records", "show", RUN, "--dag", "b")
    assert "no run x is recorded" in refused(capsys, "records", "show", "x")


def test_what_waits_is_loaded(records: Records, runtime: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Each record is named; a second time there is nothing to do."""
    runtime.client("s3").create_bucket(Bucket="waiting")
    place = "s3://waiting/records/pending"
    hook = SageMakerJobHook(aws_conn_id="aws_default", region_name="us-east-1", patience=0)
    uri = keep(S3Objects(hook), place, a_run())
    load = ("records", "load", place, "--aws-conn-id", "aws_default", "--region", "us-east-1")
    assert lines(capsys, *load)[-2:] == [f"loaded  {uri}", "1 records loaded"]
    assert [run.run_id for run in records.last(9)] == [RUN]
    assert lines(capsys, *load)[-1] == "0 records loaded"


def test_a_backfill_is_priced(records: Records, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs by the DAG's intervals times the median; how many runs that rests on, and what it leaves out."""
    for number, usd in enumerate([0.1, 0.2, 0.9, None]):
        job = {"task_id": "t", "number": 1, "name": "j", "cost_usd": usd, "prices_as_of": "2025-01-01"}
        records.write(a_run(run_id=str(number), jobs=[job]))
    records.write(a_run(run_id="red", state="failed"))
    asked = ("backfill-cost", "flights_training", "--from", "2013-07-01", "--to", "2013-07-30")
    assert lines(capsys, *asked) == [
        "30 runs of flights_training: about 6.00 USD at list prices of 2025-01-01",
        "  a run costs 0.2000 USD (median), 0.1000 to 0.9000 (cheapest to dearest)",
        "  so all cost 3.00 to 27.00 USD; this rests on 3 successful runs",
        "  a run takes 60 minutes (median)",
        "  1 successful runs have jobs whose price is unknown and are left out",
    ]
    assert "2 runs of flights_training: about 0.40 USD" in lines(capsys, *asked, "--runs", "2")[0]


def test_without_history_or_prices_nothing_is_guessed(
    records: Records, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so instead."""
    asked = ("backfill-cost", "flights_training", "--from", "2013-07-01", "--to", "2013-07-30")
    assert "no successful run of flights_training is recorded" in refused(capsys, *asked)
    job = {"task_id": "t", "number": 1, "name": "j", "unknown_prices": ["ml.new.large"]}
    records.write(a_run(jobs=[job]))
    assert lines(capsys, *asked)[0] == "30 runs of flights_training: cost unknown"


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("records", "list", "--conn-id", "nobody"), 1, "Airflow has no connection 'nobody'"),
        (("records", "list", "--state", "/nowhere"), 1, "no demo is up on /nowhere"),
        (
            ("backfill-cost", "d", "--from", "2013-07-02", "--to", "2013-07-01"),
            2,
            "--to 2013-07-01 is before --from 2013-07-02",
        ),
        (("records", "load", "no-uri"), 1, "'no-uri/' is no S3 URI"),
    ],
    ids=["connection", "demo", "dates", "place"],
)
def test_what_is_wrong_is_one_line(
    arguments: tuple[str, ...], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what to do."""
    assert message in refused(capsys, *arguments, status=status)


def test_a_database_that_is_away_is_one_line(
    connection_json: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback at a terminal."""
    away = {**json.loads(connection_json), "host": "/nowhere"}
    monkeypatch.setenv("AIRFLOW_CONN_MLMAX_RECORDS", json.dumps(away))
    assert "mlmax: the records' database:" in refused(capsys, "records", "list")
