"""The machines of a model's jobs, as far as they are not those of its environment."""

from typing import Any, Literal

from pydantic import PositiveInt

from airflow_mlmax.settings import Compute, InstanceType
from airflow_mlmax.strict import Strict

JobKind = Literal["processing", "training", "transform"]


class Rung(Strict):
    """What to ask for where SageMaker has no instances of the kind before; what is not given stays."""

    instance_type: InstanceType
    instance_count: PositiveInt | None = None
    volume_size_gb: PositiveInt | None = None


class OwnCompute(Strict):
    """What a model says of one kind of its jobs; machines that are not given are the environment's."""

    instance_type: InstanceType | None = None
    instance_count: PositiveInt | None = None
    volume_size_gb: PositiveInt | None = None
    ladder: list[Rung] = []
    """What to ask for next while there is no capacity."""

    max_runtime: PositiveInt = 3600
    """Seconds after which a job is ended; of a search, each of its trainings."""

    def arguments(self, compute: Compute) -> dict[str, Any]:
        """`compute`, `instance_ladder` and `max_runtime`, as operators take them."""
        own = self.model_dump(exclude_none=True)
        ladder, seconds = own.pop("ladder"), own.pop("max_runtime")
        machines = {**compute.model_dump(exclude_none=True), **own}
        return {"compute": machines, "instance_ladder": ladder, "max_runtime": seconds}


class OwnMachines(Strict):
    """What a model says of its jobs by their kind."""

    processing: OwnCompute = OwnCompute()
    training: OwnCompute = OwnCompute()
    transform: OwnCompute = OwnCompute()
