"""The tables come to this version from nothing and from every earlier one, also when several ask for it at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from airflow_mlmax.records import schema
from airflow_mlmax.records.connection import engine_of
from airflow_mlmax.records.document import RunRecord
from airflow_mlmax.records.errors import RecordsError
from airflow_mlmax.records.schema import current, options, scripts, upgrade
from airflow_mlmax.records.store import Records
from airflow_mlmax.records.tables import Base

REVISIONS = [script.revision for script in scripts().walk_revisions()][::-1]


def differences(engine: Engine) -> list[Any]:
    """What a migration to the tables as they are declared would still change."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={**options(), "compare_type": True})
        return list(compare_metadata(context, Base.metadata))


@pytest.mark.parametrize("earlier", [None, *REVISIONS])
def test_every_version_is_migrated(engine: Engine, earlier: str | None) -> None:
    """The end is what the package declares; a second upgrade does nothing."""
    if earlier:
        upgrade(engine, earlier)
    upgrade(engine)
    upgrade(engine)
    assert differences(engine) == []
    with engine.connect() as connection:
        assert current(connection) == REVISIONS[-1]


def downgrade(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        config = schema._config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


FIRST = """
INSERT INTO mlmax_runs (namespace, dag_id, run_id, run_type, state, ended, recorded_at, conf, params)
VALUES ('n', 'd', 'r', 'manual', 'success', '2026-01-02T00:00Z', '2026-01-02T00:00Z', '{}', '{"a": 1}');
INSERT INTO mlmax_tasks (run, task_id, map_index, state, seconds, job_type, job_name, job_arn, job_status, job_started,
    image_uri, code_uri, parameters, inputs, outputs, billable_seconds, cost_usd, spot_saving_usd, unknown_prices, prices_as_of)
VALUES
    (1, 'train', 0, 'success', 9.5, 'TrainingJob', 'd-train-0123456789ab-2', 'arn:a', 'Completed', '2026-01-01T00:00Z',
     'image', 's3://b/code', '{"depth": 3}', '{"train": "s3://b/t"}', '{"model": "s3://b/m"}', 7, 0.25, 0.5, '[]', '2025-01-01'),
    (1, 'train', 1, 'failed', NULL, 'TrainingJob', 'odd', NULL, 'Failed', NULL,
     NULL, NULL, '{}', '{}', '{}', NULL, NULL, NULL, '["ml.new.large"]', NULL),
    (1, 'pin', -1, 'success', 0.5, NULL, NULL, NULL, NULL, NULL,
     NULL, NULL, '{}', '{}', '{"pins_uri": "s3://b/p"}', NULL, NULL, NULL, '[]', NULL);
"""


def contents(engine: Engine) -> dict[str, list[Any]]:
    tables = {"mlmax_runs": "id", "mlmax_tasks": "task_id, map_index"}
    questions = {name: f"SELECT * FROM {name} ORDER BY {order}" for name, order in tables.items()}  # noqa: S608
    with engine.connect() as connection:
        return {
            name: [dict(row) for row in connection.execute(text(question)).mappings()]
            for name, question in questions.items()
        }


def test_what_the_first_version_kept_is_kept(engine: Engine) -> None:
    """A task's job becomes a row of its own, under the number that its name ends in; and all of it comes back."""
    upgrade(engine, "0001")
    with engine.begin() as connection:
        connection.exec_driver_sql(FIRST)
    before = contents(engine)
    (run,) = Records(engine).find("r")
    assert [(task.task_id, task.map_index, task.outputs) for task in run.tasks] == [
        ("pin", -1, {"pins_uri": "s3://b/p"}),
        ("train", 0, {"model": "s3://b/m"}),
        ("train", 1, {}),
    ]
    first, second = run.jobs
    assert (first.number, first.name, first.status, first.cost_usd) == (
        *(2, "d-train-0123456789ab-2", "Completed"),
        0.25,
    )
    assert (first.parameters, first.inputs, first.billable_seconds) == (
        {"depth": 3},
        {"train": "s3://b/t"},
        7,
    )
    assert (second.number, second.name, second.unknown_prices) == (1, "odd", ["ml.new.large"])
    downgrade(engine, "0001")
    assert contents(engine) == before


def test_the_earlier_tables_hold_the_last_job_of_a_task(engine: Engine, record: RunRecord) -> None:
    """They have no room for those of earlier tries; no run and no task is lost."""
    Records(engine).write(record)
    downgrade(engine, "0001")
    tasks = {task["task_id"]: task for task in contents(engine)["mlmax_tasks"] if task["map_index"] < 1}
    assert (tasks["tune"]["job_name"], tasks["tune"]["cost_usd"]) == ("tune-2", 0.0123)
    assert tasks["evaluate"]["job_name"] is None
    downgrade(engine, "base")
    with engine.connect() as connection:
        assert not inspect(connection).has_table("mlmax_runs")


@pytest.mark.parametrize(
    "damage",
    [
        "DROP TABLE mlmax_jobs",
        "ALTER TABLE mlmax_tasks DROP COLUMN state",
        "DELETE FROM mlmax_schema",
        "DROP TABLE mlmax_schema",
    ],
)
def test_a_database_in_disorder_is_one_clear_error(engine: Engine, record: RunRecord, damage: str) -> None:
    """Such as a restore that was broken off: nothing is written by halves, and the record can wait."""
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text(damage))
    with pytest.raises(RecordsError, match="the records' database: "):
        Records(engine).write(record)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM mlmax_runs")) == 0


def test_a_lock_that_somebody_holds_is_not_waited_for_without_end(
    engine: Engine, record: RunRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as that of a migration that hangs."""
    monkeypatch.setattr(schema, "PATIENCE", text("SET LOCAL lock_timeout = '50ms'"))
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": schema._LOCK})
        with pytest.raises(RecordsError, match="lock timeout"):
            Records(engine).write(record)


def test_several_workers_upgrade_at_once(connection: Any, record: RunRecord) -> None:
    """Each with connections of its own: all succeed, and what they write then is there once."""

    def write(number: int) -> bool:
        return Records(engine_of(connection)).write(record.model_copy(update={"run_id": f"run{number % 2}"}))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(write, range(8)))
    assert {run.run_id for run in Records(engine_of(connection)).last(9)} == {"run0", "run1"}
    assert differences(engine_of(connection)) == []


def test_a_newer_schema_is_left_alone(engine: Engine, record: RunRecord) -> None:
    """An old worker beside a new one does no harm: its record can wait."""
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE mlmax_schema SET version_num = '9999'"))
    with pytest.raises(
        RecordsError, match="revision 9999, which this version of airflow-mlmax does not know"
    ):
        Records(engine).write(record)


def test_other_tables_are_left_alone(engine: Engine) -> None:
    """The records may share a database, even one with migrations by Alembic."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version AS SELECT 'theirs' AS version_num"))
    upgrade(engine)
    assert differences(engine) == []
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "theirs"
    assert all(
        name.startswith("mlmax_") or name == "alembic_version" for name in inspect(engine).get_table_names()
    )
