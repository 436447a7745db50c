"""The machines of jobs, by what they are for: an environment says them all, a model what differs for it."""

from typing import Annotated, Any, Literal

from pydantic import Field, PositiveInt

from airflow_mlmax.strict import Strict

JobKind = Literal["processing", "training", "transform"]
InstanceType = Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9-]+$")]


class Rung(Strict):
    """What to ask for where SageMaker has no instances of the kind before; what is not given stays."""

    instance_type: InstanceType
    instance_count: PositiveInt | None = None
    volume_size_gb: PositiveInt | None = None


class Compute(Strict):
    """The machines of one kind of job."""

    instance_type: InstanceType
    instance_count: PositiveInt = 1
    volume_size_gb: PositiveInt | None = None
    """None where the family has no volume to size: batch transform."""

    ladder: list[Rung] = []
    """What to ask for next while there is no capacity."""

    max_runtime: PositiveInt = 3600
    """Seconds after which a job is ended; of a search, each of its trainings."""


class Machines(Strict):
    """The machines of an environment by what they are for."""

    processing: Compute
    training: Compute
    transform: Compute


class OwnCompute(Strict):
    """What a model says of the machines of one kind of job, over what the environment says."""

    instance_type: InstanceType | None = None
    instance_count: PositiveInt | None = None
    volume_size_gb: PositiveInt | None = None
    ladder: list[Rung] | None = None
    max_runtime: PositiveInt | None = None

    def over(self, compute: Compute) -> Compute:
        """The environment's machines with what the model says."""
        return Compute(**{**compute.model_dump(), **self.model_dump(exclude_none=True)})


class OwnMachines(Strict):
    """What a model says of its machines by what they are for."""

    processing: OwnCompute = OwnCompute()
    training: OwnCompute = OwnCompute()
    transform: OwnCompute = OwnCompute()

    def of(self, kind: JobKind, machines: Machines) -> dict[str, Any]:
        """`compute`, `instance_ladder` and `max_runtime`, as operators take them."""
        own: OwnCompute = getattr(self, kind)
        found = own.over(getattr(machines, kind)).model_dump(exclude_none=True)
        ladder, seconds = found.pop("ladder"), found.pop("max_runtime")
        return {"compute": found, "instance_ladder": ladder, "max_runtime": seconds}
