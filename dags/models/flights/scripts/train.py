"""Train a gradient-boosted classifier and put it, with the code that serves it, into the model folder.

Prints `validation_auc=...` and `validation_log_loss=...` for metric definitions.
"""

import argparse
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import features
import joblib
import numpy as np
import pandas as pd
from preprocess import LABEL
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder

SERVING_CODE = ("inference.py", "features.py")


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse(arguments)
    train, validation = read(options.train), read(options.validation)
    model = build(options)
    model.fit(train[features.FEATURES], train[LABEL])
    report(model, train, "train")
    report(model, validation, "validation")
    save(model, options.model_dir)


def read(folder: Path) -> pd.DataFrame:
    """Rows that `preprocess.py` wrote."""
    return pd.read_csv(folder / "rows.csv", dtype=dict.fromkeys(features.CATEGORICAL, "object"))


def build(options: argparse.Namespace) -> Pipeline:
    """The unfitted pipeline. A carrier or airport that training has not seen counts as unknown."""
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    columns = ColumnTransformer([("categories", encode, features.CATEGORICAL)], remainder="passthrough")
    trees = HistGradientBoostingClassifier(
        learning_rate=options.learning_rate,
        max_iter=options.max_iter,
        max_leaf_nodes=options.max_leaf_nodes,
        min_samples_leaf=options.min_samples_leaf,
        l2_regularization=options.l2_regularization,
        categorical_features=range(len(features.CATEGORICAL)),
        early_stopping=False,
        random_state=options.seed,
    )
    return make_pipeline(columns, trees)


def report(model: Pipeline, rows: pd.DataFrame, window: str) -> None:
    """Print the metrics of a window on one line."""
    probability = model.predict_proba(rows[features.FEATURES])[:, 1]
    auc = roc_auc_score(rows[LABEL], probability)
    precision = average_precision_score(rows[LABEL], probability)
    loss = log_loss(rows[LABEL], probability)
    print(
        f"{window}_rows={len(rows)} {window}_auc={auc:.6f} {window}_pr_auc={precision:.6f} {window}_log_loss={loss:.6f}",
        flush=True,
    )


def save(model: Pipeline, folder: Path) -> None:
    """Write the model and, beside it, the code that a serving container or a batch job runs."""
    code = folder / "code"
    code.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, folder / "model.joblib")
    for name in SERVING_CODE:
        shutil.copy(Path(__file__).parent / name, code / name)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learning-rate", type=float, default=0.06)
    parser.add_argument("--max-iter", type=int, default=100, help="number of trees")
    parser.add_argument("--max-leaf-nodes", type=int, default=15)
    parser.add_argument("--min-samples-leaf", type=int, default=50)
    parser.add_argument("--l2-regularization", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--train", type=Path, default=os.environ.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--validation", type=Path, default=os.environ.get("SM_CHANNEL_VALIDATION"))
    parser.add_argument("--model-dir", type=Path, default=os.environ.get("SM_MODEL_DIR"))
    options = parser.parse_args(arguments)
    for name in ("train", "validation", "model_dir"):
        if getattr(options, name) is None:
            parser.error(f"--{name.replace('_', '-')} is needed outside a training job")
    return options


if __name__ == "__main__":
    main()
