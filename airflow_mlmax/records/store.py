"""Records in the database: written once for each run, read back by run and by DAG."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session, selectinload

from airflow_mlmax.records.document import RunRecord
from airflow_mlmax.records.errors import RecordsError, RefusedError
from airflow_mlmax.records.schema import PATIENCE, upgrade
from airflow_mlmax.records.spending import Only, Spent, question, spent
from airflow_mlmax.records.tables import Input, Job, Metric, Run, Task, Verdict

_PARTS: Mapping[str, type[Task | Job | Metric | Verdict | Input]] = {
    "tasks": Task,
    "jobs": Job,
    "metrics": Metric,
    "verdicts": Verdict,
    "inputs": Input,
}
_NAME = ("namespace", "dag_id", "run_id")


class Records:
    """The records in one database, whose tables are made or migrated when they are first needed.

    Every method raises RecordsError where the database is away or refuses.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ready = False

    def write(self, record: RunRecord) -> bool:
        """Writes a run, over what is there of it. False if a later record of it is there, which stays."""
        row = record.model_dump(exclude={*_PARTS, "schema_name"})
        new = insert(Run).values(row)
        changed = {name: new.excluded[name] for name in row if name not in _NAME}
        upsert = new.on_conflict_do_update(
            index_elements=_NAME, set_=changed, where=Run.recorded_at <= new.excluded.recorded_at
        ).returning(Run.id)
        with self._session() as session:
            run = session.scalar(upsert)
            if run is None:
                return False
            for name, table in _PARTS.items():
                session.execute(delete(table).where(table.run == run))
                session.add_all(table(run=run, **part.model_dump()) for part in getattr(record, name))
            session.commit()
        return True

    def find(self, run_id: str, dag_id: str | None = None) -> list[RunRecord]:
        """The runs of an id; several DAGs may have one each."""
        return self._read(Run.run_id == run_id, *([Run.dag_id == dag_id] if dag_id else []))

    def last(
        self,
        most: int | None,
        *,
        dag_id: str | None = None,
        model: str | None = None,
        state: str | None = None,
    ) -> list[RunRecord]:
        """The runs that were recorded last, the newest first."""
        wanted = {Run.dag_id: dag_id, Run.model: model, Run.state: state}
        return self._read(*(column == value for column, value in wanted.items() if value), most=most)

    def spent(self, by: Sequence[str], only: Only) -> list[Spent]:
        """What jobs have cost, summed up by some of `spending.BY`."""
        with self._session() as session:
            return [spent(by, row) for row in session.execute(question(by, only))]

    def _read(self, *conditions: Any, most: int | None = None) -> list[RunRecord]:
        parts = [selectinload(getattr(Run, name)) for name in _PARTS]
        wanted = select(Run).where(*conditions).options(*parts).limit(most)
        with self._session() as session:
            found: Sequence[Run] = session.scalars(
                wanted.order_by(Run.recorded_at.desc(), Run.id.desc())
            ).all()
            return [RunRecord.model_validate(run) for run in found]

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            if not self._ready:
                upgrade(self._engine)
                self._ready = True
            with Session(self._engine) as session:
                session.execute(PATIENCE)
                yield session
        except (DataError, IntegrityError, ValueError) as error:
            raise RefusedError(f"the records' database refuses it: {_reason(error)}") from error
        except SQLAlchemyError as error:
            raise RecordsError(f"the records' database: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
