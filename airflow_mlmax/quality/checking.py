"""One gate from question to verdict, as files in a local folder: the same wherever it runs."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from .data import Data, open_data
from .errors import DataError, SuiteError
from .gate import Finding, advised, judge, unreadable
from .gx_engine import keywords
from .page import page
from .policy import Policy, policy_of
from .results import plain
from .splitting import write_bad_rows, write_clean_rows
from .suites import Suite, load_suite
from .verdict import verdict

VERDICT = "verdict.json"


@dataclass(frozen=True, kw_only=True)
class Question:
    """Everything that decides a verdict, in plain JSON.

    Its properties raise ValueError for a suite or a policy that is wrong.
    """

    suite: Mapping[str, Any]
    dataset: Mapping[str, Any]
    """`uri`, `bytes` and `manifest_sha256`, the hash over URIs and ETags of the objects."""

    parameters: Mapping[str, Any] | None = None
    policy: Mapping[str, Any] = field(default_factory=dict)
    data_format: str | None = None
    columns: Mapping[str, str] | None = None
    sensitive: Sequence[str] = ()
    """Columns of which no value is shown, beside those in the suite's `meta`."""

    advisory: bool = False
    """Whether failures only warn."""

    engine: str = "auto"
    where: str = "worker"
    """`worker` or `processing`: where the verdict says that it was made."""

    run: Mapping[str, Any] = field(default_factory=dict)
    """Who asks: `dag_id`, `run_id`, `task_id`, `map_index`, `try_number`."""

    artifacts: str | None = None
    """S3 prefix to which the files will be taken; without one there is only the verdict."""

    @cached_property
    def checks(self) -> Suite:
        """The suite, read strictly."""
        return load_suite(json.dumps(self.suite), self.parameters, keywords)

    @cached_property
    def rules(self) -> Policy:
        """The policy."""
        return policy_of(self.policy)

    @property
    def declared(self) -> Mapping[str, str] | None:
        """Types of columns: the question's own, or those in the suite's `meta`."""
        return self.columns or self.checks.columns

    @property
    def hidden(self) -> frozenset[str]:
        """All sensitive columns."""
        names = (self.suite.get("meta") or {}).get("sensitive", [])
        if not isinstance(names, list) or isinstance(self.sensitive, str):
            raise SuiteError("`sensitive` is a list of columns")
        return frozenset([*names, *self.sensitive])

    @property
    def id(self) -> str:
        """The id that the verdict will have, known before anything runs: the same for the same objects, suite and policy."""
        parts = [
            *(self.dataset["manifest_sha256"], self.data_format, self.declared),
            *(self.checks.sha256, asdict(self.rules), self.advisory, sorted(self.hidden)),
        ]
        return "sha256:" + hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def plain(self) -> dict[str, Any]:
        """The question as JSON, for `Question(**it)`."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


class IncompleteError(RuntimeError):
    """Other rows were written than were counted, so nothing that was written counts."""


def check(
    question: Question, files: Sequence[Path], scratch: Path, output: Path, job_arn: str | None = None
) -> dict[str, Any]:
    """Gives the verdict on files, and writes it below `output`, last, after all that belongs to it.

    :param files: the objects of the data set in their order, on this machine
    :param scratch: folder for the engines' own files
    :param job_arn: the processing job in which this runs
    :raises ValueError: a wrong suite, policy or engine
    :raises IncompleteError: the rows that were written are not those that were counted
    """
    began, start = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    data_format, written = question.data_format or "unknown", {}
    try:
        with closing(open_data(files, scratch, question.data_format, question.declared)) as data:
            data_format = data.format
            finding = _finding(question, data)
            written = _write_rows(question, data, finding, output) if question.artifacts else {}
    except DataError as error:
        finding = unreadable(str(error))
    paths = {"verdict": VERDICT, "result": "result.json", "report": "report.html", **written}
    if question.rules.quarantine == "batch" and finding.status == "fail":
        paths["quarantine"] = "quarantine/manifest.json"
    place = (question.artifacts or "").rstrip("/")
    document = verdict(
        finding,
        question.checks,
        question.rules,
        mark=question.id,
        dataset={**question.dataset, "format": data_format, "sensitive": sorted(question.hidden)},
        engine={"where": question.where, "job_arn": job_arn},
        run=question.run,
        timing={"started_at": began, "seconds": round(time.monotonic() - start, 1)},
        artifacts={name: f"{place}/{path}" for name, path in paths.items()} if place else {},
        advisory=question.advisory,
    )
    _write(document, finding, output)
    return document


def _finding(question: Question, data: Data) -> Finding:
    found = judge(data, question.checks.checks, question.rules, question.engine, question.hidden)
    return advised(found) if question.advisory else found


def _write(document: Mapping[str, Any], finding: Finding, output: Path) -> None:
    """Result, page and, last, the verdict."""
    if document["artifacts"]:
        results = [plain(asdict(each)) for each in (*finding.results, *finding.after)]
        _write_json(output / "result.json", {"id": document["id"], "results": results})
        (output / "report.html").write_text(page(document, finding), encoding="utf-8")
    _write_json(output / VERDICT, document)


def _write_rows(question: Question, data: Data, finding: Finding, output: Path) -> dict[str, str]:
    """Bad rows, and the clean ones where they go on without them; gives the files' places by name."""
    rows, labels = finding.rows, {each.check.position: each.check.label for each in finding.results}
    parts: dict[str, tuple[int, Callable[[Path], int]]] = {}
    if rows.bad:
        parts["bad_rows"] = (rows.bad, lambda path: write_bad_rows(data, path, labels, question.id))
    if finding.decision == "continue_quarantined":
        parts["clean"] = (rows.passed_on, lambda path: write_clean_rows(data, path))
    written = {}
    for name, (expected, write) in parts.items():
        path = output / name / f"rows.{data.format}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if (count := write(path)) != expected:
            raise IncompleteError(f"{count} rows were written as {name}, not {expected}")
        written[name] = path.relative_to(output).as_posix()
    return written


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, allow_nan=False, sort_keys=True), encoding="utf-8")
