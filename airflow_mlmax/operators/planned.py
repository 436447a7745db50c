"""What a task would send, told before it runs: the protocol of operators that `mlmax plan` asks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.costs.charges import Charge
from airflow_mlmax.costs.maximum import maximum
from airflow_mlmax.costs.prices import prices_of
from airflow_mlmax.operators.building import Draft, Source
from airflow_mlmax.operators.claim import Work
from airflow_mlmax.sagemaker.actions import OBJECTS
from airflow_mlmax.sagemaker.measures import time_limit

if TYPE_CHECKING:
    from airflow_mlmax.operators.requesting import RequestingOperator


@dataclass(frozen=True)
class Planned:
    """What one task would send, and what that takes."""

    drafts: Sequence[Draft] = ()
    """In the order in which they are sent."""

    actions: frozenset[str] = frozenset()
    """IAM actions beside those that the requests themselves tell of."""

    jobs: int = 0
    """Most jobs that the task may run to their end, one in each try."""

    maximum: Charge | None = None
    """Price of all these jobs if each takes all its time; None for a task without jobs."""

    notes: Sequence[str] = ()
    """What a reader should know, in sentences."""


@runtime_checkable
class Plannable(Protocol):
    """An operator that can tell what it would send."""

    def planned(self, context: Context) -> Planned:
        """What the task would send; made from rendered arguments, without any call.

        :raises ValueError: with every fault of the arguments
        """
        ...


def planned_job(
    operator: "RequestingOperator", draft: Draft, work: Work, sources: Sequence[Source]
) -> Planned:
    """The first job of a task, and one for each rung of its instance ladder."""
    ladder = operator.instance_ladder or ()
    drafts = [
        replace(
            draft,
            request=work.job(rung + 1, rung),
            is_named=True,
            when=f"where there is no capacity: rung {rung} of {len(ladder)}" if rung else draft.when,
        )
        for rung in range(len(ladder) + 1)
    ]
    limit = time_limit(work.job_type, draft.request, getattr(operator, "max_runtime", None))
    prices = prices_of(operator.region_name or "", operator.prices)  # a connection's region is nobody's guess
    dearest = max(
        (maximum(work.job_type, each.request, prices, own_limit=limit) for each in drafts),
        key=lambda charge: (bool(charge.unknown), charge.usd),
    )
    uploading = OBJECTS if any(source.folder for source in sources) else frozenset()
    jobs = int(operator.retries or 0) + 1
    return Planned(drafts, operator.own_actions | uploading, jobs, dearest.times(jobs))
