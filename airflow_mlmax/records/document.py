"""One run as plain data: what is written to the database, kept in S3 while it is away, and read back."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Json = dict[str, Any]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)


class TaskRecord(_Part):
    """One task instance, with its SageMaker job if it has one."""

    task_id: str
    map_index: int = -1
    operator: str | None = None
    state: str
    seconds: Finite | None = None
    """As Airflow counts them, of the last try."""

    job_type: str | None = None
    job_name: str | None = None
    job_arn: str | None = None
    job_status: str | None = None
    job_started: AwareDatetime | None = None
    job_ended: AwareDatetime | None = None
    image_uri: str | None = None
    code_uri: str | None = None
    """S3 URI of the code, whose content is part of its address."""

    parameters: Json = {}
    """Hyperparameters that a search has found."""

    inputs: Json = {}
    """S3 URIs by name."""

    outputs: Json = {}
    """S3 URIs by name."""

    billable_seconds: int | None = None
    cost_usd: Finite | None = None
    """None where the task has no job, or a price is unknown."""

    spot_saving_usd: Finite | None = None
    unknown_prices: list[str] = []
    """Instance types without a price."""

    prices_as_of: str | None = None


class MetricRecord(_Part):
    """One number that a task measured; `slice` is such as `origin=LGA`, empty for all rows."""

    task_id: str
    map_index: int = -1
    name: str
    slice: str = ""
    value: Finite


class VerdictRecord(_Part):
    """What a gate or a monitor said."""

    task_id: str
    map_index: int = -1
    kind: Literal["gate", "monitor"]
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

    schema_name: Literal["mlmax.run-record/1"] = "mlmax.run-record/1"
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
    """What became of the version: `Promoted`, else its approval status."""

    recorded_at: AwareDatetime
    tasks: list[TaskRecord] = []
    metrics: list[MetricRecord] = []
    verdicts: list[VerdictRecord] = []
    inputs: list[InputRecord] = []

    @property
    def cost_usd(self) -> float | None:
        """Of all jobs of the run; None if the cost of one is unknown."""
        if any(task.unknown_prices or (task.job_name and task.cost_usd is None) for task in self.tasks):
            return None
        return sum(task.cost_usd or 0.0 for task in self.tasks)
