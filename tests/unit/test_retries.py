"""Delays between tries follow the error."""

from datetime import timedelta

import pytest

from airflow_mlmax import retries
from airflow_mlmax._compat import HAS_RETRY_POLICY
from airflow_mlmax.exceptions import CapacityError, ControlPlaneLostError, QuotaError, ServiceFaultError

needs_policy = pytest.mark.skipif(not HAS_RETRY_POLICY, reason="Airflow before 3.3 has no retry policies")


@needs_policy
@pytest.mark.parametrize(
    ("error", "try_number", "delay"),
    [
        (CapacityError("x"), 1, timedelta(minutes=5)),
        (CapacityError("x"), 3, timedelta(minutes=20)),
        (CapacityError("x"), 9, timedelta(hours=1)),
        (QuotaError("x"), 3, timedelta(minutes=5)),
        (ServiceFaultError("x"), 1, timedelta(minutes=1)),
        (ControlPlaneLostError("x"), 2, timedelta(minutes=1)),
        (RuntimeError("x"), 1, None),
    ],
    ids=["capacity", "capacity again", "capacity bounded", "quota", "service", "lost", "not ours"],
)
def test_the_policy_gives_each_error_its_delay(
    error: Exception, try_number: int, delay: timedelta | None
) -> None:
    """Capacity waits longer each time; what is not ours keeps Airflow's own behaviour."""
    assert retries.retry_policy().evaluate(error, try_number, 5).retry_delay == delay


@needs_policy
def test_the_policy_survives_serialization() -> None:
    """Airflow stores the policy as its own class, so a scheduler without this package can read it."""
    from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy

    stored = retries.retry_policy().serialize()
    again = ExceptionRetryPolicy.deserialize(stored)
    assert again.evaluate(QuotaError("x"), 1, 5).retry_delay == timedelta(minutes=5)


def test_defaults_are_arguments_of_every_operator() -> None:
    """`default_args` may hold all of them, on every supported Airflow."""
    from airflow.providers.standard.operators.empty import EmptyOperator

    task = EmptyOperator(task_id="task", **retries.defaults(retries=7))
    assert task.retries == 7
    assert task.retry_delay == timedelta(minutes=1)
    assert task.max_retry_delay == timedelta(hours=1)


def test_delays_can_be_shortened_for_a_laptop() -> None:
    """A job of two seconds is not worth a pause of five minutes."""
    assert retries.defaults(delay_scale=1 / 60)["retry_delay"] == timedelta(seconds=1)
