"""Requests of monitors: processing jobs that describe data, and compare them with a baseline if there is one."""

from dataclasses import dataclass
from typing import Any

from airflow_mlmax.sagemaker.groups import argument_group_faults
from airflow_mlmax.sagemaker.requests.monitor import own
from airflow_mlmax.sagemaker.requests.monitor.arguments import MonitorArguments


@dataclass(frozen=True, kw_only=True)
class MonitorRequest(MonitorArguments):
    """A job of the package's analyzer, or of AWS's."""

    def body(self) -> dict[str, Any]:
        return own.body(self)

    def attachments(self) -> dict[str, str]:
        """Files that the job needs beside its data, by name, to be put below `attachments_uri`.

        :raises RequestError: with every fault of the arguments
        """
        self._refuse([*argument_group_faults(self)])
        self._refuse([*self.argument_faults()])
        return own.attachments(self)
