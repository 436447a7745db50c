"""The tables come to this version from nothing and from every earlier one, also when several ask for it at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

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
