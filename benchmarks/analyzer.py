"""What a monitor costs: the analyzer beside pandas and Evidently on the same CSV file, each in a process of its own.

    python benchmarks/analyzer.py [--rows 3000000] [--columns 40] [--no-peer]

The analyzer writes types, moments, sketches and constraints, and compares them with a baseline that it has read from its
files. `pandas` reads and describes, no more. Evidently (in an environment that uv makes for it, because it needs an
older pandas than the package) summarizes, and compares with the first 100,000 rows, which it is given for nothing.
CPU seconds are those after all imports. Compare the ratios: absolute figures do not travel.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

SCRIPTS = Path(__file__).parents[1] / "airflow_mlmax" / "scripts"
_UV = Path(sys.executable).with_name("uv")
_PEER = "evidently==0.7.23"
_PYTHON = [sys.executable]
_PEERS_PYTHON = [
    *(str(_UV), "run", "--quiet", "--no-project", "--isolated", "--python", "3.11"),
    *("--with", _PEER, "--with", "pandas<3", "python"),
]
_BLOCK = 50_000

_MEASURE = """
import os, resource, sys
def used():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss
imports, program = sys.argv[1:]
exec(imports)
start, _ = used()
exec(program)
end, peak = used()
print("COST", end - start, peak)
"""


@dataclass(frozen=True)
class Program:
    """One way to look at the data: `FILE` and `FOLDER` are where they lie."""

    name: str
    imports: str
    code: str
    python: Sequence[str] = tuple(_PYTHON)


@dataclass(frozen=True)
class Cost:
    seconds: float
    megabytes: float


_ANALYZE = "assert main(os.environ, Path(os.environ['output_path'], 'message')) == 0"
_ANALYZER = "from pathlib import Path; from monitor.__main__ import main; import pyarrow.csv, pyarrow.parquet"
BASELINE = Program("analyzer, baseline", _ANALYZER, _ANALYZE)
COMPARISON = Program("analyzer, comparison", _ANALYZER, _ANALYZE)
PANDAS = Program(
    "pandas describe",
    "import pandas",
    "print(pandas.read_csv(os.environ['FILE']).describe(include='all').shape)",
)
_EVIDENTLY = "import pandas; from evidently import Report; from evidently.presets import DataDriftPreset, DataSummaryPreset"
SUMMARY = Program(
    "Evidently summary",
    _EVIDENTLY,
    "len(Report([DataSummaryPreset()]).run(pandas.read_csv(os.environ['FILE']), None).json())",
    tuple(_PEERS_PYTHON),
)
DRIFT = Program(
    "Evidently comparison",
    _EVIDENTLY,
    "rows = pandas.read_csv(os.environ['FILE']);"
    "len(Report([DataSummaryPreset(), DataDriftPreset()]).run(rows, rows.head(100_000)).json())",
    tuple(_PEERS_PYTHON),
)


def main() -> None:
    options = parse()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "data" / "data.csv"
        write(file, options.rows, options.columns)
        print(
            f"{options.rows:,} rows x {options.columns} columns, {file.stat().st_size / 1e6:,.0f} MB of CSV\n"
            f"{'':22} {'rows/CPU-s':>12} {'CPU s':>8} {'peak MB':>9}"
        )
        costs = measured(folder, file, [] if options.no_peer else [SUMMARY, DRIFT], options.rows)
    for ours, theirs in ((BASELINE, PANDAS), (BASELINE, SUMMARY), (COMPARISON, DRIFT)):
        if theirs in costs:
            own, other = costs[ours], costs[theirs]
            print(
                f"{ours.name}: {other.seconds / own.seconds:.1f} times as fast as {theirs.name}, "
                f"with {own.megabytes / other.megabytes:.2f} of its memory"
            )


def measured(folder: Path, file: Path, peers: Sequence[Program], rows: int) -> dict[Program, Cost]:
    """What each program costs; one that cannot be run is told and left out."""
    base = {"FILE": str(file), "dataset_source": str(file.parent), "output_path": str(folder / "baseline")}
    against = {
        **base,
        "output_path": str(folder / "report"),
        "baseline_constraints": str(folder / "baseline" / "constraints.json"),
        "baseline_statistics": str(folder / "baseline" / "statistics.json"),
    }
    costs = {}
    for program in (BASELINE, COMPARISON, PANDAS, *peers):
        try:
            cost = run(program, against if program is COMPARISON else base)
        except subprocess.CalledProcessError as error:
            print(f"{program.name:22} could not be run: {error.stderr.strip().splitlines()[-1:]}")
            continue
        costs[program] = cost
        print(f"{program.name:22} {rows / cost.seconds:12,.0f} {cost.seconds:8.1f} {cost.megabytes:9,.0f}")
    return costs


def run(program: Program, environment: Mapping[str, str]) -> Cost:
    """What a program costs in a process of its own."""
    done = subprocess.run(  # noqa: S603  our own programs
        [*program.python, "-c", _MEASURE, program.imports, program.code],
        env={**os.environ, **environment},
        cwd=SCRIPTS,
        check=True,
        capture_output=True,
        text=True,
    )
    _, seconds, kilobytes = done.stdout.splitlines()[-1].split()
    return Cost(float(seconds), float(kilobytes) / 1000)


def write(path: Path, rows: int, columns: int) -> None:
    """Half of the columns are numbers with a fraction, a quarter whole ones, a quarter texts."""
    path.parent.mkdir()
    random = np.random.default_rng(5)
    schema = block(random, 1, columns).schema
    with pyarrow.csv.CSVWriter(str(path), schema) as writer:
        for start in range(0, rows, _BLOCK):
            writer.write_table(block(random, min(_BLOCK, rows - start), columns))


def block(random: np.random.Generator, rows: int, columns: int) -> pa.Table:
    words = np.array([f"category-{number}" for number in range(30)])
    kinds = [
        lambda: words[random.integers(0, 30, rows)],
        lambda: random.integers(0, 1000, rows),
        lambda: np.round(random.normal(size=rows), 6),
        lambda: np.round(random.normal(size=rows), 6),
    ]
    return pa.table({f"c{column}": kinds[column % 4]() for column in range(columns)})


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=3_000_000)
    parser.add_argument("--columns", type=int, default=40)
    parser.add_argument(
        "--no-peer", action="store_true", help="without Evidently, which has to be downloaded"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
