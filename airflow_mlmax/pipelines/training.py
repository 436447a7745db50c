"""Training: check, preprocess, tune, evaluate, register; then compare with the champion, approve and promote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from airflow.sdk import chain, get_current_context, task

from airflow_mlmax.operators.gate import MetricGateOperator
from airflow_mlmax.operators.processing import ProcessingJobOperator
from airflow_mlmax.operators.registration import RegisterModelOperator
from airflow_mlmax.operators.tuning import TuningJobOperator
from airflow_mlmax.pipelines.access import s3_of
from airflow_mlmax.pipelines.contracts import contract_task
from airflow_mlmax.pipelines.gates import data_gate
from airflow_mlmax.pipelines.landing import pin_days, write_manifest, write_pins
from airflow_mlmax.pipelines.monitors import Monitors, baselines
from airflow_mlmax.pipelines.promotion import Promotion, find_champion, promotion_group
from airflow_mlmax.pipelines.recipe import Checks, Search, Windows
from airflow_mlmax.pipelines.recording import record_run
from airflow_mlmax.pipelines.runs import days, run_uri, window_end
from airflow_mlmax.sagemaker.baselines import CONTRACT, CONTRACT_SHA256, TUNING_JOB
from airflow_mlmax.sagemaker.gates import Rule
from airflow_mlmax.settings import Settings

_WINDOWS = ("train", "validation", "test")
_BOUNDARIES = ("validation-start", "test-start")


def training_pipeline(
    settings: Settings,
    *,
    model: str,
    scripts: str,
    sources: Mapping[str, str],
    windows: Windows,
    search: Search,
    rules: Sequence[Rule],
    checks: Checks,
    monitors: Monitors,
    promotion: Promotion,
    warm_start: Any = None,
) -> None:
    """Adds the tasks to the current DAG, whose params may hold `until`, the day after the last one to use, and `approval`.

    :param model: folder in S3 and model package group; its newest approved version is the champion that rules may compare with
    :param scripts: folder, relative to the DAG file, with `preprocess.py`, `train.py`, `evaluate.py` and `inference.py`
    :param sources: S3 URIs of folders with `date=` partitions, by the input of `preprocess.py` that they become
    :param rules: what the `evaluation.json` of `evaluate.py` must satisfy; those on a champion are skipped while there is none
    :param warm_start: earlier searches to learn from, as `TuningJobOperator` takes them; a param of the DAG, which retraining fills
    """
    steps = _Steps(settings, model, scripts)
    pinned = steps.pin_inputs(sources, windows)
    manifest = pinned[checks.landing_source]
    landed = data_gate(settings, model, "data_gate", checks.landing, manifest_uri=manifest)
    preprocess = steps.preprocess(pinned, sources)
    made = data_gate(settings, model, "feature_gate", checks.features, data_uri=steps.windows_uri)
    tune = steps.tune(search, preprocess.output, warm_start)
    champion = find_champion(settings, model)
    evaluate = steps.evaluate(tune.output, preprocess.output, champion)
    prepared, tuned, measured = map(_xcom, (preprocess, tune, evaluate))
    group, reports = baselines(
        settings,
        model,
        monitors,
        model_data=tuned["model_artifacts"],
        rows_uri=prepared["reference"],
        outcomes_uri=measured["predictions"],
    )
    contract = steps.contract(checks, prepared, pinned)
    register = steps.register(tuned, pinned, reports, contract)
    promoted = promotion_group(
        settings,
        model,
        promotion,
        champion=champion,
        evaluated=measured,
        registered=register.output,
        until=pinned["until"],
    )
    gate = steps.gate(rules)
    chain(landed, preprocess, made, tune, evaluate, gate, [group, contract], register, promoted)
    record_run(settings, model)


def _xcom(operator: Any) -> Any:
    """What an operator gives, by XCom key."""
    return operator.output


@dataclass(frozen=True)
class _Steps:
    """The tasks of one model. What a task gives to the next (`Any`) is its XComArg, indexed by XCom key."""

    settings: Settings
    model: str
    scripts: str

    @property
    def report_uri(self) -> str:
        return self._place("evaluate", "evaluation.json")

    @property
    def windows_uri(self) -> str:
        """S3 prefix of all windows, so that one gate sees them together."""
        return self._place("preprocess", "windows")

    @property
    def _image(self) -> str:
        return self.settings.image("sklearn")

    def _place(self, *parts: str) -> str:
        return run_uri(self.settings, self.model, *parts)

    def pin_inputs(self, sources: Mapping[str, str], windows: Windows) -> Any:
        """XCom: the URI of a manifest under each source's name, `validation-start`, `test-start`, `until`.

        And `NAME-pins`, the URI of the objects' list with their ETags, with its hash `NAME-pins-sha256`.
        """
        settings = self.settings

        @task(task_id="pin_inputs", multiple_outputs=True)
        def pin_inputs(sources: dict[str, str], place: str) -> dict[str, str]:
            until = window_end(get_current_context(), settings.data_ends)
            test_start = until - timedelta(days=windows.test)
            validation_start = test_start - timedelta(days=windows.validation)
            wanted = days(validation_start - timedelta(days=windows.train), until)
            s3 = s3_of(settings)
            boundaries = [str(validation_start), str(test_start)]
            pinned = {**dict(zip(_BOUNDARIES, boundaries, strict=True)), "until": str(until)}
            for name, source in sources.items():
                pins = pin_days(s3, source, wanted)
                pinned[f"{name}-pins"] = f"{place}/{name}.json"
                pinned[f"{name}-pins-sha256"] = write_pins(s3, pinned[f"{name}-pins"], pins)
                pinned[name] = write_manifest(s3, f"{place}/{name}.manifest", source, pins)
            return pinned

        return pin_inputs(dict(sources), self._place("pins"))

    def preprocess(self, pinned: Any, sources: Mapping[str, str]) -> ProcessingJobOperator:
        return ProcessingJobOperator(
            task_id="preprocess",
            image_uri=self._image,
            entry_point="preprocess.py",
            source_dir=self.scripts,
            arguments={name: pinned[name] for name in _BOUNDARIES},
            inputs={name: {"uri": pinned[name], "data_type": "ManifestFile"} for name in sources},
            outputs={
                **{name: f"{self.windows_uri}/{name}" for name in _WINDOWS},
                **{name: self._place("preprocess", name) for name in ("reference", "summary")},
            },
            compute=self.settings.compute.processing.model_dump(),
        )

    def tune(self, search: Search, windows: Any, warm_start: Any) -> TuningJobOperator:
        training = {
            "image_uri": self._image,
            "entry_point": "train.py",
            "source_dir": self.scripts,
            "code_uri": self.settings.uri("code"),
            "hyperparameters": dict(search.hyperparameters),
            "metric_definitions": dict(search.metrics),
            "inputs": {name: windows[name] for name in ("train", "validation")},
            "output_uri": self._place("tune"),
            "compute": self.settings.compute.training.model_dump(),
            "max_runtime": 3600,
        }
        return TuningJobOperator(
            task_id="tune",
            objective={"metric": search.objective, "type": "Maximize"},
            ranges=dict(search.ranges),
            strategy=search.strategy,
            random_seed=search.random_seed,
            max_jobs=search.max_jobs,
            max_parallel_jobs=search.max_parallel_jobs,
            warm_start=warm_start,
            training=training,
        )

    def evaluate(self, tuned: Any, windows: Any, champion: Any) -> ProcessingJobOperator:
        return ProcessingJobOperator(
            task_id="evaluate",
            image_uri=self._image,
            entry_point="evaluate.py",
            source_dir=self.scripts,
            inputs={
                "model": tuned["model_artifacts"],
                "champion": champion["model_data"],  # None while there is none
                **{name: windows[name] for name in ("train", "test", "summary")},
            },
            outputs={
                "evaluation": self._place("evaluate"),
                "predictions": self._place("predictions"),
                "champion": self._place("champion"),
            },
            compute=self.settings.compute.processing.model_dump(),
        )

    def gate(self, rules: Sequence[Rule]) -> MetricGateOperator:
        return MetricGateOperator(
            task_id="gate",
            report_uri=self.report_uri,
            rules=rules,
            champion=self.model,
            without_champion="pass",  # the first version has nobody to compare with; a person approves it
        )

    def contract(self, checks: Checks, preprocessed: Any, pinned: Any) -> Any:
        return contract_task(
            self.settings,
            suite=checks.landing,
            rows_uri=preprocessed["reference"],
            contract_uri=self._place("contract", "contract.json"),
            severities=checks.categories,
            until=pinned["until"],
        )

    def register(
        self, tuned: Any, pinned: Any, reports: dict[str, Any], contract: Any
    ) -> RegisterModelOperator:
        return RegisterModelOperator(
            task_id="register",
            group=self.model,
            image_uri=self._image,
            model_data=tuned["model_artifacts"],
            entry_point="inference.py",
            content_types=["text/csv"],
            response_types=["text/csv"],
            transform_instance_types=[self.settings.compute.transform.instance_type],
            metrics={"model_quality": self.report_uri},
            baselines=reports,
            metadata={
                "run_id": "{{ run_id }}",
                "until": pinned["until"],
                TUNING_JOB: tuned["job_name"],
                CONTRACT: contract["contract_uri"],
                CONTRACT_SHA256: contract["contract_sha256"],
            },
        )
