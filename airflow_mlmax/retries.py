"""How long to wait before a job is tried again: by the error where Airflow can look at it, else by growing delays."""

from datetime import timedelta
from typing import Any

from airflow_mlmax._compat import HAS_RETRY_POLICY
from airflow_mlmax.exceptions import CapacityError, ControlPlaneLostError, QuotaError, ServiceFaultError

_RETRIES = 5
_FIRST_DELAY = timedelta(minutes=1)
_LONGEST_DELAY = timedelta(hours=1)

_DELAYS = {
    CapacityError: (
        timedelta(minutes=5),
        "no instances; the next try asks again, each time after twice the delay",
    ),
    QuotaError: (timedelta(minutes=5), "the account's limit is in use"),
    ServiceFaultError: (timedelta(minutes=1), "SageMaker failed"),
    ControlPlaneLostError: (timedelta(minutes=1), "the job is left running; the next try attaches to it"),
}


def retry_policy(delay_scale: float = 1.0) -> Any:
    """A retry policy with a delay for each error that another try may cure; needs Airflow 3.3.

    Errors that are final need no rule: they end the task before a policy is asked. `delay_scale` shortens the delays
    where a job takes seconds, as on a laptop.
    """
    from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryDecision, RetryRule

    class JobRetryPolicy(ExceptionRetryPolicy):
        """Airflow's own policy, serialized as such, whose delay for a lack of capacity doubles with each try."""

        def evaluate(
            self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
        ) -> RetryDecision:
            decision = super().evaluate(exception, try_number, max_tries, context)
            if not isinstance(exception, CapacityError) or decision.retry_delay is None:
                return decision
            delay = min(decision.retry_delay * 2 ** (try_number - 1), _LONGEST_DELAY * delay_scale)
            return RetryDecision.retry(delay, decision.reason)

    rules = [
        RetryRule(error, retry_delay=delay * delay_scale, reason=reason)
        for error, (delay, reason) in _DELAYS.items()
    ]
    return JobRetryPolicy(rules)


def defaults(retries: int = _RETRIES, delay_scale: float = 1.0) -> dict[str, Any]:
    """Entries for a DAG's `default_args`: number of retries and their delays.

    On Airflow 3.3 the policy decides the delay. Before, and for errors that are not ours, it doubles from one minute to
    an hour.
    """
    entries: dict[str, Any] = {
        "retries": retries,
        "retry_delay": _FIRST_DELAY * delay_scale,
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": _LONGEST_DELAY * delay_scale,
    }
    if HAS_RETRY_POLICY:
        entries["retry_policy"] = retry_policy(delay_scale)
    return entries
