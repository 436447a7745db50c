"""Join landing files with their labels and write the train, validation and test windows, in order of time.

Beside them go the landing rows of the train window as they came, all of them: what the model's contract and baselines are
made of.

The question is whether a flight arrives more than 15 minutes late. A cancelled or diverted flight never arrives, so
it has no answer: such flights are scored like all others, but neither learned from nor evaluated on. How
many they are stands in `summary.json`.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import features
import pandas as pd

LABEL = "late"
LATE_MINUTES = 15
PROCESSING = Path("/opt/ml/processing")


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse(arguments)
    rows = join_labels(read_days(options.flights), read_days(options.labels))
    windows = split(rows, options.validation_start, options.test_start)
    for name, window in windows.items():
        write(window, options.output / name)
    summary = {name: describe(window) for name, window in windows.items()}
    write_reference(options.flights, options.validation_start, options.output / "reference")
    (options.output / "summary").mkdir(parents=True, exist_ok=True)
    (options.output / "summary" / "summary.json").write_text(json.dumps(summary, indent=1))
    print(json.dumps(summary))


def read_days(folder: Path) -> pd.DataFrame:
    """All daily files below a folder in order of their days."""
    return pd.concat(
        (pd.read_csv(file, dtype={"tailnum": "object"}) for file in daily_files(folder)), ignore_index=True
    )


def read_text(folder: Path) -> pd.DataFrame:
    """The same, every value as it is written."""
    return pd.concat(
        (pd.read_csv(file, dtype="object", keep_default_na=False) for file in daily_files(folder)),
        ignore_index=True,
    )


def daily_files(folder: Path) -> list[Path]:
    """In order of their days."""
    files = sorted(folder.rglob("*.csv"))
    if not files:
        raise SystemExit(f"no daily files below {folder}")
    return files


def join_labels(flights: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Flights with their outcome. A flight without a label is an error: its label file has not arrived or is not whole."""
    joined = flights.merge(labels, on=features.KEY, how="left", validate="one_to_one")
    unlabelled = joined.loc[joined["outcome"].isna(), features.KEY]
    if len(unlabelled):
        raise SystemExit(f"{len(unlabelled)} flights have no label, first {unlabelled.iloc[0]}")
    return joined


def split(rows: pd.DataFrame, validation_start: str, test_start: str) -> dict[str, pd.DataFrame]:
    """The three windows by scheduled departure; each begins where the one before ends."""
    departure = pd.to_datetime(rows[features.DEPARTURE], utc=True)
    validation, test = pd.Timestamp(validation_start, tz="UTC"), pd.Timestamp(test_start, tz="UTC")
    windows = {
        "train": rows[departure < validation],
        "validation": rows[(departure >= validation) & (departure < test)],
        "test": rows[departure >= test],
    }
    empty = [name for name, window in windows.items() if window.empty]
    if empty:
        raise SystemExit(f"no flights in the windows {empty}: check --validation-start and --test-start")
    return windows


def write(window: pd.DataFrame, folder: Path) -> None:
    """Key, label and features of the flights that arrived."""
    arrived = window[window["outcome"] == "arrived"]
    made = features.build(arrived[features.COLUMNS])
    made.insert(0, features.KEY, arrived[features.KEY])
    made.insert(1, LABEL, late(arrived).astype(int))
    folder.mkdir(parents=True, exist_ok=True)
    made.to_csv(folder / "rows.csv", index=False)


def late(rows: pd.DataFrame) -> pd.Series:
    """1 or 0 for flights that arrived, missing for those that have not, or of which nothing is known."""
    answer = (rows["arrival_delay"] > LATE_MINUTES).astype("Int64")
    return answer.where(rows["outcome"] == "arrived")


def write_reference(flights: Path, validation_start: str, folder: Path) -> None:
    """The landing rows of the train window, cancelled flights included: they are scored like all others."""
    rows = read_text(flights)
    departure = pd.to_datetime(rows[features.DEPARTURE], utc=True)
    folder.mkdir(parents=True, exist_ok=True)
    rows[departure < pd.Timestamp(validation_start, tz="UTC")].to_csv(folder / "rows.csv", index=False)


def describe(window: pd.DataFrame) -> dict[str, object]:
    """First and last departure and the number of flights by outcome."""
    departure = window[features.DEPARTURE]
    return {"first": departure.min(), "last": departure.max(), **window["outcome"].value_counts().to_dict()}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--validation-start", required=True, help="first day that is not for training")
    parser.add_argument("--test-start", required=True, help="first day that is only for the evaluation")
    parser.add_argument("--flights", type=Path, default=PROCESSING / "input/flights")
    parser.add_argument("--labels", type=Path, default=PROCESSING / "input/labels")
    parser.add_argument("--output", type=Path, default=PROCESSING / "output")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
