"""The spec of a model as a whole."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import Field

from airflow_mlmax.sagemaker.model_card_schema import Words
from airflow_mlmax.settings import Settings
from airflow_mlmax.specs.compute import JobKind, OwnCompute, OwnMachines
from airflow_mlmax.specs.data import Data
from airflow_mlmax.specs.evaluation import Evaluation
from airflow_mlmax.specs.inference import Inference
from airflow_mlmax.specs.monitoring import Monitoring
from airflow_mlmax.specs.promotion import Promotion
from airflow_mlmax.specs.retraining import Retraining
from airflow_mlmax.specs.surroundings import ChannelName, ImageName, ScriptsPath
from airflow_mlmax.specs.training import Training
from airflow_mlmax.strict import Strict


class Notifications(Strict):
    """Who is told what, by the names of the environment's channels."""

    failure: list[ChannelName] = []
    """A run has failed."""

    approval: list[ChannelName] = []
    """A person is asked."""

    decision: list[ChannelName] = []
    """A version was promoted or refused, or a training was decided on."""


class ModelSpec(Strict):
    """One model, frozen. Every field but the first two is a key of `model.yaml`."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
    """The name of the spec's folder: part of DAG ids, folder in S3, model package group."""

    folder: str
    """The spec's folder, relative to the folder of the DAG files."""

    description: str
    """The question that the model answers."""

    owners: list[str] = Field(min_length=1)
    """Who answers for the model; Airflow shows them with each task."""

    card: Words = {}
    """What people say of the model on the card of each version, by the names of AWS's model card."""

    notifications: Notifications = Notifications()
    start_date: date
    """First day that the DAGs may be about."""

    data: Data
    scripts: ScriptsPath = "scripts"
    """Folder, in that of the model, with what its jobs run."""

    image: ImageName
    """Name of one of the environment's images: the scripts run in it."""

    compute: OwnMachines = OwnMachines()
    """Machines, over those of the environment."""

    training: Training
    inference: Inference
    monitoring: Monitoring
    promotion: Promotion
    retraining: Retraining
    evaluation: Evaluation

    @property
    def begins(self) -> datetime:
        """`start_date` as Airflow wants it."""
        return datetime.combine(self.start_date, datetime.min.time(), UTC)

    def dag_id(self, purpose: str) -> str:
        """Id of one of the model's DAGs; no other model has DAGs that begin so, for names have no underscore."""
        return f"{self.name}_{purpose}"

    def default_args(self, settings: Settings) -> dict[str, Any]:
        """What every task of the model shares, for a DAG's `default_args`."""
        return {**settings.default_args(), "owner": ", ".join(self.owners)}

    @property
    def source_dir(self) -> str:
        """`scripts`, relative to the DAG files."""
        return self.path(self.scripts)

    def path(self, name: str) -> str:
        """A file or folder of the model, relative to the DAG files."""
        return f"{self.folder}/{name}"

    def sources(self, settings: Settings) -> dict[str, str]:
        """S3 URIs of the folders with `date=` partitions by name."""
        return {name: settings.uri(prefix) for name, prefix in self.data.sources.items()}

    def machines(self, settings: Settings, kind: JobKind) -> dict[str, Any]:
        """`compute`, `instance_ladder` and `max_runtime` of the operators of one kind of job."""
        own: OwnCompute = getattr(self.compute, kind)
        return own.arguments(getattr(settings.compute, kind))
