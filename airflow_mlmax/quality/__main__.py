"""A gate in a processing job: the question and the data are inputs, the verdict and its files the output.

Run by `start.py`, because the folder of this module is all that the container has of the package. It ends with 0 as soon
as there is a verdict, whatever it says; a question that is wrong ends it with a message that begins with `Refused`.
"""

import json
import sys
import tempfile
from pathlib import Path

from .checking import Question, check

_ROOT = Path("/opt/ml/processing")
_QUESTION = Path("/opt/ml/processing/input/question")
_DATA = Path("/opt/ml/processing/input/data")
_OUTPUT = Path("/opt/ml/processing/output")
_MESSAGE = Path("/opt/ml/output/message")
_CONFIG = Path("/opt/ml/config/processingjobconfig.json")


def main() -> int:
    """Answers the question that lies in the container; gives the exit code."""
    [asked] = _QUESTION.glob("*.json")
    content = json.loads(asked.read_text(encoding="utf-8"))
    files = [_DATA / name for name in content["files"]]
    try:
        with tempfile.TemporaryDirectory(dir=_ROOT) as scratch:
            document = check(
                Question(**content["question"]), files, Path(scratch), _OUTPUT, job_arn=_own_arn()
            )
    except ValueError as error:
        _tell(f"Refused: {error}")
        return 1
    failed = document["checks"]["failed"]
    if document["status"] == "pass":
        _tell("Completed: the data hold every check.")
    else:
        _tell(
            f"CompletedWithViolations: {failed} checks failed, {document['rows']['bad']} bad rows, "
            f"status {document['status']}."
        )
    return 0


def _own_arn() -> str | None:
    arn = json.loads(_CONFIG.read_text(encoding="utf-8")).get("ProcessingJobArn")
    return None if arn is None else str(arn)


def _tell(text: str) -> None:
    print(text)  # noqa: T201 - a job's log is its standard output
    _MESSAGE.parent.mkdir(parents=True, exist_ok=True)
    _MESSAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
