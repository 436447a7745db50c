"""Runs one analysis of a data set and writes its report: violations and `verdict.json` beside what it found.

Violations are a result: the exit code is 0, and `/opt/ml/output/message` says whether there are any. Data that cannot
be read end it with 1, and the message says why.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from . import attribution, bias, custom, data_quality, model_quality
from .job import MESSAGE, Job
from .reading import DataError
from .result import Result

ANALYSES: Mapping[str, Callable[[Job], Result]] = {
    "DATA_QUALITY": data_quality.analyze,
    "MODEL_QUALITY": model_quality.analyze,
    "BIAS": bias.analyze,
    "FEATURE_ATTRIBUTION": attribution.analyze,
}
"""By `analysis_type`."""

_LONGEST_MESSAGE = 1000


def main(environment: Mapping[str, str] = os.environ, message: Path = MESSAGE) -> int:
    job = Job(environment)
    try:
        result = _analysis(job.analysis)(job)
        result.write(job.output, job.analysis)
        if script := job.optional("post_analytics_processor_script"):
            custom.postprocess(Path(script))
    except DataError as error:
        _say(message, f"DataError: {error}"[:_LONGEST_MESSAGE])
        return 1
    count = len(result.violations or ())
    _say(
        message,
        f"CompletedWithViolations: Job completed successfully with {count} violations."
        if count
        else "Completed: Job completed successfully with no violations.",
    )
    return 0


def _analysis(kind: str) -> Callable[[Job], Result]:
    if kind not in ANALYSES:
        raise DataError(f"analysis_type {kind!r} is unknown; give one of {', '.join(ANALYSES)}.")
    return ANALYSES[kind]


def _say(path: Path, text: str) -> None:
    print(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
