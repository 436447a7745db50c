"""What can go wrong, by what Airflow should do about it.

::

    MLMaxError
    ├── RetryableJobError            the task's retries apply
    │   ├── CapacityError            no instances; the next type of the ladder may have some
    │   ├── QuotaError               the account's limit is in use
    │   ├── ServiceFaultError        SageMaker itself failed
    │   ├── GateUndecidedError       the gate could not be evaluated, which is no verdict
    │   └── ControlPlaneLostError    the API is away; the job runs on and the retry attaches to it
    ├── FinalJobError                an AirflowFailException: the task fails at once
    │   ├── UserCodeError            the script ended with an error
    │   ├── BadRequestError          data, permission or request is wrong
    │   ├── RuntimeLimitError        the time limit was reached
    │   ├── JobStoppedError          somebody stopped the job
    │   ├── ConflictError            the name belongs to somebody else's job
    │   └── ViolationsError          the job completed and found violations of its baseline
    ├── GateClosedError              an AirflowFailException: the same data fails again
    └── ApiError                     what the hook raises; operators turn it into one of the above
        ├── TransientApiError        the API was busy or away; asking again may help
        ├── NameTakenError           a job of that name exists
        └── UnknownJobError          no job of that name exists
"""

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException


class MLMaxError(AirflowException):
    """Root of every error that this package raises in a task."""


class RetryableJobError(MLMaxError):
    """A later try may succeed."""


class CapacityError(RetryableJobError):
    """SageMaker had no instances of the wanted type, or took spot instances away for too long."""


class QuotaError(RetryableJobError):
    """The account's instance limit is fully in use."""


class ServiceFaultError(RetryableJobError):
    """SageMaker failed: `InternalServerError`."""


class GateUndecidedError(RetryableJobError):
    """A gate could not be evaluated: that says nothing of what it guards, so it is neither open nor closed."""


class ControlPlaneLostError(RetryableJobError):
    """The API did not answer for longer than the error budget. The job is left running; the retry attaches to it."""


class FinalJobError(MLMaxError, AirflowFailException):
    """Trying again costs money and ends the same way."""


class UserCodeError(FinalJobError):
    """The script in the container ended with an error: `AlgorithmError`."""


class BadRequestError(FinalJobError):
    """The request, its data or its permissions are wrong: `ClientError`, `ValidationException`, `AccessDenied`."""


class RuntimeLimitError(FinalJobError):
    """The job reached its time limit, or the task its deadline."""


class JobStoppedError(FinalJobError):
    """The job was stopped from outside: a stopped job is never a success."""


class ConflictError(FinalJobError):
    """A job of this name exists and was not made by this task."""


class ViolationsError(FinalJobError):
    """A monitor completed and found data or predictions that violate their baseline."""


class GateClosedError(MLMaxError, AirflowFailException):
    """A gate does not let the run go on."""


class ApiError(MLMaxError):
    """The API refused a call. `code` is the service's error code, or the kind of failure on the way to it."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation}: {code}: {message}")
        self.operation = operation
        self.code = code
        self.message = message


class TransientApiError(ApiError):
    """The API was busy or away. `throttled` means that it lives and asks for patience."""

    def __init__(self, operation: str, code: str, message: str, *, throttled: bool = False) -> None:
        super().__init__(operation, code, message)
        self.throttled = throttled


class NameTakenError(ApiError):
    """A job of this name exists already."""


class UnknownJobError(ApiError):
    """No job of this name exists."""
