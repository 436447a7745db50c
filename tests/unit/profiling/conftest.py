"""Profiles of small tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlmax.profiling.profile import Options, profile
from airflow_mlmax.profiling.report import Report

Profiled = Callable[..., Report]


@pytest.fixture
def profiled(tmp_path: Path) -> Profiled:
    """Profiles columns given as lists; what else is given are options."""

    def made(columns: dict[str, Any] | Path, /, **options: Any) -> Report:
        path = columns if isinstance(columns, Path) else tmp_path / "data.parquet"
        if not isinstance(columns, Path):
            pq.write_table(pa.table(columns), path)
        scratch = tmp_path / f"scratch-{len(list(tmp_path.iterdir()))}"
        scratch.mkdir()
        return profile([path], scratch, f"s3://lake/{path.name}", Options(**options))

    return made
