"""The analyzer as a container would start it, without the container."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Report:
    """What one run of the analyzer left behind."""

    code: int
    message: str
    folder: Path

    def file(self, name: str) -> Any:
        return json.loads((self.folder / f"{name}.json").read_text())

    @property
    def violations(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.file("constraint_violations")["violations"]
        return found

    @property
    def checks(self) -> set[tuple[str, str]]:
        """Feature or metric, and type, of each violation."""
        subjects = [each.get("feature_name", each.get("metric_name")) for each in self.violations]
        return {
            (subject, each["constraint_check_type"])
            for subject, each in zip(subjects, self.violations, strict=True)
        }

    def as_baseline(self) -> dict[str, str]:
        """The variables of a run that compares with this one."""
        if (self.folder / "analysis.json").exists():
            return {"baseline_constraints": str(self.folder / "analysis.json")}
        names = ("constraints", "statistics")
        return {f"baseline_{name}": str(self.folder / f"{name}.json") for name in names}

    def drift(self, feature: str) -> dict[str, Any]:
        [found] = [each for each in self.file("verdict")["drift"] if each["feature"] == feature]
        return dict(found)


Analyze = Callable[..., Report]


def table(**columns: list[Any]) -> str:
    """CSV with a header; None is an empty field."""
    rows = zip(*columns.values(), strict=True)
    lines = [",".join("" if value is None else str(value) for value in row) for row in rows]
    return "\n".join([",".join(columns), *lines, ""])
