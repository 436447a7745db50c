"""Score landing rows: as the handlers of a serving container, and as a batch script of a Processing job.

A header line is answered by a header, so that a CSV file stays one after the join of a batch transform. There is no
`transform_fn`: AWS's containers refuse it beside the three handlers, which the monitor of feature attribution calls one by one.
"""

import argparse
import csv
import io
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import features
import joblib
import pandas as pd

CSV = "text/csv"
PROBABILITY = "late_probability"
TYPES = dict.fromkeys(["flight_key", "tailnum", *features.CATEGORICAL], "object")
PROCESSING = Path("/opt/ml/processing")
_HEADER = "has_header"


def model_fn(model_dir: str) -> Any:
    """The fitted pipeline."""
    return joblib.load(Path(model_dir) / "model.joblib")


def input_fn(body: str | bytes, content_type: str) -> pd.DataFrame:
    """Features of lines of a landing file. They remember whether the lines began with the header, for `output_fn`."""
    if content_type.partition(";")[0] != CSV:
        raise ValueError(f"content type {content_type!r} is not {CSV}")
    rows, has_header = read(body.decode() if isinstance(body, bytes) else body)
    made = features.build(rows)
    made.attrs[_HEADER] = has_header
    return made


def predict_fn(made: pd.DataFrame, model: Any) -> pd.Series:
    """Probability of a late arrival for each row of features; the series has a name where the lines had a header."""
    probability = [] if made.empty else model.predict_proba(made)[:, 1]
    name = PROBABILITY if made.attrs.get(_HEADER) else None
    return pd.Series(probability, index=made.index, dtype="float64", name=name)


def output_fn(prediction: pd.Series, _accept: str) -> tuple[str, str]:
    """One probability a line, below the header if there was one, and their content type."""
    header = [] if prediction.name is None else [str(prediction.name)]
    lines = [f"{probability:.6f}" for probability in prediction]
    return "\n".join([*header, *lines]) + "\n", CSV


def read(body: str) -> tuple[pd.DataFrame, bool]:
    """Rows of a piece of a landing file, and whether it began with the header."""
    has_header = body.startswith(features.KEY)
    width = len(next(csv.reader(io.StringIO(body)), []))
    if not has_header and width != len(features.COLUMNS):
        raise features.LandingFileError(f"{width} columns found, {len(features.COLUMNS)} expected")
    names = None if has_header else features.COLUMNS
    rows = pd.read_csv(io.StringIO(body), header=0 if has_header else None, names=names, dtype=TYPES)
    return rows, has_header


def main(arguments: Sequence[str] | None = None) -> None:
    """Write `<name>.out` with key and probability for each file, as the batch transform of the pipeline does."""
    options = parse(arguments)
    model = load_archive(options.model)
    files = sorted(path for path in options.input.rglob("*") if path.is_file())
    if not files:
        raise SystemExit(f"no landing files below {options.input}")
    for file in files:
        rows, _ = read(file.read_text())
        target = options.output / f"{file.relative_to(options.input)}.out"
        target.parent.mkdir(parents=True, exist_ok=True)
        probability = predict_fn(features.build(rows), model)
        scored = pd.DataFrame({features.KEY: rows[features.KEY], PROBABILITY: probability})
        scored.to_csv(target, index=False, float_format="%.6f")
        print(f"{file.name}: {len(scored)} rows scored")


def load_archive(folder: Path) -> Any:
    """The model in `model.tar.gz` as a training job made it."""
    with tempfile.TemporaryDirectory() as unpacked, tarfile.open(folder / "model.tar.gz") as archive:
        archive.extractall(unpacked, filter="data")
        return model_fn(unpacked)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=PROCESSING / "input/model")
    parser.add_argument("--input", type=Path, default=PROCESSING / "input/rows")
    parser.add_argument("--output", type=Path, default=PROCESSING / "output/predictions")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
