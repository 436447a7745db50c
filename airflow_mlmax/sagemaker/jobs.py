"""Job families, their states and the deterministic names that make a job's creation idempotent."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_DIGEST_LENGTH = 12
_LONGEST_NUMBER = 3


@dataclass(frozen=True)
class JobType:
    """A family of jobs. SageMaker's API is regular: one resource name spells every call and key of its family."""

    resource: str
    """`TrainingJob` gives `CreateTrainingJob`, `TrainingJobName`, `TrainingJobStatus` and so on."""

    log_group: str
    """CloudWatch log group of the family."""

    console_path: str
    """Where the AWS console shows a job of the family, below `#/`."""

    max_name_length: int = 63

    log_separator: str = "/"
    """What follows the job's name in the names of its log streams."""

    is_listed: bool = True
    """Whether one List tells how many of them stand; else each is asked for by itself."""

    @property
    def name_key(self) -> str:
        return f"{self.resource}Name"

    @property
    def arn_key(self) -> str:
        return f"{self.resource}Arn"

    @property
    def status_key(self) -> str:
        return f"{self.resource}Status"

    @property
    def summaries_key(self) -> str:
        """Key of the items in the answer of `List<Resource>s`."""
        return f"{self.resource}Summaries"

    def log_prefix(self, job_name: str) -> str:
        """How the names of a job's log streams begin."""
        return f"{job_name}{self.log_separator}"

    def operation(self, verb: str) -> str:
        """Name of an API operation: `operation("Create")` is `CreateTrainingJob`; List takes the plural."""
        return f"{verb}{self.resource}{'s' if verb == 'List' else ''}"

    def question(self, name: str) -> tuple[str, dict[str, Any], str]:
        """The call that tells how a job stands: operation, request, and a member that every answer has."""
        return self.operation("Describe"), {self.name_key: name}, self.status_key

    def described(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """The description of the job in the answer to that call."""
        return dict(answer)

    def status(self, description: Mapping[str, Any]) -> "JobStatus":
        """State in an answer of Describe or in one summary of List."""
        return JobStatus(str(description.get(self.status_key)))


PROCESSING = JobType("ProcessingJob", "/aws/sagemaker/ProcessingJobs", "processing-jobs")
TRAINING = JobType("TrainingJob", "/aws/sagemaker/TrainingJobs", "jobs")
TUNING = JobType(
    "HyperParameterTuningJob",
    "/aws/sagemaker/TrainingJobs",
    "hyper-tuning-jobs",
    max_name_length=32,
    log_separator="-",  # its log is that of its children, `<job name>-<number>-...`
)
TRANSFORM = JobType("TransformJob", "/aws/sagemaker/TransformJobs", "transform-jobs")

JOB_TYPES: Mapping[str, JobType] = {
    job_type.resource: job_type for job_type in (PROCESSING, TRAINING, TUNING, TRANSFORM)
}


@dataclass(frozen=True)
class JobStatus:
    """State of a job. Whatever is not known as active is over, and whatever is over but Completed is a failure."""

    value: str

    @property
    def is_active(self) -> bool:
        return self.value in {"Pending", "InProgress", "Stopping"}

    @property
    def is_stopping(self) -> bool:
        return self.value == "Stopping"

    @property
    def is_successful(self) -> bool:
        return self.value == "Completed"

    @property
    def has_violations(self) -> bool:
        """Only an execution of a monitoring schedule says so itself: it completed and found violations."""
        return self.value == "CompletedWithViolations"

    @property
    def is_known(self) -> bool:
        """False for a state that this version does not know: the job may still be running."""
        return self.is_active or self.has_violations or self.value in {"Completed", "Failed", "Stopped"}

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class JobKey:
    """Identity of the work of one task instance. Two keys never share a job name; one key has one live job."""

    namespace: str
    """Project and stage, for example `flights/prod`: tells apart equal DAGs of two projects in one account."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1

    @property
    def digest(self) -> str:
        """SHA-256 over all parts, 64 hexadecimal characters."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def job_name(self, job_type: JobType, number: int) -> str:
        """Name of the `number`-th job (from 1) of this work."""
        return f"{self.stem(job_type)}-{number}"

    def stem(self, job_type: JobType) -> str:
        """What the names of all jobs of this work begin with: readable words and 12 characters of digest."""
        room = job_type.max_name_length - _DIGEST_LENGTH - _LONGEST_NUMBER - len("--")
        words = re.sub(r"[^a-zA-Z0-9]+", "-", f"{self.dag_id}-{self.task_id}")
        readable = words[:room].strip("-") or "job"
        return f"{readable}-{self.digest[:_DIGEST_LENGTH]}"
