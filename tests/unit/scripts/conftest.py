import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from analyzer import Analyze, Report

from airflow_mlmax.scripts.monitor.__main__ import main


@pytest.fixture
def analyze(tmp_path: Path) -> Analyze:
    """Runs the analyzer on the text of a file, or on files by name, against an earlier report or two documents."""
    runs = iter(range(1000))

    def run(
        data: str | Mapping[str, str | bytes], baseline: Report | None = None, **environment: Any
    ) -> Report:
        folder = tmp_path / str(next(runs))
        source = folder / "in"
        source.mkdir(parents=True)
        for name, content in ({"data.csv": data} if isinstance(data, str) else data).items():
            (source / name).write_bytes(content.encode() if isinstance(content, str) else content)
        variables = {"dataset_source": str(source), "output_path": str(folder / "out")}
        if baseline is not None:
            variables |= baseline.as_baseline()
        for name, value in environment.items():
            variables[name] = value if isinstance(value, str) else json.dumps(value)
        code = main(variables, folder / "message")
        return Report(code, (folder / "message").read_text(), folder / "out")

    return run
