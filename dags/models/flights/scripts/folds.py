"""Split labelled flights into folds: each is the test of a model that is trained on all others.

Writes `folds/<number>/` with `train/`, `test/` and `summary/summary.json` for each, numbers from 0. How flights are held out
together decides what the result means:

* `blocked`: days that follow each other. Flights of a day share weather and delays, and a delay lasts into the next day.
* `grouped`: all flights of a group, such as a day or a carrier; tells how the model does on one it has never seen.
* `shuffled`: single flights. Others of the same hour are in training, so the result is too good; it is there to compare.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import features
import pandas as pd
from preprocess import PROCESSING, describe, join_labels, read_days, write
from sklearn.model_selection import GroupKFold, KFold

DAY = "day"
GROUPS = (DAY, "carrier", "origin", "dest", "tailnum")
METHODS = ("blocked", "grouped", "shuffled")
MOST_NAMED = 40


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse(arguments)
    rows = join_labels(read_days(options.flights), read_days(options.labels))
    group = groups(rows, options.group)
    try:
        fold = assign(group, options.method, options.folds, options.seed)
    except ValueError as error:
        raise SystemExit(f"{options.folds} folds by {options.group} cannot be made: {error}") from None
    for number, parts in split(rows, fold):
        folder = options.output / "folds" / str(number)
        for name, part in parts.items():
            write(part, folder / name)
        summary = {
            **{name: describe(part) for name, part in parts.items()},
            "held_out": named(group[parts["test"].index]),
        }
        (folder / "summary").mkdir(parents=True, exist_ok=True)
        (folder / "summary/summary.json").write_text(json.dumps(summary, indent=1))
        print(f"fold {number}: {json.dumps(summary)}")


def groups(rows: pd.DataFrame, name: str) -> pd.Series:
    """The group of every row: its local day of departure, or the value of a column."""
    if name == DAY:
        return rows[features.LOCAL_DEPARTURE].str[:10]
    return rows[name].fillna("").astype(str)


def assign(group: pd.Series, method: str, folds: int, seed: int) -> pd.Series:
    """The fold of every row. Raises ValueError where there are fewer groups, or rows, than folds."""
    fold = pd.Series(-1, index=group.index)
    if method == "shuffled":
        parts = KFold(folds, shuffle=True, random_state=seed).split(group)
    elif method == "grouped":
        parts = GroupKFold(folds).split(group, groups=group)
    else:
        ordered = pd.Series(sorted(group.unique()))
        held_out = [ordered.iloc[test] for _, test in KFold(folds).split(ordered)]
        parts = ((None, group.isin(values).to_numpy().nonzero()[0]) for values in held_out)
    for number, (_, test) in enumerate(parts):
        fold.iloc[test] = number
    return fold


def split(rows: pd.DataFrame, fold: pd.Series) -> Iterator[tuple[int, dict[str, pd.DataFrame]]]:
    """Each fold with its training and test rows."""
    for number in sorted(fold.unique()):
        yield int(number), {"train": rows[fold != number], "test": rows[fold == number]}


def named(values: pd.Series) -> dict[str, Any]:
    """Which groups are held out, the first ones by name."""
    found = sorted(values.unique())
    return {"groups": len(found), "first": found[:MOST_NAMED]}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--method", choices=METHODS, default="blocked")
    parser.add_argument("--group", choices=GROUPS, default=DAY, help="what is held out as a whole")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7, help="of shuffling")
    parser.add_argument("--flights", type=Path, default=PROCESSING / "input/flights")
    parser.add_argument("--labels", type=Path, default=PROCESSING / "input/labels")
    parser.add_argument("--output", type=Path, default=PROCESSING / "output")
    options = parser.parse_args(arguments)
    if options.method == "blocked" and options.group != DAY:
        parser.error(f"blocks follow each other in time: --method blocked goes with --group {DAY}")
    return options


if __name__ == "__main__":
    main()
