"""The rows of a job and their labels, in whatever form they were written.

Environment, in the names of AWS's own analyzer: `start_time` and `end_time` (ISO 8601; captured records of that time),
`record_preprocessor_script` (file). `dataset_format` may be `{"sagemakerCaptureJson": {"captureIndexNames": [..]}}`, what
an endpoint's data capture writes; its labels then are ground-truth records. `output_columns_position` (START or END),
of CSV, says where the predictions stand beside the features.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import capture, custom
from .capture import Capture, moment
from .job import Job
from .reading import Chunk, DataError, read


def features(job: Job) -> Iterator[Chunk]:
    """The columns to compare with the baseline: neither ids of records nor, where it has none, predictions."""
    known = [str(each.get("name")) for each in (job.constraints or {}).get("features") or ()]
    if capture.LAYOUT in job.layout:
        for chunk in _capture(job, known).chunks(job.source):
            yield {name: values for name, values in chunk.items() if name != capture.KEY}
        return
    _refuse_script(job)
    options = job.layout.get("csv") or {}
    for chunk in read(job.source, job.layout):
        yield _without_predictions(chunk, options, len(known))


def rows(job: Job, columns: Sequence[str] | None = None) -> Iterator[Chunk]:
    """All columns, or those that are wanted; of captured records with their id, `eventId`."""
    if capture.LAYOUT not in job.layout:
        _refuse_script(job)
        yield from read(job.source, job.layout, columns)
        return
    for chunk in _capture(job, None).chunks(job.source):
        yield {name: values for name, values in chunk.items() if columns is None or name in columns}


def labels(job: Job, folder: Path, columns: Sequence[str]) -> Iterator[Chunk]:
    """Key and truth of labels that lie elsewhere.

    :param columns: names of the key and of the truth
    """
    if capture.LAYOUT in job.layout:
        return capture.truth(folder, columns[1])
    return read(folder, job.layout, columns)


def join_key(job: Job) -> str:
    """The column by which rows and labels are joined."""
    return capture.KEY if capture.LAYOUT in job.layout else job.required("join_attribute")


def truth_name(job: Job) -> str:
    """The column of the truth; captured records need no name for it."""
    if capture.LAYOUT in job.layout:
        return job.optional("ground_truth_attribute") or capture.TRUTH
    return job.required("ground_truth_attribute")


def output_name(job: Job, variable: str) -> str | None:
    """The column of a prediction that a variable names; of captured CSV a number is a position in the answer."""
    name = job.optional(variable)
    if name and name.isdigit() and capture.LAYOUT in job.layout:
        return f"{capture.OUTPUT}_{name}"
    return name


def _capture(job: Job, names: Sequence[str] | None) -> Capture:
    start, end = (
        moment(text, variable) if (text := job.optional(variable)) else None
        for variable in ("start_time", "end_time")
    )
    script = job.optional("record_preprocessor_script")
    return Capture.of(
        job.layout[capture.LAYOUT] or {},
        window=(start, end),
        names=names,
        preprocess=custom.preprocessor(Path(script)) if script else None,
    )


def _refuse_script(job: Job) -> None:
    if job.optional("record_preprocessor_script"):
        raise DataError(f"record_preprocessor_script goes with {capture.LAYOUT}, records that were captured.")


def _without_predictions(chunk: Chunk, options: Mapping[str, Any], known: int) -> Chunk:
    """The features of a table that has more columns than the baseline, where it is said at which end the others stand."""
    position = str(options.get("output_columns_position") or "").upper()
    more = len(chunk) - known
    if not position or not known or more <= 0:
        return chunk
    kept = list(chunk.items())[more:] if position == "START" else list(chunk.items())[:known]
    if str(options.get("header", False)).lower() == "true":
        return dict(kept)
    return {f"_c{number}": values for number, (_, values) in enumerate(kept)}
