"""What the installed Airflow can do; the only place that asks."""

from importlib.util import find_spec

from airflow.triggers.base import BaseTrigger

HAS_RETRY_POLICY = find_spec("airflow.sdk.definitions.retry_policy") is not None
"""Airflow 3.3: a task may carry a policy that looks at the exception before it is tried again."""

HAS_TRIGGER_ON_KILL = hasattr(BaseTrigger, "on_kill")
"""Airflow 3.3: a trigger hears that its task was marked or cleared. Before, only the job's own limit ends it."""
