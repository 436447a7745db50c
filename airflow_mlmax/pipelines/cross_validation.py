"""Cross-validation: how the model does on days or groups that it has never seen, whenever they are."""

from datetime import date
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.sdk import chain, get_current_context, task, task_group

from airflow_mlmax.operators.processing import ProcessingJobOperator
from airflow_mlmax.pipelines.access import s3_of
from airflow_mlmax.pipelines.landing import pin_days, write_manifest
from airflow_mlmax.pipelines.parts import INDEX, PartSteps, report
from airflow_mlmax.pipelines.recording import record_run
from airflow_mlmax.pipelines.runs import days, run_uri
from airflow_mlmax.settings import Settings
from airflow_mlmax.specs import ModelSpec

_FACTS = {
    "folds": "{{ params.folds }}, {{ params.method }} by {{ params.group }}, of the days from {{ params['first'] }} to before "
    "{{ params.until }}; every fold is tested by a model trained on all others",
    "order of time": "A fold's model also learns from days after its test. What it would have been worth then, a back-test tells.",
    "hyperparameters": "the same in every fold: {{ params.hyperparameters | tojson }}",
    "standard deviation": "Says how much folds differ. Folds share rows of training, so it is no error of the mean "
    "(Bengio and Grandvalet, No unbiased estimator of the variance of k-fold cross-validation, 2004).",
}


def cross_validation_pipeline(settings: Settings, spec: ModelSpec) -> None:
    """Adds the tasks to the current DAG, whose params hold `first` and `until` (ISO dates; `until` is the day after the last
    one), `folds`, `method` and `group` as `folds.py` takes them, and `hyperparameters`.
    """
    pins, folds = (run_uri(settings, spec.name, *place) for place in (("pins",), ("split", "folds")))
    sources = spec.sources(settings)
    planned = _plan(settings, sources, pins)
    split = ProcessingJobOperator(
        task_id="split",
        image_uri=settings.image(spec.image),
        entry_point="folds.py",
        source_dir=spec.source_dir,
        arguments={name: f"{{{{ params.{name} }}}}" for name in ("method", "group", "folds")},
        inputs={name: {"uri": f"{pins}/{name}.manifest", "data_type": "ManifestFile"} for name in sources},
        outputs={"folds": folds},
        **spec.machines(settings, "processing"),
    )
    group = _fold(PartSteps(settings, spec), folds).expand_kwargs(planned)
    chain(planned, split, group)
    told: dict[str, Any] = {"kind": "Cross-validation", "part": "fold", "facts": _FACTS}
    report(settings, spec, group, parts=planned, **told)
    record_run(settings, spec.name)


def _fold(steps: PartSteps, folds: str) -> Any:
    """The task group of one fold.

    :param folds: S3 prefix of the folders of all folds
    """
    place = f"{folds}/{INDEX}"

    @task_group(group_id="fold")
    def fold(name: Any, hyperparameters: Any) -> None:
        # `train.py` measures a validation window and chooses nothing by it, so the test may stand in its place.
        channels = {"train": f"{place}/train", "validation": f"{place}/test"}
        trained = steps.train(name, hyperparameters, channels)
        inputs = {each: f"{place}/{each}" for each in ("train", "test", "summary")}
        steps.evaluate(name, trained.output, inputs)

    return fold


def _plan(settings: Settings, sources: dict[str, str], place: str) -> Any:
    """A task that pins all days. XCom: a list with one record for each fold."""

    @task(task_id="plan")
    def plan(sources: dict[str, str], place: str) -> list[dict[str, Any]]:
        params = get_current_context()["params"]
        wanted = days(*(date.fromisoformat(params[name]) for name in ("first", "until")))
        if not wanted:
            raise AirflowFailException(f"no day is from {params['first']} to before {params['until']}")
        s3, count = s3_of(settings), int(params["folds"])
        for name, source in sources.items():
            write_manifest(s3, f"{place}/{name}.manifest", source, pin_days(s3, source, wanted))
        return [
            {"name": f"fold {number} of {count}", "hyperparameters": params["hyperparameters"]}
            for number in range(1, count + 1)
        ]

    return plan(sources, place)
