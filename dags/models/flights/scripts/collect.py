"""Bring together what was scored on some days and what came of it, for the monitors.

Writes the landing rows as they came, and `outcomes.csv`: key, categories, label and probability of every prediction. The
label is empty for a flight that never arrived, or whose label has not come; `summary.json` counts both.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import features
import pandas as pd
from inference import PROBABILITY
from preprocess import LABEL, PROCESSING, late, read_text

OUTCOMES = [features.KEY, *features.CATEGORICAL, LABEL, PROBABILITY]


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse(arguments)
    rows = read_text(options.flights)
    outcomes = join(rows, read_text(options.labels), read_text(options.predictions))
    for name, text in {
        "rows/rows.csv": rows.to_csv(index=False),
        "outcomes/outcomes.csv": outcomes[OUTCOMES].to_csv(index=False),
        "summary/summary.json": json.dumps(describe(outcomes), indent=1),
    }.items():
        path = options.output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    print(json.dumps(describe(outcomes)))


def join(rows: pd.DataFrame, labels: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """Every prediction with its flight and, if there is one, its outcome. A prediction without flight is an error."""
    flights = rows[[features.KEY, *features.CATEGORICAL]]
    joined = predictions.merge(flights, on=features.KEY, how="left", validate="one_to_one", indicator=True)
    strange = joined.loc[joined.pop("_merge") == "left_only", features.KEY]
    if len(strange):
        raise SystemExit(f"{len(strange)} predictions are of no flight that landed, first {strange.iloc[0]}")
    joined = joined.merge(labels, on=features.KEY, how="left", validate="one_to_one")
    joined["arrival_delay"] = pd.to_numeric(joined["arrival_delay"])
    return joined.assign(**{LABEL: late(joined)})


def describe(outcomes: pd.DataFrame) -> dict[str, int]:
    """How many predictions have a label, how many never will, and how many wait for one."""
    return {
        "predictions": len(outcomes),
        "labelled": int(outcomes[LABEL].notna().sum()),
        "never_arrived": int(outcomes["outcome"].isin(["cancelled", "diverted"]).sum()),
        "without_label": int(outcomes["outcome"].isna().sum()),
    }


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("flights", "labels", "predictions"):
        parser.add_argument(f"--{name}", type=Path, default=PROCESSING / "input" / name)
    parser.add_argument("--output", type=Path, default=PROCESSING / "output")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
