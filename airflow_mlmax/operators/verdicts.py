"""From data that were checked to what stands in S3: verdict, full result, page, bad rows and clean rows."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import GateUndecidedError
from airflow_mlmax.hooks.datasets import DataObject, manifest_digest
from airflow_mlmax.hooks.s3 import S3Objects

if TYPE_CHECKING:
    from airflow_mlmax.quality.data import Data
    from airflow_mlmax.quality.gate import Finding
    from airflow_mlmax.quality.policy import Policy
    from airflow_mlmax.quality.suites import Suite
    from airflow_mlmax.quality.verdict import DataSet

_CONTENT_TYPES = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "jsonl": "application/jsonlines",
}


@dataclass(frozen=True)
class Case:
    """Everything that a verdict is about."""

    data: "Data"
    finding: "Finding"
    suite: "Suite"
    policy: "Policy"
    dataset: "DataSet"


def judged(
    data: "Data", suite: "Suite", policy: "Policy", engine: str, *, uri: str, objects: Sequence[DataObject]
) -> Case:
    """Runs the suite on the data, which came from these objects at `uri`."""
    from airflow_mlmax.quality.gate import judge
    from airflow_mlmax.quality.verdict import DataSet

    size = sum(each.size or 0 for each in objects)
    dataset = DataSet(uri=uri, format=data.format, bytes=size, manifest_sha256=manifest_digest(objects))
    return Case(data, judge(data, suite.checks, policy, engine), suite, policy, dataset)


def publish(
    case: Case, s3: S3Objects, scratch: Path, output_uri: str | None, *, context: Context, started: float
) -> dict[str, Any]:
    """Gives the verdict, and writes it, last, after all that belongs to it, where there is an `output_uri`.

    :param started: when the gate began, in seconds of the monotonic clock
    """
    from airflow_mlmax.quality.page import page
    from airflow_mlmax.quality.results import plain
    from airflow_mlmax.quality.verdict import verdict, verdict_id

    mark = verdict_id(case.dataset, case.suite, case.policy)
    artifacts = _artifacts(case, output_uri, mark) if output_uri else {}
    seconds = time.monotonic() - started
    began = datetime.now(UTC) - timedelta(seconds=seconds)
    document = verdict(
        case.finding,
        case.dataset,
        case.suite,
        case.policy,
        run=_run(context),
        timing={"started_at": began.isoformat(timespec="seconds"), "seconds": round(seconds, 1)},
        artifacts=artifacts,
    )
    if artifacts:
        _write_rows(case, s3, scratch, artifacts, mark)
        results = [plain(asdict(each)) for each in (*case.finding.results, *case.finding.after)]
        s3.write_json(artifacts["result"], {"id": mark, "results": results})
        s3.write(artifacts["report"], page(document, case.finding).encode(), "text/html; charset=utf-8")
        s3.write_json(artifacts["verdict"], document)
    return document


def _artifacts(case: Case, output_uri: str, mark: str) -> dict[str, str]:
    """Where everything will lie: other data, another suite or policy have a folder of their own."""
    place = f"{output_uri.rstrip('/')}/{mark.removeprefix('sha256:')[:16]}"
    names = {"verdict": "verdict.json", "result": "result.json", "report": "report.html"}
    if case.finding.rows.bad:
        names["bad_rows"] = f"bad_rows/rows.{case.data.format}"
    if case.finding.decision == "continue_quarantined":
        names["clean"] = f"clean/rows.{case.data.format}"
    return {name: f"{place}/{file}" for name, file in names.items()}


def _write_rows(case: Case, s3: S3Objects, scratch: Path, artifacts: Mapping[str, str], mark: str) -> None:
    from airflow_mlmax.quality.splitting import write_bad_rows, write_clean_rows

    rows, labels = case.finding.rows, {each.check.position: each.check.label for each in case.finding.results}
    parts: dict[str, tuple[int, Callable[[Path], int]]] = {
        "bad_rows": (rows.bad, lambda path: write_bad_rows(case.data, path, labels, mark)),
        "clean": (rows.passed_on, lambda path: write_clean_rows(case.data, path)),
    }
    for name, (expected, write) in parts.items():
        if name not in artifacts:
            continue
        if (written := write(scratch / name)) != expected:
            raise GateUndecidedError(f"{written} rows were written as {name}, not {expected}; clear the task")
        with (scratch / name).open("rb") as body:
            s3.write(artifacts[name], body, _CONTENT_TYPES[case.data.format])


def _run(context: Context) -> dict[str, Any]:
    ti = context["ti"]
    return {name: getattr(ti, name) for name in ("dag_id", "run_id", "task_id", "map_index", "try_number")}
