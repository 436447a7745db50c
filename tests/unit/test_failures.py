"""Every way in which a job or a call can fail gives the right class and a text for people."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax import exceptions as errors
from airflow_mlmax.failures import api_failure, job_failure, shown, wait_failure
from airflow_mlmax.sagemaker.jobs import PROCESSING, TRAINING

START = datetime(2026, 1, 1, tzinfo=UTC)
LINK = "https://console.example/job"


def failed(reason: str | None) -> dict[str, Any]:
    return {"TrainingJobStatus": "Failed", **({"FailureReason": reason} if reason is not None else {})}


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("CapacityError: Unable to provision requested ML compute capacity.", errors.CapacityError),
        ("InternalServerError: We encountered an internal error.", errors.ServiceFaultError),
        ("AlgorithmError: ExecuteUserScriptError:\nExitCode 1", errors.UserCodeError),
        ("ClientError: Data download failed:NoSuchKey", errors.BadRequestError),
        ("ResourceLimitExceeded: the limit is in use", errors.QuotaError),
        ("The moon was in the wrong place", errors.FinalJobError),
        (None, errors.FinalJobError),
        ("", errors.FinalJobError),
    ],
    ids=["capacity", "internal", "algorithm", "client", "quota", "unclassified", "none", "empty"],
)
def test_a_failure_reason_decides_the_class(reason: str | None, kind: type[Exception]) -> None:
    """The first word of FailureReason is what SageMaker itself classifies by."""
    error = job_failure(TRAINING, "job-1", failed(reason), LINK)
    assert type(error) is kind
    for part in (kind.__name__, "TrainingJob job-1 failed", "Reason: ", "Next: ", f"Link: {LINK}"):
        assert part in str(error)


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ({"SecondaryStatus": "Stopped"}, errors.JobStoppedError),
        ({"SecondaryStatus": "MaxRuntimeExceeded"}, errors.RuntimeLimitError),
        ({"SecondaryStatus": "MaxWaitTimeExceeded"}, errors.CapacityError),
        ({}, errors.JobStoppedError),
    ],
    ids=["person", "run time", "spot wait", "no detail"],
)
def test_a_stopped_job_is_never_a_success(description: dict[str, Any], kind: type[Exception]) -> None:
    """Why it stopped decides whether another try may help."""
    error = job_failure(TRAINING, "job-1", {"TrainingJobStatus": "Stopped", **description})
    assert type(error) is kind


def test_a_processing_job_at_its_limit_is_told_from_one_that_was_stopped() -> None:
    """Processing has no secondary status: the running time tells."""
    description = {
        "ProcessingJobStatus": "Stopped",
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "ProcessingStartTime": START,
        "ProcessingEndTime": START + timedelta(seconds=61),
    }
    assert type(job_failure(PROCESSING, "p", description)) is errors.RuntimeLimitError
    description["ProcessingEndTime"] = START + timedelta(seconds=5)
    assert type(job_failure(PROCESSING, "p", description)) is errors.JobStoppedError


def test_an_unknown_state_is_final_and_named() -> None:
    """A state that a later API version invents is never a success."""
    error = job_failure(TRAINING, "job-1", {"TrainingJobStatus": "Dreaming"})
    assert isinstance(error, AirflowFailException)
    assert "Dreaming" in str(error)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (
            errors.ApiError(
                "CreateTrainingJob",
                "ResourceLimitExceeded",
                "The account-level service limit 'ml.p4d.24xlarge for training job usage' is 0 Instances, with "
                "current utilization of 0 Instances and a request delta of 1 Instances.",
            ),
            errors.BadRequestError,
        ),
        (
            errors.ApiError(
                "CreateTrainingJob",
                "ResourceLimitExceeded",
                "The account-level service limit 'ml.m5.large for training job usage' is 20 Instances, with "
                "current utilization of 20 Instances and a request delta of 1 Instances.",
            ),
            errors.QuotaError,
        ),
        (
            errors.ApiError(
                "CreateTrainingJob",
                "ResourceLimitExceeded",
                "The requested resource training-job/ml.p3 is not available in this region",
            ),
            errors.BadRequestError,
        ),
        (
            errors.ApiError("CreateTrainingJob", "AccessDeniedException", "not authorized"),
            errors.BadRequestError,
        ),
        (errors.ApiError("CreateTrainingJob", "ValidationException", "1 error"), errors.BadRequestError),
        (errors.TransientApiError("DescribeTrainingJob", "503", "busy"), errors.ControlPlaneLostError),
    ],
    ids=["limit zero", "limit full", "not in the region", "denied", "invalid", "away"],
)
def test_a_refused_call_becomes_the_right_class(error: errors.ApiError, kind: type[Exception]) -> None:
    """A quota of zero never fills up by waiting; a full one does."""
    failure = api_failure(error, TRAINING, "job-1", LINK)
    assert type(failure) is kind
    assert error.message in str(failure)
    assert "Next: " in str(failure)


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        ("deadline", errors.RuntimeLimitError),
        ("lost", errors.ControlPlaneLostError),
        ("unknown", errors.FinalJobError),
    ],
)
def test_a_wait_that_ends_early_is_an_error(outcome: str, kind: type[Exception]) -> None:
    """Only a job that is over leads to a verdict."""
    assert type(wait_failure(outcome, TRAINING, "job-1", "because")) is kind
    assert wait_failure("over", TRAINING, "job-1", "") is None


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a\nb\tc", "a b c"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("naïve 模型 😀", "naïve 模型 😀"),
        ("::group::\n::endgroup::", "::group:: ::endgroup::"),
    ],
    ids=["lines", "escape codes", "unicode", "log groups"],
)
def test_text_from_outside_is_shown_safely(text: str, safe: str) -> None:
    """A reason can hold whatever a user's script printed."""
    assert shown(text) == safe


def test_a_long_reason_is_cut_and_says_so() -> None:
    """Ten kilobytes of traceback do not flood the log."""
    text = shown("x" * 10_000)
    assert len(text) < 1100
    assert "9000 more characters" in text
