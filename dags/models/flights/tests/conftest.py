"""Real flights of a few days, as files in a folder laid out like the landing zone. Needs neither Airflow nor AWS."""

import sys
import tarfile
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import seed

FIRST, VALIDATION_START, TEST_START, LAST = (date(2013, 7, day) for day in (1, 6, 8, 9))


@pytest.fixture(scope="session")
def source() -> seed.Source:
    return seed.source(FIRST, LAST)


@pytest.fixture(scope="session")
def landing(source: seed.Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`flights/date=.../flights.csv` and `labels/date=.../labels.csv`, each with its label."""
    folder = tmp_path_factory.mktemp("landing")
    for day, rows in seed.landing_days(source):
        write(folder / f"flights/date={day}/flights.csv", seed.as_csv(rows))
    for day, rows in seed.label_days(source, before=date(2013, 8, 1)):
        write(folder / f"labels/date={day}/labels.csv", seed.as_csv(rows))
    return folder


@pytest.fixture(scope="session")
def windows(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `preprocess.py` makes of the landing zone: `train/`, `validation/` and `test/`."""
    import preprocess

    folder = tmp_path_factory.mktemp("windows")
    preprocess.main(
        [
            *("--validation-start", str(VALIDATION_START), "--test-start", str(TEST_START)),
            *("--flights", str(landing / "flights"), "--labels", str(landing / "labels")),
            *("--output", str(folder)),
        ]
    )
    return folder


@pytest.fixture(scope="session")
def model_dir(windows: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder that `train.py` leaves, beside the `model.tar.gz` that SageMaker makes of it."""
    import train

    folder = tmp_path_factory.mktemp("model")
    channels = ["--train", str(windows / "train"), "--validation", str(windows / "validation")]
    train.main([*channels, "--max-iter", "20", "--model-dir", str(folder / "model")])
    (folder / "archive").mkdir()
    with tarfile.open(folder / "archive/model.tar.gz", "w:gz") as archive:
        archive.add(folder / "model", ".")
    return folder


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text)
