"""What a monitor costs: statistics and drift of a CSV file beside `pandas.read_csv` and `describe`, each in a process of its own.

    python benchmarks/analyzer.py [--rows 100000] [--columns 20]

The analyzer does more (types, sketches, distances, constraints); pandas holds the whole table. Compare the ratios:
absolute figures do not travel.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SCRIPTS = Path(__file__).parents[1] / "airflow_mlmax" / "scripts"
_DESCRIBE = """
import glob, os
import pandas
table = pandas.concat(map(pandas.read_csv, glob.glob(os.environ["dataset_source"] + "/*")))
print(table.describe(include="all").shape)
"""
_ANALYZE = """
import os
from pathlib import Path
from monitor.__main__ import main
assert main(os.environ, Path(os.environ["output_path"], "message")) == 0
"""
_MEASURE = """
import resource, sys
exec(sys.argv[1])
usage = resource.getrusage(resource.RUSAGE_SELF)
print("COST", usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""


def main() -> None:
    options = parse()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "data" / "data.csv", options.rows, options.columns)
        megabytes = (folder / "data" / "data.csv").stat().st_size / 1e6
        print(f"{options.rows:,} rows x {options.columns} columns, {megabytes:.0f} MB of CSV")
        base = {"dataset_source": str(folder / "data"), "output_path": str(folder / "baseline")}
        against = {
            **base,
            "output_path": str(folder / "report"),
            "baseline_constraints": str(folder / "baseline" / "constraints.json"),
            "baseline_statistics": str(folder / "baseline" / "statistics.json"),
        }
        cost = {
            "pandas describe": run(_DESCRIBE, base),
            "analyzer, baseline": run(_ANALYZE, base),
            "analyzer, comparison": run(_ANALYZE, against),
        }
    report(cost, options.rows)


def write(path: Path, rows: int, columns: int) -> None:
    """Half of the columns are numbers with a fraction, a quarter whole ones, a quarter texts."""
    path.parent.mkdir()
    random = np.random.default_rng(5)
    with path.open("w") as file:
        file.write(",".join(f"c{column}" for column in range(columns)) + "\n")
        for start in range(0, rows, 10_000):
            size = min(10_000, rows - start)
            parts = [_column(random, column, size) for column in range(columns)]
            file.writelines(",".join(row) + "\n" for row in zip(*parts, strict=True))


def _column(random: np.random.Generator, column: int, size: int) -> list[str]:
    if column % 4 == 0:
        return [f"category-{value}" for value in random.integers(0, 30, size)]
    if column % 4 == 1:
        return [str(value) for value in random.integers(0, 1000, size)]
    return [f"{value:.6f}" for value in random.normal(size=size)]


def run(program: str, environment: dict[str, str]) -> tuple[float, float]:
    """CPU seconds and peak memory in megabytes of a program in a process of its own."""
    done = subprocess.run(  # noqa: S603  our own programs
        [sys.executable, "-c", _MEASURE, program],
        env={**os.environ, **environment},
        cwd=SCRIPTS,
        check=True,
        capture_output=True,
        text=True,
    )
    _, seconds, kilobytes = done.stdout.splitlines()[-1].split()
    return float(seconds), float(kilobytes) / 1000


def report(cost: dict[str, tuple[float, float]], rows: int) -> None:
    seconds, memory = cost["pandas describe"]
    print(f"{'':22} {'rows/CPU-s':>12} {'CPU ratio':>10} {'peak MB':>9} {'ratio':>6}")
    for name, (own, peak) in cost.items():
        print(f"{name:22} {rows / own:12,.0f} {own / seconds:10.2f} {peak:9.0f} {peak / memory:6.2f}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=20)
    return parser.parse_args()


if __name__ == "__main__":
    main()
