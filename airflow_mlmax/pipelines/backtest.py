"""Rolling-origin back-test: what the model would have been worth, had it been trained on each of many days of the past."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.sdk import get_current_context, task, task_group

from airflow_mlmax.backtesting.windows import Scheme, Window, rolling_windows
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.operators.processing import ProcessingJobOperator
from airflow_mlmax.pipelines.access import s3_of
from airflow_mlmax.pipelines.landing import pin_days, write_manifest
from airflow_mlmax.pipelines.parts import PartSteps, report
from airflow_mlmax.pipelines.recording import record_run
from airflow_mlmax.pipelines.runs import days, run_uri
from airflow_mlmax.settings import Settings
from airflow_mlmax.specs import ModelSpec

_OUTPUTS = ("train", "validation", "test", "summary")
_FACTS = {
    "windows": "{{ params.window }}, from origin {{ params['first'] }} to {{ params['last'] }}, {{ params.step }} days apart; "
    "{{ 'at least ' if params.window == 'expanding' else '' }}{{ params.train }} days of training, "
    "{{ params.validation }} days left out between, {{ params.test }} days of test",
    "order of time": "Every window is trained on days before its test, as known then; no test flight is seen by its own training.",
    "hyperparameters": "the same in every window: {{ params.hyperparameters | tojson }}",
    "standard deviation": "Says how much windows differ. Windows share days of training, so it is no error of the mean.",
}


def backtest_pipeline(settings: Settings, spec: ModelSpec) -> None:
    """Adds the tasks to the current DAG, whose params hold what `Scheme.read` reads, and `hyperparameters`."""
    planned = _plan(settings, spec.sources(settings), run_uri(settings, spec.name, "pins"))
    group = _window(PartSteps(settings, spec)).expand_kwargs(planned)
    told: dict[str, Any] = {"kind": "Back-test", "part": "window", "facts": _FACTS, "in_time": True}
    report(settings, spec, group, parts=planned, **told)
    record_run(settings, spec.name)


def _window(steps: PartSteps) -> Any:
    """The task group of one window."""

    @task_group(group_id="window")
    def window(name: Any, boundaries: Any, inputs: Any, hyperparameters: Any) -> None:
        preprocess = ProcessingJobOperator(
            task_id="preprocess",
            entry_point="preprocess.py",
            arguments=boundaries,
            inputs=inputs,
            outputs={each: steps.place("preprocess", each) for each in _OUTPUTS},
            **steps.spec.machines(steps.settings, "processing"),
            **steps.common(name),
        )
        made: Any = preprocess.output
        trained = steps.train(name, hyperparameters, {each: made[each] for each in ("train", "validation")})
        steps.evaluate(name, trained.output, {each: made[each] for each in ("train", "test", "summary")})

    return window


def _plan(settings: Settings, sources: dict[str, str], place: str) -> Any:
    """A task that pins the days of every window. XCom: a list with one record for each, oldest first."""

    @task(task_id="plan")
    def plan(sources: dict[str, str], place: str) -> list[dict[str, Any]]:
        params = get_current_context()["params"]
        try:
            windows = rolling_windows(Scheme.read(params))
        except ValueError as error:
            raise AirflowFailException(f"the params give no windows: {error}") from None
        s3 = s3_of(settings)
        return [
            {
                **_record(s3, each, sources, f"{place}/{number}"),
                "hyperparameters": params["hyperparameters"],
            }
            for number, each in enumerate(windows)
        ]

    return plan(sources, place)


def _record(s3: S3Objects, window: Window, sources: Mapping[str, str], place: str) -> dict[str, Any]:
    wanted = days(window.train_start, window.end)
    manifests = {
        name: write_manifest(s3, f"{place}/{name}.manifest", source, pin_days(s3, source, wanted))
        for name, source in sources.items()
    }
    boundaries = {name.replace("_", "-"): str(day) for name, day in asdict(window).items()}
    return {
        "name": window.name,
        "boundaries": {name: boundaries[name] for name in ("validation-start", "test-start")},
        "inputs": {name: {"uri": uri, "data_type": "ManifestFile"} for name, uri in manifests.items()},
    }
