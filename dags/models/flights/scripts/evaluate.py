"""Measure the model on the latest window, which neither training nor tuning has seen, beside a simple baseline.

The baseline knows only origin, carrier and hour and learns from the same rows as the model. Writes `evaluation.json`: `model`
and `baseline` with the same metrics, `slices` with those of the model by airport, the windows and the row count; and
`predictions.csv`: key, categories, label and probability of every row, from which the monitors' baselines are made. If there
is a champion, the same of it for the same rows; or `incomparable.json`, which says why it cannot score them.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import features
import pandas as pd
from inference import PROBABILITY, load_archive
from preprocess import LABEL, PROCESSING
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder
from train import read

BASELINE = ["origin", "carrier", "hour"]
SLICED_BY = ["origin"]


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse(arguments)
    train, test = read(options.train), read(options.test)
    probability = probabilities(load_archive(options.model), test[features.FEATURES])
    expected = probabilities(fit_baseline(train), test[BASELINE])
    evaluation = {
        "model": measure(test[LABEL], probability),
        "baseline": measure(test[LABEL], expected),
        "baseline_knows": BASELINE,
        "slices": dict(slices(test, probability)),
        "rows": len(test),
        "late_share": round(float(test[LABEL].mean()), 6),
        "windows": json.loads((options.summary / "summary.json").read_text()),
    }
    write(options.output, "evaluation.json", json.dumps(evaluation, indent=1))
    scored = test[[features.KEY, *features.CATEGORICAL, LABEL]].assign(**{PROBABILITY: probability})
    write_predictions(options.predictions, scored)
    if (options.champion / "model.tar.gz").is_file():
        write_champion(options.champion, test, scored, options.champion_predictions)
    print(json.dumps({name: evaluation[name] for name in ("model", "baseline", "slices")}))


def fit_baseline(train: pd.DataFrame) -> Pipeline:
    """Late rate as it follows from origin, carrier and hour."""
    baseline = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=1000))
    return baseline.fit(train[BASELINE], train[LABEL])


def probabilities(model: Pipeline, rows: pd.DataFrame) -> pd.Series:
    """What the model says of each row."""
    return pd.Series(model.predict_proba(rows)[:, 1], index=rows.index)


def write_champion(folder: Path, rows: pd.DataFrame, scored: pd.DataFrame, output: Path) -> None:
    """What the champion says of the same rows, or why it cannot say anything."""
    try:
        before = scored.assign(**{PROBABILITY: champion_probabilities(load_archive(folder), rows)})
    except Exception as error:  # noqa: BLE001  # whatever is wrong with the champion, the new version is measured
        reason = f"the champion cannot score the rows of this version: {error}"
        write(output, "incomparable.json", json.dumps({"reason": reason}))
    else:
        write_predictions(output, before)


def champion_probabilities(champion: Pipeline, rows: pd.DataFrame) -> pd.Series:
    """From the features that it was trained on, which may be fewer than those of this version."""
    needed = list(champion.feature_names_in_)
    if missing := [name for name in needed if name not in rows]:
        raise ValueError(f"they have no {', '.join(missing)}")
    return probabilities(champion, rows[needed])


def slices(rows: pd.DataFrame, probability: pd.Series) -> Iterator[tuple[str, dict[str, float | None]]]:
    """The same metrics for each airport alone, with its number of rows."""
    for column in SLICED_BY:
        for value, part in rows.groupby(column):
            metrics = measure(part[LABEL], probability[part.index])
            yield f"{column}={value}", {**metrics, "rows": len(part)}


def measure(label: pd.Series, probability: pd.Series) -> dict[str, float | None]:
    """Metrics of probabilities; for log loss and Brier score, lower is better. None where there is nothing to rank."""
    ranked = label.min() < label.max()
    metrics = {
        "roc_auc": roc_auc_score(label, probability) if ranked else None,
        "pr_auc": average_precision_score(label, probability) if ranked else None,
        "log_loss": log_loss(label, probability, labels=[0, 1]),
        "brier": brier_score_loss(label, probability, pos_label=1),
    }
    return {name: None if value is None else round(float(value), 6) for name, value in metrics.items()}


def write_predictions(folder: Path, scored: pd.DataFrame) -> None:
    write(folder, "predictions.csv", scored.to_csv(index=False, float_format="%.6f"))


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=PROCESSING / "input/model")
    parser.add_argument("--champion", type=Path, default=PROCESSING / "input/champion")
    parser.add_argument("--train", type=Path, default=PROCESSING / "input/train")
    parser.add_argument("--test", type=Path, default=PROCESSING / "input/test")
    parser.add_argument("--summary", type=Path, default=PROCESSING / "input/summary")
    parser.add_argument("--output", type=Path, default=PROCESSING / "output/evaluation")
    parser.add_argument("--predictions", type=Path, default=PROCESSING / "output/predictions")
    parser.add_argument("--champion-predictions", type=Path, default=PROCESSING / "output/champion")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
