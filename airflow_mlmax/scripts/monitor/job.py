"""What the container's environment asks of the analyzer, in the names of AWS's own analyzer.

`dataset_format`, `dataset_source`, `output_path`, `baseline_constraints`, `baseline_statistics` (files; without them
the job makes a baseline), `categorical_drift_method`, `analysis_type`, `problem_type`, `inference_attribute`,
`probability_attribute`, `probability_threshold_attribute`, `ground_truth_attribute`. Additions: `ground_truth_source`
and `join_attribute` for labels that lie elsewhere, `min_rows`, `monitoring_config` (JSON, laid over the default of a
new baseline), `slack` of suggested thresholds; `bias_config` and `attribution_config` (JSON) and `model_source`, the
folder of the model's archive.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .reading import DataError

SOURCE = Path("/opt/ml/processing/input/data")
MODEL = Path("/opt/ml/processing/input/model")
OUTPUT = Path("/opt/ml/processing/output")
BACKGROUND = "background.json"
MESSAGE = Path("/opt/ml/output/message")


@dataclass(frozen=True)
class Job:
    """One run of the analyzer."""

    environment: Mapping[str, str]

    @property
    def analysis(self) -> str:
        return self._text("analysis_type") or "DATA_QUALITY"

    @property
    def source(self) -> Path:
        return Path(self._text("dataset_source") or SOURCE)

    @property
    def output(self) -> Path:
        return Path(self._text("output_path") or OUTPUT)

    @property
    def layout(self) -> dict[str, Any]:
        return self._mapping("dataset_format", '{"csv": {"header": true}}')

    @property
    def constraints(self) -> dict[str, Any] | None:
        """The baseline's constraints; None if this job makes a baseline."""
        return self._document("baseline_constraints")

    @property
    def statistics(self) -> dict[str, Any]:
        return self._document("baseline_statistics") or {}

    @property
    def background(self) -> dict[str, Any] | None:
        """The rows that stood for absent features in the baseline, which lie beside its constraints; None if none do."""
        if (found := self._text("baseline_constraints")) is None:
            return None
        path = Path(found).with_name(BACKGROUND)
        return _document(path, "the baseline's background") if path.is_file() else None

    @property
    def monitoring_config(self) -> dict[str, Any]:
        return self._mapping("monitoring_config", "{}")

    @property
    def categorical_method(self) -> str | None:
        return self._text("categorical_drift_method")

    @property
    def min_rows(self) -> int:
        return int(self._number("min_rows", 1))

    @property
    def problem(self) -> str:
        return self.required("problem_type")

    @property
    def truth_source(self) -> Path | None:
        found = self._text("ground_truth_source")
        return Path(found) if found else None

    @property
    def model_source(self) -> Path:
        return Path(self._text("model_source") or MODEL)

    @property
    def threshold(self) -> float:
        return self._number("probability_threshold_attribute", 0.5)

    @property
    def slack(self) -> float:
        return self._number("slack", 0.0)

    def required(self, name: str) -> str:
        """A variable that has no default. Raises DataError if it is missing."""
        if (found := self._text(name)) is None:
            raise DataError(f"the environment has no {name}.")
        return found

    def settings(self, name: str) -> dict[str, Any]:
        """A variable that holds a JSON object; an empty one if it is missing."""
        return self._mapping(name, "{}")

    def optional(self, name: str) -> str | None:
        """A variable that may be missing."""
        return self._text(name)

    def _text(self, name: str) -> str | None:
        return self.environment.get(name) or None

    def _number(self, name: str, default: float) -> float:
        found = self._text(name)
        return default if found is None else number(found, name)

    def _mapping(self, name: str, default: str) -> dict[str, Any]:
        """A JSON object; one too long for a variable lies in a file, whose path the variable holds."""
        found = self._text(name) or default
        if found.startswith("/"):
            return self._document(name) or {}
        try:
            value = json.loads(found)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise DataError(f"{name} {found!r} is no JSON object.")
        return value

    def _document(self, name: str) -> dict[str, Any] | None:
        found = self._text(name)
        return None if found is None else _document(Path(found), name)


def number(value: str | float, name: str) -> float:
    """A number that may be written as a text. Raises DataError if it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise DataError(f"{name} {value!r} is no number.") from None


def _document(path: Path, name: str) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{name}: there is no file {path}.") from None
    except ValueError as error:
        raise DataError(f"{name}: {path} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise DataError(f"{name}: {path} holds no JSON object.")
    return value
