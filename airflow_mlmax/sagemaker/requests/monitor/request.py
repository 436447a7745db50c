"""Requests of monitors: processing jobs that describe data, and compare them with a baseline if there is one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.sagemaker.groups import argument_group_faults
from airflow_mlmax.sagemaker.requests.monitor import amazon, own
from airflow_mlmax.sagemaker.requests.monitor.arguments import MonitorArguments


@dataclass(frozen=True, kw_only=True)
class MonitorRequest(MonitorArguments):
    """A job of the package's analyzer, or of AWS's."""

    def body(self) -> dict[str, Any]:
        return amazon.body(self) if self.is_amazons else own.body(self)

    def attachments(self) -> dict[str, str]:
        """Files that the job needs beside its data, by name, to be put below `attachments_uri`.

        :raises RequestError: with every fault of the arguments
        """
        self._refuse([*argument_group_faults(self)])
        self._refuse([*self.argument_faults()])
        return amazon.attachments(self) if self.is_amazons else own.attachments(self)

    def argument_faults(self) -> Iterator[str]:
        found = [*super().argument_faults()]
        yield from found
        if not found:
            yield from amazon.faults(self) if self.is_amazons else own.faults(self)
