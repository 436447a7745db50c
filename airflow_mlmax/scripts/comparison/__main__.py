"""Is the challenger at least as good as the champion? Writes `comparison.json`.

The challenger is not inferior if, for each metric with a margin, its gain is above minus the margin with the stated
confidence, and if in every slice that is large enough no metric with a floor falls by more than that. Where the champion's folder
holds `incomparable.json` instead of predictions, its `reason` is the answer. The exit code is 0 whatever the answer; predictions
that cannot be compared end it with 1 and say why in `/opt/ml/output/message`.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from .bootstrap import gain_of, gains, point
from .metrics import METRICS
from .rows import Pairs, RowsError, read_pairs

PROCESSING = Path("/opt/ml/processing")
SCHEMA = "mlmax.comparison/1"
MESSAGE = Path("/opt/ml/output/message")


def main(arguments: Sequence[str] | None = None, message: Path = MESSAGE) -> int:
    options = parse(arguments)
    try:
        report = incomparable(options.champion) or compared(_pairs(options), options)
    except RowsError as error:
        _say(message, f"RowsError: {error}")
        return 1
    options.output.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, allow_nan=False)
    (options.output / "comparison.json").write_text(text, encoding="utf-8")
    _say(message, f"Completed: the challenger is {report['decision'].replace('_', ' ')}.")
    return 0


def incomparable(champion: Path) -> dict[str, Any] | None:
    """The answer where whoever should have scored the rows with the champion says why that is impossible."""
    said = champion / "incomparable.json"
    if not said.is_file():
        return None
    reason = json.loads(said.read_text(encoding="utf-8"))["reason"]
    return {"schema": SCHEMA, "decision": "incomparable", "reasons": [reason]}


def _pairs(options: argparse.Namespace) -> Pairs:
    columns = sorted({*options.slices, *([options.cluster] if options.cluster else [])})
    return read_pairs(
        options.champion,
        options.challenger,
        key=options.key,
        label=options.label,
        score=options.score,
        columns=columns,
    )


def compared(pairs: Pairs, options: argparse.Namespace) -> dict[str, Any]:
    """The whole answer as plain JSON; a number that does not exist is None, and then nothing is non-inferior."""
    clusters = (
        np.unique(pairs.columns[options.cluster], return_inverse=True)[1]
        if options.cluster
        else np.arange(len(pairs.champion.label))
    )
    found = gains(
        pairs.champion,
        pairs.challenger,
        clusters,
        names=sorted(METRICS),
        resamples=options.resamples,
        confidence=options.confidence,
        seed=options.seed,
    )
    slices = dict(_slices(pairs, options))
    metrics = {name: _finite(asdict(gain)) for name, gain in found.items()}
    reasons = [*_margins(metrics, options), *_floors(slices, options)]
    return {
        "schema": SCHEMA,
        "decision": "inferior" if reasons else "non_inferior",
        "reasons": reasons,
        "rows": len(pairs.champion.label),
        "clusters": int(clusters.max()) + 1,
        "method": {
            "name": "paired percentile bootstrap",
            "resamples": options.resamples,
            "confidence": options.confidence,
            "seed": options.seed,
            "cluster": options.cluster,
        },
        "margins": options.margins,
        "floors": options.floors,
        "metrics": metrics,
        "slices": slices,
    }


def _margins(metrics: Mapping[str, Any], options: argparse.Namespace) -> Iterator[str]:
    for name, margin in options.margins.items():
        lower = metrics[name]["lower"]
        if lower is None:
            yield f"{name} cannot be computed from these rows"
        elif lower < -margin:
            yield (
                f"{name} may be worse by {-lower:.4g}, at most {margin:.4g} is allowed "
                f"(gain {metrics[name]['gain']:+.4g}, {options.confidence:.0%} sure of {lower:+.4g} or more)"
            )


def _slices(pairs: Pairs, options: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    for column in options.slices:
        for value in sorted(set(pairs.columns[column].tolist())):
            part = pairs.part(pairs.columns[column] == value)
            rows = len(part.champion.label)
            both = {name: (point(name, part.champion), point(name, part.challenger)) for name in METRICS}
            measured = {
                name: _finite({"champion": old, "challenger": new, "gain": gain_of(name, old, new)})
                for name, (old, new) in both.items()
            }
            yield f"{column}={value}", {"rows": rows, "judged": rows >= options.slice_min_rows, **measured}


def _floors(slices: Mapping[str, Any], options: argparse.Namespace) -> Iterator[str]:
    for place, measured in slices.items():
        for name, floor in options.floors.items():
            gain = measured[name]["gain"]
            if not measured["judged"]:
                continue
            if gain is None:
                yield f"{place}: {name} cannot be computed"
            elif gain < -floor:
                yield f"{place}: {name} falls by {-gain:.4g}, at most {floor:.4g} is allowed"


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def _say(path: Path, text: str) -> None:
    print(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text[:1000], encoding="utf-8")


def _limits(text: str) -> dict[str, float]:
    """A JSON object of metric and how much it may fall."""
    limits = json.loads(text)
    for name, value in limits.items():
        if name not in METRICS or isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            known = ", ".join(sorted(METRICS))
            raise argparse.ArgumentTypeError(f"{name}: {value!r}; give a number from 0 for one of {known}")
    return {name: float(value) for name, value in limits.items()}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="compare.py", description=__doc__)
    parser.add_argument("--champion", type=Path, default=PROCESSING / "input/champion")
    parser.add_argument("--challenger", type=Path, default=PROCESSING / "input/challenger")
    parser.add_argument("--output", type=Path, default=PROCESSING / "output/comparison")
    parser.add_argument("--key", required=True, help="column that names a row")
    parser.add_argument("--label", required=True, help="column of the truth, 0 or 1")
    parser.add_argument("--score", required=True, help="column of the probability of 1")
    parser.add_argument("--margins", type=_limits, required=True, help='JSON: {"roc_auc": 0.005}')
    parser.add_argument("--floors", type=_limits, default={}, help="the same for every slice")
    parser.add_argument("--slices", type=json.loads, default=[], help="JSON list of columns")
    parser.add_argument("--slice-min-rows", type=int, default=200, help="smaller slices decide nothing")
    parser.add_argument("--cluster", help="column of rows that are drawn together")
    parser.add_argument("--resamples", type=int, default=2000)
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if not options.margins:
        parser.error("--margins names no metric; at least one metric must not fall")
    return options


if __name__ == "__main__":
    sys.exit(main())
