"""Measure the model on the latest window, which neither training nor tuning has seen, beside a simple baseline.

The baseline knows only origin, carrier and hour and learns from the same rows as the model. Writes
`evaluation.json`: `model` and `baseline` with the same metrics, the windows and the row count.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import features
import pandas as pd
from inference import load_archive
from preprocess import LABEL, PROCESSING
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder
from train import read

BASELINE = ["origin", "carrier", "hour"]


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse(arguments)
    train, test = read(options.train), read(options.test)
    evaluation = {
        "model": measure(load_archive(options.model), test[features.FEATURES], test[LABEL]),
        "baseline": measure(fit_baseline(train), test[BASELINE], test[LABEL]),
        "baseline_knows": BASELINE,
        "rows": len(test),
        "late_share": round(float(test[LABEL].mean()), 6),
        "windows": json.loads((options.test / "summary.json").read_text()),
    }
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "evaluation.json").write_text(json.dumps(evaluation, indent=1))
    print(json.dumps({name: evaluation[name] for name in ("model", "baseline")}))


def fit_baseline(train: pd.DataFrame) -> Pipeline:
    """Late rate as it follows from origin, carrier and hour."""
    baseline = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=1000))
    return baseline.fit(train[BASELINE], train[LABEL])


def measure(model: Pipeline, rows: pd.DataFrame, label: pd.Series) -> dict[str, float]:
    """Metrics of the predicted probabilities; for log loss and Brier score, lower is better."""
    probability = model.predict_proba(rows)[:, 1]
    metrics = {
        "roc_auc": roc_auc_score(label, probability),
        "pr_auc": average_precision_score(label, probability),
        "log_loss": log_loss(label, probability),
        "brier": brier_score_loss(label, probability),
    }
    return {name: round(float(value), 6) for name, value in metrics.items()}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=PROCESSING / "input/model")
    parser.add_argument("--train", type=Path, default=PROCESSING / "input/train")
    parser.add_argument("--test", type=Path, default=PROCESSING / "input/test")
    parser.add_argument("--output", type=Path, default=PROCESSING / "output/evaluation")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
