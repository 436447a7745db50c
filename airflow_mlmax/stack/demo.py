"""The demo: a model trained and approved, a week scored and monitored, a bad day stopped by a gate, and a table of it all."""

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal

import boto3
import httpx

from airflow_mlmax.stack import closed_gate
from airflow_mlmax.stack.closed_gate import BadDay, Closed
from airflow_mlmax.stack.corruption import Landing
from airflow_mlmax.stack.drift import Monitored, monitored
from airflow_mlmax.stack.environment import CREDENTIALS, REGION, base_environment
from airflow_mlmax.stack.errors import StackError
from airflow_mlmax.stack.processes import wait_until
from airflow_mlmax.stack.questions import answer, asks
from airflow_mlmax.stack.results import Model, ScoredDay, model, scored_days
from airflow_mlmax.stack.screen import Screen
from airflow_mlmax.stack.stack import Stack
from airflow_mlmax.stack.watch import Runs, Watch

TRAINING = "flights_training"
INFERENCE = "flights_inference"
MONITORING = "flights_monitoring"
RUN = "demo"
"""Id of the runs that are not backfilled."""

BUCKET = "mlmax-local"
FIRST_DAY = date(2013, 7, 1)
DAYS = 7
LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)
APPROVAL = "promotion.approve"
_DAGS_TIMEOUT = 90.0
_RUN_TIMEOUT = 900.0


@dataclass(frozen=True)
class Made:
    """What the demo made, for the closing tables."""

    model: Model
    days: list[ScoredDay]
    monitors: list[Monitored]
    closed: Closed
    created: int
    """SageMaker jobs, models and packages made since the stack was started."""


class Demo:
    """The steps of the demo on a started stack; each finds out by itself what is already done."""

    def __init__(self, stack: Stack, screen: Screen, repository: Path) -> None:
        self._stack = stack
        self._screen = screen
        self._repository = repository

    def run(self) -> Made:
        self.seed()
        self.load_dags()
        self.train()
        package = self.package()
        runs = self.score()
        monitors = self.monitor()
        closed = self.close_a_gate()
        client, s3 = self._stack.client, self._aws("s3")
        evaluation_uri = client.xcom(TRAINING, RUN, "evaluate", "evaluation")
        return Made(
            model=model(package, evaluation_uri, s3),
            days=list(scored_days(client, s3, INFERENCE, runs)),
            monitors=monitors,
            closed=closed,
            created=self._created(),
        )

    def seed(self) -> None:
        """Puts the flights of the demo's days into the local S3, once."""
        mark = self._stack.layout.root / "seeded"
        if mark.is_file():
            self._screen.say("the landing zone is filled from an earlier run")
            return
        self._screen.say("filling the landing zone with one file of flights for each day")
        program = self._repository / "dags" / "models" / "flights" / "seed.py"
        command = [sys.executable, str(program), "--bucket", BUCKET]
        variables = self._aws_environment()
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603  our own
        if done.returncode:
            raise StackError(f"{program} failed:\n{done.stderr[-2000:]}")
        mark.touch()

    def load_dags(self) -> None:
        """Waits until Airflow has read the DAGs and lets their runs start."""
        client = self._stack.client
        for dag_id in (TRAINING, INFERENCE, MONITORING):
            wait_until(partial(self._has_dag, dag_id), f"Airflow reading the DAG {dag_id}", _DAGS_TIMEOUT)
            client.unpause(dag_id)

    def train(self) -> None:
        """Runs the training DAG, goes on with an unfinished run, or finds it done."""
        client = self._stack.client
        known = {run["dag_run_id"]: run for run in client.runs(TRAINING)}
        state = known.get(RUN, {}).get("state")
        if state == "success":
            self._screen.say(f"{TRAINING} is done from an earlier run")
            return
        self._screen.say(f"running {TRAINING}: check, preprocess, tune, evaluate, register, approve, promote")
        if state is None:
            client.trigger(TRAINING, {"until": FIRST_DAY.isoformat()}, dag_run_id=RUN)
        elif state == "failed":
            client.clear_failed(TRAINING, RUN)
        watch = Watch(client, self._screen, TRAINING, self._approve_when_asked)
        watch.follow(lambda: {RUN: client.run(TRAINING, RUN)}, _RUN_TIMEOUT)

    def _approve_when_asked(self) -> None:
        """Answers the run's question to a person."""
        self._stack.check()
        if not asks(self._stack, TRAINING, RUN, APPROVAL):
            return
        self._screen.say("approving the version, as a person would in the UI under Required Actions")
        answer(self._stack, TRAINING, RUN, APPROVAL, "Approve")

    def package(self) -> dict[str, Any]:
        """The description of the run's model package."""
        arn = self._stack.client.xcom(TRAINING, RUN, "register", "model_package_arn")
        package: dict[str, Any] = self._aws("sagemaker").describe_model_package(ModelPackageName=arn)
        return package

    def score(self) -> Runs:
        """Backfills the inference DAG over the demo's days and gives its runs by day."""
        runs = self._inference_runs()
        if len(runs) == DAYS and all(run["state"] == "success" for run in runs.values()):
            self._screen.say(f"all {DAYS} days are scored from an earlier run")
            return runs
        if not self._stack.client.active_backfills(INFERENCE):
            self._screen.say(f"backfilling {INFERENCE} from {FIRST_DAY} to {LAST_DAY}")
            self._backfill(FIRST_DAY, LAST_DAY)
        return self._watch(INFERENCE).follow(self._all_inference_runs, _RUN_TIMEOUT)

    def monitor(self) -> list[Monitored]:
        """Looks back at the scored week; the run is red if a monitor finds a violation, which is no failure of the demo."""
        client = self._stack.client
        state = {run["dag_run_id"]: run["state"] for run in client.runs(MONITORING)}.get(RUN)
        if state in {"success", "failed"}:
            self._screen.say(f"{MONITORING} is done from an earlier run")
        else:
            self._screen.say(f"running {MONITORING} over the week: quality, bias and feature attribution")
            if state is None:
                client.trigger(MONITORING, {"day": LAST_DAY.isoformat()}, dag_run_id=RUN)
            self._watch(MONITORING).follow(
                lambda: {RUN: client.run(MONITORING, RUN)}, _RUN_TIMEOUT, may_fail=True
            )
        return monitored(client, MONITORING, RUN)

    def close_a_gate(self) -> Closed:
        """Breaks the file of one more day, lets its gate close, repairs the file and has the day scored."""
        day = closed_gate.DAY
        story = BadDay(
            client=self._stack.client,
            screen=self._screen,
            watch=self._watch(INFERENCE),
            landing=Landing(self._stack.endpoint, BUCKET),
            dag_id=INFERENCE,
            runs=partial(self._inference_runs, day, day),
            start=partial(self._backfill, day, day),
            memory=self._stack.layout.root / "closed-gate.json",
        )
        return story.tell()

    def _backfill(self, first: date, last: date) -> None:
        self._stack.client.backfill(
            INFERENCE, _midnight(first), _midnight(last), max_active_runs=3, reprocess_behavior="failed"
        )

    def _created(self) -> int:
        calls = httpx.get(f"{self._stack.endpoint}/_mlmax/calls?service=sagemaker", trust_env=False).json()
        return sum(
            call["operation"].startswith("Create") and call["status"] == httpx.codes.OK for call in calls
        )

    def _inference_runs(self, first: date = FIRST_DAY, last: date = LAST_DAY) -> dict[str, dict[str, Any]]:
        runs = self._stack.client.runs(
            INFERENCE,
            logical_date_gte=_midnight(first).isoformat(),
            logical_date_lte=_midnight(last).isoformat(),
        )
        return {run["logical_date"][:10]: run for run in sorted(runs, key=lambda run: run["logical_date"])}

    def _all_inference_runs(self) -> Runs:
        """Nothing until Airflow has made the run of each day."""
        runs = self._inference_runs()
        return runs if len(runs) == DAYS else {}

    def _watch(self, dag_id: str) -> Watch:
        return Watch(self._stack.client, self._screen, dag_id, self._stack.check)

    def _has_dag(self, dag_id: str) -> bool:
        self._stack.check()
        errors = self._stack.client.import_errors()
        if errors:
            raise StackError(f"{errors[0]['filename']} does not import:\n{errors[0]['stack_trace'][-2000:]}")
        return self._stack.client.has_dag(dag_id)

    def _aws(self, service: Literal["s3", "sagemaker"]) -> Any:
        return boto3.client(
            service,
            endpoint_url=self._stack.endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["aws_access_key_id"],
            aws_secret_access_key=CREDENTIALS["aws_secret_access_key"],
        )

    def _aws_environment(self) -> dict[str, str]:
        own = {name.upper(): value for name, value in CREDENTIALS.items()}
        return {**base_environment(), **own, "AWS_ENDPOINT_URL": self._stack.endpoint, "AWS_REGION": REGION}


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
