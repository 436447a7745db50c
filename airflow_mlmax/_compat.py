"""What the installed Airflow can do; the only place that asks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import Any

from airflow.providers.common.compat.sdk import Context
from airflow.sdk import BaseNotifier, exceptions
from airflow.triggers.base import BaseTrigger

HAS_RETRY_POLICY = find_spec("airflow.sdk.definitions.retry_policy") is not None
"""Airflow 3.3: a task may carry a policy that looks at the exception before it is tried again."""

HAS_TRIGGER_ON_KILL = hasattr(BaseTrigger, "on_kill")
"""Airflow 3.3: a trigger hears that its task was marked or cleared. Before, only the job's own limit ends it."""

HAS_AWAITING_INPUT = hasattr(exceptions, "TaskAwaitingInput")
"""Airflow 3.3: a task that waits for a person has a state of its own. Before, it defers to a trigger that asks."""


def waiting_for_person(
    context: Context,
    *,
    subject: str,
    body: str,
    options: Sequence[str],
    within: timedelta,
    method_name: str,
    kwargs: dict[str, Any],
    notifiers: Sequence[BaseNotifier],
) -> BaseException:
    """Puts a question to a person, in the UI under Required Actions; what it gives is to be raised, and makes the task wait.

    As `HITLOperator` of the standard provider does. When there is an answer, the operator's method then gets the kwargs and `event`: `chosen_options`,
    `responded_by_user` and `responded_at`, or `error` when nobody answered in time.

    :param body: Markdown
    :param notifiers: called with the task's context, `question` and `answer_until`, in UTC
    """
    from airflow.providers.standard.triggers.hitl import HITLTrigger
    from airflow.sdk.execution_time.hitl import upsert_hitl_detail

    own, until = context["ti"].id, datetime.now(UTC) + within
    upsert_hitl_detail(ti_id=own, options=list(options), subject=subject, body=body, params={})
    for notifier in notifiers:
        notifier({**context, "question": subject, "answer_until": until})
    if HAS_AWAITING_INPUT:
        return exceptions.TaskAwaitingInput(method_name=method_name, kwargs=kwargs, timeout=within)
    trigger = HITLTrigger(ti_id=own, options=list(options), params={}, timeout_datetime=until)
    return exceptions.TaskDeferred(trigger=trigger, method_name=method_name, kwargs=kwargs)
