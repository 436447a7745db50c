"""What a model is: `model.yaml` in the folder of each, checked as a whole, from which all its DAGs follow."""

from airflow_mlmax.specs.model import ModelSpec
from airflow_mlmax.specs.reading import SpecError, models, refuse_broken

__all__ = ["ModelSpec", "SpecError", "models", "refuse_broken"]
