"""The executor of the stack: Airflow's own, with workers that begin with what every task needs."""

import importlib

from airflow.executors.local_executor import LocalExecutor

_NEEDED = (
    "airflow.sdk.execution_time.task_runner",
    "airflow_mlmax.pipelines.backtest",
    "airflow_mlmax.pipelines.inference",
    "airflow_mlmax.pipelines.monitoring",
    "airflow_mlmax.pipelines.retraining",
    "airflow_mlmax.pipelines.training",
    "boto3",
)
"""What the DAG files and the hooks import: half a second of each task's time, if each task does."""


class PreloadedLocalExecutor(LocalExecutor):
    """Imports once, in the scheduler, what its workers and their tasks inherit by fork."""

    def start(self) -> None:
        for name in _NEEDED:
            importlib.import_module(name)
        super().start()
