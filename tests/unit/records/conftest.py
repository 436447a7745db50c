"""A database of a test's own, and a record to write to it."""

from typing import Any

import pytest
from kept_runs import a_run
from sqlalchemy import Engine

from airflow_mlmax.records.connection import engine_of
from airflow_mlmax.records.document import RunRecord


@pytest.fixture
def engine(connection: Any) -> Engine:
    return engine_of(connection)


@pytest.fixture
def record() -> RunRecord:
    return a_run()
