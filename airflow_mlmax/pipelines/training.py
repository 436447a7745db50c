"""Training: check, preprocess, tune, evaluate, register; then compare with the champion, approve and promote."""

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
from airflow_mlmax.pipelines.lateness import lateness_of
from airflow_mlmax.pipelines.model_card import card, origin
from airflow_mlmax.pipelines.monitors import baselines
from airflow_mlmax.pipelines.promotion import find_champion, promotion_group
from airflow_mlmax.pipelines.recording import record_run
from airflow_mlmax.pipelines.runs import days, interval_parameters, run_uri, window_end
from airflow_mlmax.sagemaker.baselines import CONTRACT, CONTRACT_SHA256, SHA256
from airflow_mlmax.settings import Settings
from airflow_mlmax.specs import ModelSpec

_WINDOWS = ("train", "validation", "test")
_BOUNDARIES = ("validation-start", "test-start")


def training_pipeline(settings: Settings, spec: ModelSpec, *, warm_start: Any = None) -> None:
    """Adds the tasks to the current DAG, whose params may hold `until`, the day after the last one to use, and `approval`.

    :param warm_start: earlier searches to learn from, as `TuningJobOperator` takes them; a param of the DAG, which retraining fills
    """
    steps, suites = _Steps(settings, spec), spec.data.suites
    pinned = steps.pin_inputs()
    manifest = pinned[spec.data.rows]
    interval = pinned["interval"]
    landed = data_gate(
        settings, spec, "data_gate", spec.path(suites.landing), manifest_uri=manifest, parameters=interval
    )
    preprocess = steps.preprocess(pinned)
    made = data_gate(settings, spec, "feature_gate", spec.path(suites.features), data_uri=steps.windows_uri)
    tune = steps.tune(preprocess.output, warm_start)
    champion = find_champion(settings, spec.name)
    evaluate = steps.evaluate(tune.output, preprocess.output, champion)
    prepared, tuned, measured = map(_xcom, (preprocess, tune, evaluate))
    group, reports = baselines(
        settings,
        spec,
        model_data=tuned["model_artifacts"],
        rows_uri=prepared["reference"],
        outcomes_uri=measured["predictions"],
    )
    contract = steps.contract(prepared, pinned)
    register = steps.register(tuned, pinned, reports, contract)
    promoted = promotion_group(
        settings,
        spec,
        champion=champion,
        evaluated=measured,
        registered=register.output,
        until=pinned["until"],
    )
    chain(landed, preprocess, made, tune, evaluate, steps.gate(), [group, contract], register, promoted)
    record_run(settings, spec.name)


def _xcom(operator: Any) -> Any:
    """What an operator gives, by XCom key."""
    return operator.output


@dataclass(frozen=True)
class _Steps:
    """The tasks of one model. What a task gives to the next (`Any`) is its XComArg, indexed by XCom key."""

    settings: Settings
    spec: ModelSpec

    @property
    def report_uri(self) -> str:
        return self._place("evaluate", "evaluation.json")

    @property
    def windows_uri(self) -> str:
        """S3 prefix of all windows, so that one gate sees them together."""
        return self._place("preprocess", "windows")

    @property
    def _image(self) -> str:
        return self.settings.image(self.spec.image)

    def _place(self, *parts: str) -> str:
        return run_uri(self.settings, self.spec.name, *parts)

    def pin_inputs(self) -> Any:
        """XCom: `validation-start`, `test-start`, `until`, `interval` (parameters of a suite); under each source's name the URI of a manifest.

        And what the version remembers of its inputs: `NAME-pins`, the URI of a list of the objects with their ETags, and the
        hash of that list, `NAME-pins-sha256`.
        """
        settings, windows, lateness = self.settings, self.spec.training.windows, lateness_of(self.spec.data)

        @task(task_id="pin_inputs", multiple_outputs=True)
        def pin_inputs(sources: dict[str, str], place: str) -> dict[str, Any]:
            until = window_end(get_current_context(), settings.data_ends)
            test_start = until - timedelta(days=windows.test)
            validation_start = test_start - timedelta(days=windows.validation)
            wanted = days(validation_start - timedelta(days=windows.train), until)
            s3 = s3_of(settings)
            boundaries = [str(validation_start), str(test_start)]
            pinned: dict[str, Any] = {
                **dict(zip(_BOUNDARIES, boundaries, strict=True)),
                "until": str(until),
                "interval": interval_parameters(wanted[0], until),
            }
            for name, source in sources.items():
                pins = pin_days(s3, source, wanted, lateness)
                pinned[f"{name}-pins"] = f"{place}/{name}.json"
                pinned[f"{name}-pins{SHA256}"] = write_pins(s3, pinned[f"{name}-pins"], pins)
                pinned[name] = write_manifest(s3, f"{place}/{name}.manifest", source, pins)
            return pinned

        return pin_inputs(self.spec.sources(settings), self._place("pins"))

    def preprocess(self, pinned: Any) -> ProcessingJobOperator:
        return ProcessingJobOperator(
            task_id="preprocess",
            image_uri=self._image,
            entry_point="preprocess.py",
            source_dir=self.spec.source_dir,
            arguments={name: pinned[name] for name in _BOUNDARIES},
            inputs={
                name: {"uri": pinned[name], "data_type": "ManifestFile"} for name in self.spec.data.sources
            },
            outputs={
                **{name: f"{self.windows_uri}/{name}" for name in _WINDOWS},
                **{name: self._place("preprocess", name) for name in ("reference", "summary")},
            },
            **self.spec.machines(self.settings, "processing"),
        )

    def tune(self, windows: Any, warm_start: Any) -> TuningJobOperator:
        search, machines = self.spec.training.search, self.spec.machines(self.settings, "training")
        training = {
            "image_uri": self._image,
            "entry_point": "train.py",
            "source_dir": self.spec.source_dir,
            "code_uri": self.settings.uri("code"),
            "hyperparameters": search.hyperparameters,
            "metric_definitions": search.metrics,
            "inputs": {name: windows[name] for name in ("train", "validation")},
            "output_uri": self._place("tune"),
            **{name: machines[name] for name in ("compute", "max_runtime")},
        }
        return TuningJobOperator(
            task_id="tune",
            objective={"metric": search.objective, "type": search.direction},
            ranges={name: each.argument() for name, each in search.ranges.items()},
            strategy=search.strategy,
            random_seed=search.random_seed,
            max_jobs=search.max_jobs,
            max_parallel_jobs=search.max_parallel_jobs,
            warm_start=warm_start,
            training=training,
            instance_ladder=machines["instance_ladder"],
        )

    def evaluate(self, tuned: Any, windows: Any, champion: Any) -> ProcessingJobOperator:
        return ProcessingJobOperator(
            task_id="evaluate",
            image_uri=self._image,
            entry_point="evaluate.py",
            source_dir=self.spec.source_dir,
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
            **self.spec.machines(self.settings, "processing"),
        )

    def gate(self) -> MetricGateOperator:
        return MetricGateOperator(
            task_id="gate",
            report_uri=self.report_uri,
            rules=self.spec.training.rules,
            champion=self.spec.name,
            without_champion="pass",  # the first version has nobody to compare with; a person approves it
        )

    def contract(self, preprocessed: Any, pinned: Any) -> Any:
        return contract_task(
            self.settings,
            suite=self.spec.path(self.spec.data.suites.landing),
            rows_uri=preprocessed["reference"],
            contract_uri=self._place("contract", "contract.json"),
            severities=self.spec.data.categories,
            until=pinned["until"],
        )

    def register(
        self, tuned: Any, pinned: Any, reports: dict[str, Any], contract: Any
    ) -> RegisterModelOperator:
        return RegisterModelOperator(
            task_id="register",
            group=self.spec.name,
            image_uri=self._image,
            model_data=tuned["model_artifacts"],
            entry_point="inference.py",
            content_types=["text/csv"],
            response_types=["text/csv"],
            transform_instance_types=[
                self.spec.machines(self.settings, "transform")["compute"]["instance_type"]
            ],
            metrics={"model_quality": self.report_uri},
            baselines=reports,
            metadata={
                "run_id": "{{ run_id }}",
                "until": pinned["until"],
                **origin(self.spec, tuned, pinned),
                CONTRACT: contract["contract_uri"],
                CONTRACT_SHA256: contract["contract_sha256"],
            },
            card=card(self.spec, tuned, pinned),
            card_uri=self._place("card", "model-card.html"),
        )
