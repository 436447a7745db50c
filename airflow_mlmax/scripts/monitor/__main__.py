"""Reads the data, writes `statistics.json`, `constraints.json`, `constraint_violations.json` and `verdict.json`.

Violations are a result: the exit code is 0, and `/opt/ml/output/message` says whether there are any. Data that cannot
be read end it with 1, and the message says why.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import baseline, data_quality, model_quality
from .job import MESSAGE, MODEL_QUALITY, Job
from .labels import Names, beside, joined
from .profile import constraints, profile, statistics
from .reading import DataError, read
from .violations import Violation

_LONGEST_MESSAGE = 1000


@dataclass(frozen=True)
class Result:
    """What a run found: the files by name; violations are None where there is no baseline to violate."""

    files: dict[str, Any]
    violations: list[Violation] | None
    verdict: dict[str, Any] = field(default_factory=dict)


def main(environment: Mapping[str, str] = os.environ, message: Path = MESSAGE) -> int:
    job = Job(environment)
    try:
        result = _model_quality(job) if job.analysis == MODEL_QUALITY else _data_quality(job)
    except DataError as error:
        _say(message, f"DataError: {error}"[:_LONGEST_MESSAGE])
        return 1
    _write(job.output, result)
    count = len(result.violations or ())
    _say(
        message,
        f"CompletedWithViolations: Job completed successfully with {count} violations."
        if count
        else "Completed: Job completed successfully with no violations.",
    )
    return 0


def _data_quality(job: Job) -> Result:
    given = job.constraints
    known = None if given is None else baseline.features(given, job.statistics, job.categorical_method)
    texts = {name for name, feature in (known or {}).items() if feature.inferred_type == "String"}
    found = profile(lambda: read(job.source, job.layout), texts)
    if known is None and found.rows < job.min_rows:
        raise DataError(f"a baseline needs at least {job.min_rows} rows, the data have {found.rows}.")
    files = {
        "statistics": statistics(found),
        "constraints": constraints(found, _laid_over(baseline.CONFIG, job.monitoring_config)),
    }
    if known is None:
        return Result(files, None, {"rows": found.rows})
    violations, drifts = data_quality.evaluate(known, found, job.min_rows)
    return Result(files, violations, {"rows": found.rows, "drift": [each.document() for each in drifts]})


def _model_quality(job: Job) -> Result:
    names = Names(
        truth=job.required("ground_truth_attribute"),
        predicted=job.optional("inference_attribute"),
        score=job.optional("probability_attribute"),
        key=job.optional("join_attribute"),
    )
    given, source = job.constraints, job.truth_source
    predictions = read(job.source, job.layout, names.predictions(with_truth=source is None))
    if source is None:
        pairs = beside(names, predictions)
    else:
        names = Names(names.truth, names.predicted, names.score, job.required("join_attribute"))
        pairs = joined(names, predictions, read(source, job.layout, [names.key or "", names.truth]))
    found = model_quality.measured(job.problem, pairs, job.threshold)
    if given is None and pairs.rows < max(job.min_rows, 1):
        raise DataError(f"a baseline needs at least {job.min_rows} labelled rows, there are {pairs.rows}.")
    if model_quality.exchanged(job.problem, pairs):
        print("WARNING prediction and ground truth may be exchanged: the truth has more different values")
    files = {
        "statistics": model_quality.statistics(job.problem, pairs, found),
        "constraints": model_quality.constraints(job.problem, found, job.slack),
    }
    counts = {"rows": pairs.rows, "unlabelled": pairs.unlabelled, "orphaned": pairs.orphaned}
    if given is None:
        return Result(files, None, counts)
    return Result(files, model_quality.evaluate(job.problem, given, pairs, found, job.min_rows), counts)


def _write(folder: Path, result: Result) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    verdict = {"schema": "mlmax.monitor.verdict/1", "status": "baseline", **result.verdict}
    files = dict(result.files)
    if result.violations is not None:
        files["constraint_violations"] = {"violations": [each.document() for each in result.violations]}
        verdict["status"] = "fail" if result.violations else "pass"
    for name, value in {**files, "verdict": verdict}.items():
        text = json.dumps(value, allow_nan=False)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


def _say(path: Path, text: str) -> None:
    print(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _laid_over(config: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    both = {**config, **own}
    drift = "distribution_constraints"
    return {**both, drift: {**config[drift], **own.get(drift, {})}}


if __name__ == "__main__":
    sys.exit(main())
