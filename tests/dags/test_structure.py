"""What the DAGs are made of, and that every environment gives requests that AWS would accept."""

import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, AssetOrTimeSchedule, CronDataIntervalTimetable, TriggerRule, XComArg
from airflow.sdk.definitions._internal.expandinput import MappedArgument
from airflow.sdk.definitions.param import DagParam
from airflow.sdk.exceptions import ParamValidationError

from airflow_mlmax.notifications.events import asked_person, decided, failed_run, note_failure
from airflow_mlmax.notifications.notifier import ChannelNotifier
from airflow_mlmax.operators.base import SageMakerJobOperator
from airflow_mlmax.operators.quality import DataQualityGateOperator
from airflow_mlmax.operators.tuning import TuningJobOperator
from airflow_mlmax.pipelines.inference import inference_pipeline
from airflow_mlmax.pipelines.promotion import rollback_pipeline
from airflow_mlmax.sagemaker.baselines import KINDS
from airflow_mlmax.settings import Settings, load
from airflow_mlmax.specs import ModelSpec
from airflow_mlmax.specs.reading import read_spec

DAGS = Path(__file__).parents[2] / "dags"
ENVIRONMENTS = ["local", "dev", "staging", "prod"]
SCHEDULED = ["training", "inference", "monitoring"]
DAG_FILES = [*SCHEDULED, "backtest", "cross_validation"]


RECORD = {
    "name": "2013-06-17 to 2013-06-30",
    "boundaries": {"validation-start": "2013-06-10", "test-start": "2013-06-17"},
    "inputs": {"flights": {"uri": "s3://bucket/flights.manifest", "data_type": "ManifestFile"}},
    "hyperparameters": {"max-iter": 100},
}
"""What a mapped task group is given for one window."""


def dag_of(name: str, environment: str, monkeypatch: pytest.MonkeyPatch) -> DAG:
    monkeypatch.setenv("MLMAX_ENVIRONMENT", environment)
    dag: DAG = runpy.run_path(str(DAGS / f"{name}.py"))["dag"]
    return dag


def flights() -> tuple[Settings, ModelSpec]:
    settings = load(DAGS / "config", "local")
    return settings, read_spec(DAGS / "models/flights", settings)


@pytest.mark.parametrize("name", [*DAG_FILES, "retraining", "rollback"])
def test_people_hear_of_a_failed_run_and_why(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for the run, with the reason that each of its tasks leaves; production has a way to them."""
    dag = dag_of(name, "prod", monkeypatch)
    told = dag.on_failure_callback
    assert isinstance(told, ChannelNotifier)
    assert (told.event, told.about) == (failed_run, "prod flights")
    assert told.channels["ml-flights"] is not None
    assert all(note_failure in task.on_failure_callback for task in dag.tasks)


def test_people_hear_of_questions_and_decisions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person is asked, a version is promoted, rejected or rolled back, a training is started."""
    training, rollback, retraining = (
        dag_of(name, "prod", monkeypatch) for name in ("training", "rollback", "retraining")
    )
    approve: Any = training.get_task("promotion.approve")
    told = {
        "asked": approve.notifiers,
        "rejected": approve.on_skipped_callback,
        "promoted": training.get_task("promotion.promote").on_success_callback,
        "rolled back": rollback.get_task("roll_back").on_success_callback,
        "trained": retraining.get_task("decide").on_success_callback,
    }
    events = {what: [each.event for each in notifiers] for what, notifiers in told.items()}
    assert events == {what: [asked_person if what == "asked" else decided] for what in told}


def edges(dag: DAG) -> set[tuple[str, str]]:
    return {(task.task_id, after) for task in dag.tasks for after in task.downstream_task_ids}


def order(dag: DAG) -> list[str]:
    return [task.task_id for task in dag.topological_sort()]


def given(value: Any) -> Any:
    """The value with a name or an S3 URI wherever an earlier task would have put its result."""
    if isinstance(value, MappedArgument):
        return RECORD[value._key]
    if isinstance(value, DagParam):
        return None
    if isinstance(value, XComArg):
        return "a-model" if getattr(value, "key", "") == "model_name" else "s3://bucket/model.tar.gz"
    if isinstance(value, dict):
        return {key: given(item) for key, item in value.items()}
    return [given(item) for item in value] if isinstance(value, list) else value


def request_of(operator: Any) -> dict[str, Any]:
    for name in operator.template_fields:
        setattr(operator, name, given(getattr(operator, name)))
    if isinstance(operator, TuningJobOperator):
        kept = {key: item for key, item in operator.training.items() if key not in {"source_dir", "code_uri"}}
        operator.training = {**kept, "source_uri": "s3://bucket/code/sourcedir.tar.gz"}
    else:
        operator.source_uri = "s3://bucket/code/"
    draft = operator.draft()
    draft.refuse()
    request: dict[str, Any] = dict(draft.request)
    return request


def test_training_goes_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rejected model costs no baseline, and a version is registered only with all four and its contract."""
    dag = dag_of("training", "local", monkeypatch)
    before = ["pin_inputs", "data_gate", "preprocess", "feature_gate", "tune", "evaluate", "gate"]
    beside = {f"baselines.{kind}" for kind in KINDS} | {"contract"}
    promotion = ["promotion.compare", "promotion.approve", "promotion.promote"]
    steps = [task for task in order(dag) if task != "champion"]
    assert (steps[:7], steps[-5:]) == (before, ["register", *promotion, "record"])
    assert set(steps[7:-5]) == {*beside, "baselines.limits"}
    assert {("champion", "evaluate"), ("champion", "promotion.compare")} <= edges(dag)
    assert {("gate", each) for each in beside} <= edges(dag)
    assert dag.get_task("register").upstream_task_ids >= {*beside, "baselines.limits"} - {
        "baselines.data_quality"
    }
    assert dag.dag_id == "flights_training"


def test_inference_publishes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is scored before its gate and nothing published before it is scored and checked; no reader waits for the monitor."""
    dag = dag_of("inference", "local", monkeypatch)
    tasks = {
        "resolve",
        "create_model",
        "data_gate",
        "score",
        "prediction_gate",
        "publish",
        "monitor",
        "record",
    }
    assert set(order(dag)) == tasks
    line = [("data_gate", "score"), ("score", "prediction_gate"), ("prediction_gate", "publish")]
    assert {*line, ("data_gate", "monitor")} <= edges(dag)
    assert dag.get_task("monitor").downstream_task_ids == {"record"}
    assert dag.dag_id == "flights_inference"


def test_monitoring_tells_drift_whatever_the_monitors_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """The task that sends the event runs after failed monitors; the last task does not, so the run is red."""
    dag = dag_of("monitoring", "local", monkeypatch)
    assert set(order(dag)) == {"labels", "resolve", "collect", *KINDS, "drift", "verdict", "record"}
    assert {(kind, after) for kind in KINDS for after in ("drift", "verdict")} <= edges(dag)
    assert (dag.get_task("drift").trigger_rule, dag.get_task("verdict").trigger_rule) == (
        TriggerRule.ALL_DONE,
        TriggerRule.ALL_SUCCESS,
    )
    assert dag.dag_id == "flights_monitoring"


@pytest.mark.parametrize(
    ("name", "group", "tasks"),
    [
        ("backtest", "window", ["preprocess", "train", "evaluate"]),
        ("cross_validation", "fold", ["train", "evaluate"]),
    ],
)
def test_parts_are_mapped_and_reported_whatever_fails(
    name: str, group: str, tasks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part has jobs and places of its own; the report comes after failed ones, and the verdict keeps the run red."""
    dag = dag_of(name, "local", monkeypatch)
    mapped = [dag.get_task(f"{group}.{task}") for task in tasks]
    assert {task.get_closest_mapped_task_group().group_id for task in mapped} == {group}
    for task in mapped:
        places = task.output_uri if task.task_id.endswith("train") else task.outputs
        assert "{{ ti.map_index }}" in str(places)
        assert task.max_active_tis_per_dagrun == 2
    last = f"{group}.evaluate"
    assert {(last, "report"), (last, "verdict"), ("report", "verdict"), ("plan", "report")} <= edges(dag)
    assert dag.get_task("report").trigger_rule == TriggerRule.ALL_DONE_MIN_ONE_SUCCESS
    assert dag.get_task("verdict").trigger_rule == TriggerRule.ALL_SUCCESS


def test_retraining_decides_before_it_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock, by new data and by drift; one decision at a time; the training that it starts takes what it is told."""
    dag = dag_of("retraining", "local", monkeypatch)
    assert order(dag) == ["decide", "wanted", "train", "record"]
    assert isinstance(dag.timetable, AssetOrTimeSchedule)
    assert {asset.uri for asset in dag.timetable.asset_condition.objects} == {
        "x-mlmax://flights/drift",
        "x-mlmax://flights/labelled",
    }
    assert (dag.dag_id, dag.max_active_runs) == ("flights_retraining", 1)
    training = dag_of("training", "local", monkeypatch)
    assert dag.get_task("train").trigger_dag_id == training.dag_id
    assert {"until", "warm_start"} <= set(training.params)


@pytest.mark.parametrize(
    ("conf", "expected"),
    [({"warm_start": {"parents": ["search-1"], "type": "TransferLearning"}}, ["search-1"]), ({}, None)],
    ids=["told", "not told"],
)
def test_a_search_learns_from_those_that_it_is_told(
    conf: dict[str, Any], expected: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The param reaches the request as retraining fills it; without it the search begins anew."""
    dag = dag_of("training", "local", monkeypatch)
    tune: Any = dag.get_task("tune")
    context = {"dag_run": SimpleNamespace(conf=conf), "params": dag.params.dump()}
    tune.warm_start = tune.render_template(tune.warm_start, context)
    config = request_of(tune).get("WarmStartConfig") or {}
    parents = config.get("ParentHyperParameterTuningJobs")
    assert parents == (expected and [{"HyperParameterTuningJobName": name} for name in expected])


def test_the_processing_variant_needs_no_model() -> None:
    """One word of the spec replaces model and transform by a Processing job."""
    settings, spec = flights()
    inference = spec.inference.model_copy(update={"variant": "processing"})
    with DAG("other", schedule=None, default_args=settings.default_args()) as dag:
        inference_pipeline(settings, spec.model_copy(update={"inference": inference}))
    tasks = {"resolve", "data_gate", "monitor", "score", "prediction_gate", "publish", "record"}
    assert set(order(dag)) == tasks
    assert dag.get_task("score").job_type.resource == "ProcessingJob"


@pytest.mark.parametrize("name", [*DAG_FILES, "retraining", "rollback"])
def test_the_record_comes_last_and_decides_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A teardown after all others, so that none still runs; an environment that keeps no records has none."""
    dag = dag_of(name, "local", monkeypatch)
    record = dag.get_task("record")
    assert dag.leaves == [record]
    assert (record.is_teardown, record.on_failure_fail_dagrun) == (True, False)
    assert set(dag_of(name, "dev", monkeypatch).task_ids) == record.upstream_task_ids


@pytest.mark.parametrize("name", SCHEDULED)
def test_dags_can_be_backfilled(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real interval, and no end: Airflow gives a run after the end no task and calls it a success."""
    dag = dag_of(name, "local", monkeypatch)
    assert isinstance(dag.timetable, CronDataIntervalTimetable)
    assert dag.catchup is False
    assert dag.end_date is None


@pytest.mark.parametrize("name", DAG_FILES)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_requests_are_complete(name: str, environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each environment's settings, security block included, give requests without a fault."""
    operators = [
        task
        for task in dag_of(name, environment, monkeypatch).tasks
        if isinstance(task, SageMakerJobOperator) and not isinstance(task, DataQualityGateOperator)
    ]
    requests = [request_of(operator) for operator in operators]
    expected = {"training": 8, "inference": 2, "monitoring": 5, "backtest": 3, "cross_validation": 3}
    assert len(requests) == expected[name]


def test_production_jobs_run_in_the_vpc_with_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The security block of the environment reaches the requests through default_args."""
    dag = dag_of("training", "prod", monkeypatch)
    request = request_of(dag.get_task("preprocess"))
    assert request["NetworkConfig"]["EnableNetworkIsolation"] is True
    assert request["NetworkConfig"]["VpcConfig"]["Subnets"]
    assert request["ProcessingOutputConfig"]["KmsKeyId"].startswith("arn:aws:kms:")


@pytest.mark.parametrize("name", [*DAG_FILES, "retraining"])
def test_tasks_share_the_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connection, role, namespace and retries come from one place."""
    dag = dag_of(name, "local", monkeypatch)
    settings = load(DAGS / "config", "local")
    assert {task.retries for task in dag.tasks} == {settings.retries}
    for task in dag.tasks:
        assert getattr(task, "namespace", settings.namespace) == settings.namespace
        assert getattr(task, "aws_conn_id", settings.aws_conn_id) == settings.aws_conn_id


def test_a_roll_back_is_one_task_that_somebody_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no schedule and no default reason."""
    dag = dag_of("rollback", "local", monkeypatch)
    assert order(dag) == ["roll_back", "record"]
    assert dag.schedule is None
    with pytest.raises(ParamValidationError):
        dag.params.validate()


def test_promotion_may_have_a_role_of_its_own() -> None:
    """The tasks that approve take another connection than those that train."""
    settings, spec = flights()
    settings = settings.model_copy(update={"promotion_conn_id": "aws_promotion"})
    with DAG("other", schedule=None, default_args=settings.default_args()) as dag:
        rollback_pipeline(settings, spec)
    assert dag.get_task("roll_back").aws_conn_id == "aws_promotion"
