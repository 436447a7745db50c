"""A run is written once, whoever writes it and how often, and read back as it was."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from airflow_mlmax.records.connection import engine_of
from airflow_mlmax.records.document import RunRecord, VerdictRecord
from airflow_mlmax.records.errors import RecordsError, RefusedError
from airflow_mlmax.records.schema import upgrade
from airflow_mlmax.records.spending import Only
from airflow_mlmax.records.store import Records

GUIDE = Path(__file__).parents[3] / "docs/how-to/records.md"
TABLES = ("mlmax_runs", "mlmax_tasks", "mlmax_jobs", "mlmax_metrics", "mlmax_verdicts", "mlmax_inputs")


def rows(engine: Engine) -> dict[str, list[Any]]:
    """All that is in the tables."""
    with engine.connect() as connection:
        return {
            table: sorted(map(str, connection.execute(text(f"SELECT * FROM {table}")).mappings().all()))  # noqa: S608
            for table in TABLES
        }


def test_what_is_written_is_read(engine: Engine, record: RunRecord) -> None:
    """Every field of every part comes back, parts in the order of their keys."""
    records = Records(engine)
    assert records.write(record)
    (found,) = records.find(record.run_id)
    assert found.model_copy(update={"tasks": (), "metrics": ()}) == record.model_copy(
        update={"tasks": (), "metrics": ()}
    )
    assert found.tasks == [*record.tasks[1:], record.tasks[0]]
    assert found.metrics == record.metrics[::-1]


def test_writing_twice_changes_nothing(engine: Engine, record: RunRecord) -> None:
    """Not a row more, not a value else."""
    records = Records(engine)
    records.write(record)
    first = rows(engine)
    assert records.write(record)
    assert rows(engine) == first
    assert [len(first[table]) for table in TABLES] == [1, 3, 2, 2, 1, 1]


def test_a_later_record_replaces_an_earlier_one_and_never_the_other_way(
    engine: Engine, record: RunRecord
) -> None:
    """A run that was cleared and ran again is the later; what waited in S3 meanwhile is the earlier."""
    records = Records(engine)
    later = record.model_copy(
        update={
            "state": "failed",
            "tasks": record.tasks[:1],
            "recorded_at": record.recorded_at + timedelta(1),
        }
    )
    assert records.write(record)
    assert records.write(later)
    assert not records.write(record)
    assert records.find(record.run_id) == [later.model_copy(update={"metrics": later.metrics[::-1]})]


def test_runs_are_found_by_dag_model_and_state(engine: Engine, record: RunRecord) -> None:
    """The newest first, no more than asked for; equal run ids of two DAGs are two runs."""
    records = Records(engine)
    for number, (dag_id, state) in enumerate([("a", "success"), ("b", "failed"), ("a", "failed")]):
        changed = {
            "dag_id": dag_id,
            "state": state,
            "run_id": f"run{number // 2}",
            "recorded_at": record.recorded_at + timedelta(number),
        }
        records.write(record.model_copy(update=changed))
    assert [(run.dag_id, run.run_id) for run in records.last(2)] == [("a", "run1"), ("b", "run0")]
    assert [run.run_id for run in records.last(9, dag_id="a")] == ["run1", "run0"]
    assert [run.run_id for run in records.last(9, dag_id="a", state="success")] == ["run0"]
    assert records.last(9, model="another") == []
    assert {run.dag_id for run in records.find("run0")} == {"a", "b"}
    assert [run.dag_id for run in records.find("run0", "b")] == ["b"]


def test_a_cost_with_an_unknown_part_is_unknown(record: RunRecord) -> None:
    """A job without a cost does not count as nothing; the job of a failed try counts as any other."""
    assert record.cost_usd == pytest.approx(0.0153)
    unpriced = record.jobs[0].model_copy(update={"cost_usd": None})
    assert record.model_copy(update={"jobs": [unpriced, record.jobs[1]]}).cost_usd is None
    assert record.model_copy(update={"jobs": []}).cost_usd == 0


def test_the_query_of_the_guide_counts_the_worst_features(engine: Engine, record: RunRecord) -> None:
    """What is told of the tables is so."""
    question = re.findall("```sql\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    drift = VerdictRecord(
        task_id="bias", kind="monitor", status="violations", figures={"worst_features": ["a", "b"]}
    )
    records = Records(engine)
    records.write(record.model_copy(update={"verdicts": [*record.verdicts, drift]}))
    with engine.connect() as connection:
        assert sorted(connection.execute(text(question[0])).all()) == [
            ("flights", "bias", "a", 1),
            ("flights", "bias", "b", 1),
        ]


def test_a_database_that_is_away_is_one_clear_error(connection: Any, record: RunRecord) -> None:
    """With the reason, and without a password."""
    connection.host = "/nowhere"
    connection.password = "hunter2"
    with pytest.raises(RecordsError, match=r"the records' database: .*/nowhere") as raised:
        Records(engine_of(connection)).write(record)
    assert "hunter2" not in str(raised.value)


def test_a_record_that_the_database_refuses_is_told_apart(engine: Engine, record: RunRecord) -> None:
    """It is no use to wait with it until the database is back."""
    twice = record.model_copy(update={"metrics": [*record.metrics, record.metrics[0]]})
    with pytest.raises(RefusedError, match="refuses it: duplicate key"):
        Records(engine).write(twice)
    with pytest.raises(RefusedError, match=r"refuses it: .*NUL"):
        Records(engine).write(record.model_copy(update={"model": "\0"}))
    assert Records(engine).last(9) == []


def test_writers_of_one_run_end_with_the_latest(connection: Any, record: RunRecord) -> None:
    """At the same time, from connections of their own, in any order: never a mixture of two."""
    versions = [
        record.model_copy(
            update={
                "recorded_at": record.recorded_at + timedelta(number),
                "tasks": record.tasks[: number % 3],
            }
        )
        for number in range(9)
    ]
    upgrade(engine_of(connection))
    with ThreadPoolExecutor(9) as pool:
        list(
            pool.map(lambda each: Records(engine_of(connection)).write(each), [*versions[5:], *versions[:5]])
        )
    (found,) = Records(engine_of(connection)).last(9)
    assert found.recorded_at == versions[-1].recorded_at
    assert len(found.tasks) == len(versions[-1].tasks)
    assert len(found.jobs) == 2


def test_costs_are_summed_up(engine: Engine, record: RunRecord) -> None:
    """By one thing or several; a job counts in the month in which it ended; an unknown cost is counted, never taken for nothing."""
    records = Records(engine)
    records.write(record)
    august = record.jobs[1].model_copy(update={"ended": record.ended + timedelta(35), "cost_usd": None})
    records.write(record.model_copy(update={"dag_id": "other", "jobs": [august, record.jobs[0]]}))
    months = [
        (each.of, each.jobs, each.unknown, round(each.usd, 6)) for each in records.spent(["month"], Only())
    ]
    assert months == [(("2013-07",), 3, 0, 0.0183), (("2013-08",), 1, 1, 0)]
    by_task = records.spent(["model", "task"], Only(end=record.ended + timedelta(9)))
    assert [(each.of, each.jobs, each.billable_seconds) for each in by_task] == [
        (("flights", "flights_training tune"), 2, 300),
        (("flights", "other tune"), 1, 60),
    ]
    assert records.spent(["run"], Only(dag_id="nobody")) == []
    assert [
        each.of for each in records.spent(["dag"], Only(model="flights", begin=record.ended + timedelta(9)))
    ] == [("other",)]


def test_a_database_that_refuses_is_one_clear_error(connection: Any, record: RunRecord) -> None:
    """Such as one that is not there."""
    connection.schema = "no_such_database"
    with pytest.raises(RecordsError, match='database "no_such_database" does not exist'):
        Records(engine_of(connection)).write(record)


def test_a_connection_to_something_else_is_refused(connection: Any) -> None:
    """Records need PostgreSQL."""
    connection.conn_type = "mysql"
    with pytest.raises(RecordsError, match="is of type 'mysql'; records need postgres"):
        engine_of(connection)
