"""What an analysis leaves behind: the files of its report, and the verdict beside them."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .page import page
from .violations import Violation

SCHEMA = "mlmax.monitor.verdict/1"


@dataclass(frozen=True)
class Result:
    """What a run found: the files by name; violations are None where there is no baseline to violate."""

    files: dict[str, Any]
    violations: list[Violation] | None
    verdict: dict[str, Any] = field(default_factory=dict)
    version: str | None = None
    """`version` of the file of violations, where AWS's monitor of this kind writes one."""

    def write(self, folder: Path, analysis: str) -> None:
        """Each file as JSON without NaN or infinity, which JSON has not, and a page to look at; the verdict last.

        :param analysis: its kind, as `analysis_type`
        """
        folder.mkdir(parents=True, exist_ok=True)
        verdict = {"schema": SCHEMA, "analysis": analysis, "status": "baseline", **self.verdict}
        files, rows = dict(self.files), None
        if self.violations is not None:
            rows = [each.document() for each in self.violations]
            files["constraint_violations"] = {
                **({"version": self.version} if self.version else {}),
                "violations": rows,
            }
            verdict["status"] = "fail" if rows else "pass"
        (folder / "report.html").write_text(page(analysis, verdict, rows), encoding="utf-8")
        for name, value in {**files, "verdict": verdict}.items():
            text = json.dumps(value, allow_nan=False)
            (folder / f"{name}.json").write_text(text, encoding="utf-8")
