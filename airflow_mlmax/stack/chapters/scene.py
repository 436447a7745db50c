"""What the chapters of the demo act on."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import boto3
import httpx

from airflow_mlmax.stack.client import AirflowClient
from airflow_mlmax.stack.environment import CREDENTIALS, REGION
from airflow_mlmax.stack.processes import wait_until
from airflow_mlmax.stack.screen import Screen
from airflow_mlmax.stack.stack import Stack
from airflow_mlmax.stack.watch import Runs, Watch

RUN_TIMEOUT = 900.0
"""Seconds that no run takes, even on a slow machine."""


@dataclass(frozen=True)
class Span:
    """Days from the first to the last, both included."""

    first: date
    last: date

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range(len(self)))

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


class Scene:
    """The started stack, the screen, and what earlier runs of the demo have left to remember."""

    def __init__(self, stack: Stack, screen: Screen, repository: Path) -> None:
        self.stack = stack
        self.screen = screen
        self.repository = repository

    @property
    def client(self) -> AirflowClient:
        return self.stack.client

    @cached_property
    def s3(self) -> Any:
        return self._aws("s3")

    @cached_property
    def sagemaker(self) -> Any:
        return self._aws("sagemaker")

    def say(self, line: str) -> None:
        self.screen.say(line)

    def run(
        self,
        dag_id: str,
        run_id: str,
        conf: Mapping[str, Any] | None = None,
        *,
        may_fail: bool = False,
        check: Callable[[], None] | None = None,
    ) -> None:
        """Has a run of this id come to its end: starts it, goes on with it, or finds it done.

        conf: None where another DAG starts the run.
        may_fail: a red run is an end, too.
        check: called while it runs.
        """

        def known() -> Runs:
            runs = {run["dag_run_id"]: run for run in self.client.runs(dag_id, order_by="-id")}
            return {run_id: runs[run_id]} if run_id in runs else {}

        state = known().get(run_id, {}).get("state")
        if state == "success" or (may_fail and state == "failed"):
            self.say(f"{dag_id} {run_id} is done from an earlier run")
            return
        if state is None:
            self._begin(dag_id, run_id, conf, known)
        elif state == "failed":
            self.client.clear_failed(dag_id, run_id)
        self.watch(dag_id, check).follow(known, RUN_TIMEOUT, may_fail=may_fail)

    def _begin(
        self, dag_id: str, run_id: str, conf: Mapping[str, Any] | None, known: Callable[[], Runs]
    ) -> None:
        if conf is not None:
            self.say(f"running {dag_id} {run_id} with {json.dumps(conf)}")
            self.client.trigger(dag_id, dict(conf), dag_run_id=run_id)
        wait_until(lambda: bool(known()), f"the start of {dag_id} {run_id}", RUN_TIMEOUT)

    def watch(self, dag_id: str, check: Callable[[], None] | None = None) -> Watch:
        return Watch(self.client, self.screen, dag_id, check or self.stack.check)

    def remembered(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What a chapter has made or seen: plain values, kept for the next demo on the same folder."""
        kept = self.stack.layout.root / f"{name}.json"
        if not kept.is_file():
            kept.write_text(json.dumps(make()))
        memory: dict[str, Any] = json.loads(kept.read_text())
        return memory

    def created(self) -> int:
        """SageMaker jobs, models and packages made since the stack was started."""
        calls = httpx.get(f"{self.stack.endpoint}/_mlmax/calls?service=sagemaker", trust_env=False).json()
        return sum(
            call["operation"].startswith("Create") and call["status"] == httpx.codes.OK for call in calls
        )

    def read_json(self, uri: str) -> Any:
        """The content of a JSON object in S3."""
        place = urlsplit(uri)
        return json.load(self.s3.get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))["Body"])

    def _aws(self, service: Literal["s3", "sagemaker"]) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.stack.endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["aws_access_key_id"],
            aws_secret_access_key=CREDENTIALS["aws_secret_access_key"],
        )


def midnight(day: date) -> datetime:
    """When a UTC day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
