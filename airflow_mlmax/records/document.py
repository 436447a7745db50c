"""One run as plain data: what is written to the database, kept in S3 while it is away, and read back."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Json = dict[str, Any]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)


class _OfTask(_Part):
    task_id: str
    map_index: int = -1


class TaskRecord(_OfTask):
    """One task instance."""

    operator: str | None = None
    state: str
    seconds: Finite | None = None
    """As Airflow counts them, of the last try."""

    outputs: Json = {}
    """S3 URIs that it gave, by name."""


class JobRecord(_OfTask):
    """One SageMaker job of a task instance: whichever try made it, and whether or not the run was cleared since."""

    number: int
    """From 1, in the order in which they were made."""

    try_number: int | None = None
    """The task's try that made it."""

    job_type: str | None = None
    name: str
    arn: str | None = None
    status: str | None = None
    started: AwareDatetime | None = None
    ended: AwareDatetime | None = None
    image_uri: str | None = None
    code_uri: str | None = None
    """S3 URI of the code, whose content is part of its address."""

    parameters: Json = {}
    """Hyperparameters, or arguments of the program."""

    inputs: Json = {}
    """S3 URIs by name."""

    outputs: Json = {}
    """S3 URIs by name."""

    billable_seconds: int | None = None
    cost_usd: Finite | None = None
    """None where it is unknown."""

    spot_saving_usd: Finite | None = None
    unknown_prices: list[str] = []
    """Instance types without a price."""

    prices_as_of: str | None = None


class MetricRecord(_OfTask):
    """One number that a task measured; `slice` is such as `origin=LGA`, empty for all rows."""

    name: str
    slice: str = ""
    value: Finite


class VerdictRecord(_OfTask):
    """What a gate, a monitor, or the decision on retraining said."""

    kind: Literal["gate", "monitor", "retraining"]
    status: str
    decision: str | None = None
    report_uri: str | None = None
    figures: Json = {}
    """Counts, failed checks, drift reasons."""


class InputRecord(_Part):
    """A manifest of the data that the run used."""

    name: str
    uri: str
    etag: str | None = None
    sha256: str | None = None


class RunRecord(_Part):
    """One run of one pipeline. `namespace`, `dag_id` and `run_id` name it; a later `recorded_at` replaces an earlier one."""

    schema_name: Literal["mlmax.run-record/2"] = "mlmax.run-record/2"
    namespace: str = ""
    dag_id: str
    run_id: str
    run_type: str
    logical_date: AwareDatetime | None = None
    interval_start: AwareDatetime | None = None
    interval_end: AwareDatetime | None = None
    state: Literal["success", "failed"]
    started: AwareDatetime | None = None
    ended: AwareDatetime
    conf: Json = {}
    params: Json = {}
    model: str | None = None
    model_version: int | None = None
    model_package_arn: str | None = None
    decision: str | None = None
    """What became of the version: `Promoted`, `RolledBack`, `Rejected`, else its approval status; of a decision on retraining
    `Retrain` or `Hold`."""

    why: str | None = None
    decided_by: str | None = None
    recorded_at: AwareDatetime
    tasks: list[TaskRecord] = []
    jobs: list[JobRecord] = []
    metrics: list[MetricRecord] = []
    verdicts: list[VerdictRecord] = []
    inputs: list[InputRecord] = []

    @property
    def cost_usd(self) -> float | None:
        """Of all jobs of the run; None if the cost of one is unknown."""
        return cost(self.jobs)

    def jobs_of(self, task: TaskRecord) -> list[JobRecord]:
        """The jobs of a task instance, in the order in which they were made."""
        own = (task.task_id, task.map_index)
        return [job for job in self.jobs if (job.task_id, job.map_index) == own]


def cost(jobs: Iterable[JobRecord]) -> float | None:
    """USD at list price; None if the cost of one is unknown."""
    amounts = [job.cost_usd for job in jobs]
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None
