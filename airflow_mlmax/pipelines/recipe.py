"""What a DAG file tells a training run: its windows, its search, and what its data must hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Windows:
    """Lengths in days of three windows that follow each other; the last ends where the run's window ends."""

    train: int
    validation: int
    test: int


@dataclass(frozen=True)
class Checks:
    """What the data must hold, before and after preprocessing, and what later data must hold to be scored."""

    landing: str
    """Path beside the DAG file of the suite for data as they land."""

    landing_source: str
    """Name of the source that must hold it."""

    features: str
    """Path beside the DAG file of the suite for the windows that `preprocess.py` makes."""

    categories: Mapping[str, str]
    """Columns whose values the contract lists, with the severity of a value that training has not seen."""


@dataclass(frozen=True)
class Search:
    """What the tuning job tries, and how it knows a good one."""

    objective: str
    """Name of the metric to maximise."""

    metrics: Mapping[str, str]
    """Regular expressions over the log of `train.py` by metric name."""

    ranges: Mapping[str, Any]
    hyperparameters: Mapping[str, Any]
    max_jobs: int
    max_parallel_jobs: int = 2
    strategy: str = "Bayesian"
    random_seed: int = 0
