"""Tell every mistake in the specs of the models, as one import error of this file, which holds no DAG.

The other files leave a model out whose `model.yaml` is wrong, so that the DAGs of all other models stay.
"""

from pathlib import Path

from airflow_mlmax.settings import load
from airflow_mlmax.specs import refuse_broken

FOLDER = Path(__file__).parent

refuse_broken(FOLDER / "models", load(FOLDER / "config"))
