"""All three DAGs from end to end on the runtime: real jobs, real models, a thin slice of the real flights."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import Asset
from kept_runs import waiting_record

from airflow_mlmax.sagemaker.baselines import KINDS
from airflow_mlmax.sagemaker.code import SourceFolder

pytestmark = pytest.mark.usefixtures("landing")

BUCKET = "mlmax-local"
SCRIPTS = Path(__file__).parents[2] / "dags/models/flights/scripts"
RunDags = Callable[..., Any]
DAY = "2013-07-01"
NEXT_MIDNIGHT = "2013-07-02T00:00:00+00:00"


def ask(file: str, conf: dict[str, Any] | None = None, logical_date: str | None = None) -> dict[str, Any]:
    """A DAG run that is wanted."""
    return {"file": file, "conf": conf or {}, "logical_date": logical_date}


@dataclass(frozen=True)
class Damage:
    """A landed day that is not what the model was trained on, and what its gate must say."""

    day: str
    words: str
    change: Callable[[list[list[str]]], list[list[str]]]


def without(name: str) -> Callable[[list[list[str]]], list[list[str]]]:
    def change(rows: list[list[str]]) -> list[list[str]]:
        place = rows[0].index(name)
        return [[*row[:place], *row[place + 1 :]] for row in rows]

    return change


def renamed(old: str, new: str) -> Callable[[list[list[str]]], list[list[str]]]:
    return lambda rows: [[new if name == old else name for name in rows[0]], *rows[1:]]


def reordered(rows: list[list[str]]) -> list[list[str]]:
    return [[row[0], row[2], row[1], *row[3:]] for row in rows]


def in_the_last_row(name: str, value: str) -> Callable[[list[list[str]]], list[list[str]]]:
    def change(rows: list[list[str]]) -> list[list[str]]:
        place = rows[0].index(name)
        return [*rows[:-1], [*rows[-1][:place], value, *rows[-1][place + 1 :]]]

    return change


def replaced(name: str, value: str) -> Callable[[list[list[str]]], list[list[str]]]:
    def change(rows: list[list[str]]) -> list[list[str]]:
        place = rows[0].index(name)
        return [rows[0], *([*row[:place], value, *row[place + 1 :]] for row in rows[1:])]

    return change


REFUSED = {
    "dropped": Damage("2013-07-20", "columns, in order   gone: temp", without("temp")),
    "renamed": Damage(
        "2013-07-21", "column temp is gone, temperature is new: renamed?", renamed("temp", "temperature")
    ),
    "reordered": Damage("2013-07-22", "columns, in order   moved: ", reordered),
    "new airport": Damage("2013-07-23", "unknown: TEB", replaced("origin", "TEB")),
    "changed type": Damage("2013-07-24", "distance: values are readable", replaced("distance", "far")),
    "from the future": Damage(
        "2013-07-26",
        "scheduled_departure: ",
        in_the_last_row("scheduled_departure", "2013-07-27T00:00:00Z"),
    ),
}
NEW_CARRIER = Damage("2013-07-25", "unknown: Z9", replaced("carrier", "Z9"))


@dataclass(frozen=True)
class Story:
    """What happened in order: scored too early, trained, approved, scored well and ill, repaired, monitored."""

    unapproved: Any
    about_no_day: Any
    trained: Any
    scored: Any
    too_early: Any
    manifest: dict[str, Any]
    predictions: dict[str, str]
    again: Any
    manifest_again: dict[str, Any]
    refused: dict[str, Any]
    new_carrier: Any
    nothing_published: dict[str, bool]
    repaired: Any
    processing: Any
    processed: dict[str, str]
    quarantined: Any
    monitored: Any
    unlabelled: Any


@pytest.fixture(scope="module")
def story(run_dags: RunDags, endpoint: Any) -> Story:
    unapproved, about_no_day, trained = run_dags(
        ask("inference.py", {"day": DAY}),
        ask("inference.py"),
        ask("training.py", {"until": DAY, "approval": "automatic"}),
    )
    (version,) = versions(endpoint)
    assert version["ModelApprovalStatus"] == "Approved"
    for damage in (*REFUSED.values(), NEW_CARRIER):
        land(endpoint, damage.day, damage.change)
    scored, too_early = run_dags(
        ask("inference.py", logical_date=NEXT_MIDNIGHT), ask("inference.py", {"day": "2013-06-30"})
    )
    published = manifest(endpoint), predictions(endpoint)
    again, new_carrier, *refused = run_dags(
        ask("inference.py", {"day": DAY}),
        ask("inference.py", {"day": NEW_CARRIER.day}),
        *(ask("inference.py", {"day": damage.day}) for damage in REFUSED.values()),
    )
    nothing = {name: not is_published(endpoint, damage.day) for name, damage in REFUSED.items()}
    manifest_again = manifest(endpoint)
    day = REFUSED["dropped"].day
    land(endpoint, day, lambda rows: rows)
    label(endpoint, NEW_CARRIER.day)
    repaired, processing, quarantined, monitored, unlabelled = run_dags(
        ask("inference.py", {"day": day}),
        ask("processing_inference.py", {"day": DAY}),
        ask("processing_inference.py", {"day": REFUSED["from the future"].day}),
        ask("monitoring.py", {"day": NEW_CARRIER.day}),
        # The logical date is that of the UI's trigger button, long after the data; the window is the param's all the same.
        ask("training.py", {"until": "2013-07-05"}, "2026-01-01T00:00:00+00:00"),
    )
    return Story(
        unapproved,
        about_no_day,
        trained,
        scored,
        too_early,
        *published,
        again,
        manifest_again,
        dict(zip(REFUSED, refused, strict=True)),
        new_carrier,
        nothing,
        repaired,
        processing,
        predictions(endpoint),
        quarantined,
        monitored,
        unlabelled,
    )


def land(endpoint: Any, day: str, change: Callable[[list[list[str]]], list[list[str]]]) -> None:
    """Puts the flights of DAY into another day, with keys and times of their own, changed."""
    copied(
        endpoint,
        f"landing/flights/date={DAY}/flights.csv",
        f"landing/flights/date={day}/flights.csv",
        day,
        change,
    )


def label(endpoint: Any, day: str) -> None:
    copied(
        endpoint,
        f"landing/labels/date={DAY}/labels.csv",
        f"landing/labels/date={day}/labels.csv",
        day,
        lambda rows: rows,
    )


def copied(
    endpoint: Any, source: str, target: str, day: str, change: Callable[[list[list[str]]], list[list[str]]]
) -> None:
    header, *rows = csv.reader(io.StringIO(text(endpoint, source)))
    written = io.StringIO()
    keyed = [[f"{day}/{key}", *(value.replace(DAY, day) for value in rest)] for key, *rest in rows]
    csv.writer(written, lineterminator="\n").writerows(change([header, *keyed]))
    endpoint.client("s3").put_object(
        Bucket=BUCKET,
        Key=target,
        Body=written.getvalue().encode(),
        Metadata={"available-at": day},
    )


def is_published(endpoint: Any, day: str) -> bool:
    answer = endpoint.client("s3").list_objects_v2(
        Bucket=BUCKET, Prefix=f"flights/predictions/interval={day}/"
    )
    return bool(answer["KeyCount"])


def versions(endpoint: Any) -> list[dict[str, Any]]:
    answer = endpoint.client("sagemaker").list_model_packages(ModelPackageGroupName="flights")
    return list(answer["ModelPackageSummaryList"])


def version(endpoint: Any) -> dict[str, Any]:
    """The description of the newest version."""
    arn = versions(endpoint)[0]["ModelPackageArn"]
    found: dict[str, Any] = endpoint.client("sagemaker").describe_model_package(ModelPackageName=arn)
    return found


def text(endpoint: Any, key: str) -> str:
    return str(endpoint.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode())


def rows(endpoint: Any, key: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(endpoint, key))))


def manifest(endpoint: Any, day: str = DAY) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(text(endpoint, f"flights/predictions/interval={day}/manifest.json"))
    return content


def predictions(endpoint: Any) -> dict[str, str]:
    """Probability by row key, as a reader finds them: manifest first."""
    files = [file["uri"].removeprefix(f"s3://{BUCKET}/") for file in manifest(endpoint)["files"]]
    return {row["flight_key"]: row["late_probability"] for key in files for row in rows(endpoint, key)}


def test_training_goes_through(story: Story) -> None:
    """Every task succeeded on real jobs."""
    assert story.trained.state == "success", story.trained.log[-5000:]
    assert set(story.trained.tasks.values()) == {"success"}


def test_the_version_says_how_good_it_is(story: Story, endpoint: Any) -> None:
    """The evaluation is of later days than the training and stands beside its baseline."""
    package = version(endpoint)
    uri = package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    assert story.trained.run_id == package["CustomerMetadataProperties"]["run_id"]
    evaluation = json.loads(text(endpoint, uri.removeprefix(f"s3://{BUCKET}/")))
    windows = evaluation["windows"]
    assert windows["train"]["last"] < windows["validation"]["first"]
    assert windows["validation"]["last"] < windows["test"]["first"]
    assert windows["test"]["last"] < DAY
    assert evaluation["model"]["roc_auc"] > evaluation["baseline"]["roc_auc"]


def test_the_search_tried_what_the_dag_says(story: Story, endpoint: Any) -> None:
    """Four real children, the best of which was registered."""
    sagemaker = endpoint.client("sagemaker")
    summaries = sagemaker.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
    assert summaries[0]["TrainingJobStatusCounters"]["Completed"] == 4
    assert story.trained.tasks["tune"] == "success"


def test_the_first_version_is_promoted_by_policy(story: Story, endpoint: Any) -> None:
    """The log says who, why, and from which day of the data on: nothing that it was trained on is scored with it."""
    assert story.trained.tasks["promotion.promote"] == "success", story.trained.log[-5000:]
    change = json.loads(text(endpoint, "flights/champions/000001.json"))
    assert (change["version"], change["by"], change["why"]) == (
        1,
        "the promotion policy",
        "the first champion",
    )
    assert change["effective"] == f"{DAY}T00:00:00+00:00"
    assert change["evidence"]["evaluation"].startswith(f"s3://{BUCKET}/flights/flights_training/")


def test_a_day_before_the_first_champion_is_not_scored_with_it(story: Story) -> None:
    """A backfill scores as it would have been scored then; the error says how to score with today's."""
    assert story.too_early.tasks["resolve"] == "failed"
    assert "had no champion when 2013-06-30 began: the first is version 1" in story.too_early.log


def test_without_an_approved_version_the_error_is_clear(story: Story) -> None:
    """The first task fails, is not tried again, and says how to approve."""
    assert story.unapproved.state == "failed"
    assert story.unapproved.tasks["resolve"] == "failed"
    assert "has no approved version" in story.unapproved.log


def test_every_flight_of_the_day_is_scored(story: Story, endpoint: Any) -> None:
    """The published keys are the keys of the landing file, each with a probability."""
    assert story.scored.state == "success", story.scored.log[-5000:]
    keys = [row["flight_key"] for row in rows(endpoint, f"landing/flights/date={DAY}/flights.csv")]
    assert list(story.predictions) == keys
    assert all(0 <= float(probability) <= 1 for probability in story.predictions.values())
    assert (story.manifest["rows"], story.manifest["model_version"]) == (len(keys), 1)


def test_scoring_a_day_again_changes_nothing(story: Story) -> None:
    """Another run of the same day published the same manifest over the same data."""
    assert story.again.state == "success", story.again.log[-5000:]
    assert story.manifest == story.manifest_again


def test_the_processing_variant_gives_the_same(story: Story) -> None:
    """One word in the DAG file; the probabilities are those of the batch transform."""
    assert story.processing.state == "success", story.processing.log[-5000:]
    tasks = {"resolve", "data_gate", "monitor", "score", "prediction_gate", "publish", "record"}
    assert set(story.processing.tasks) == tasks
    assert story.processed == story.predictions


def test_rows_in_are_rows_scored_and_quarantined(story: Story, endpoint: Any) -> None:
    """One flight of the file leaves on another day; it is taken out, the rest is scored, and the manifest counts both."""
    assert story.quarantined.state == "success", story.quarantined.log[-5000:]
    day = REFUSED["from the future"].day
    flights = len(rows(endpoint, f"landing/flights/date={day}/flights.csv"))
    found = manifest(endpoint, day)
    counts = (found["rows_in"], found["rows"], found["rows_quarantined"])
    assert counts == (flights, flights - 1, 1)
    assert len(rows(endpoint, found["files"][0]["uri"].removeprefix(f"s3://{BUCKET}/"))) == flights - 1


def test_the_version_has_its_baselines_and_its_contract(story: Story, endpoint: Any) -> None:
    """All that a monitor or a gate needs to know of the training days travels with the model."""
    package = version(endpoint)
    named = [each["S3Uri"] for area in package["DriftCheckBaselines"].values() for each in area.values()]
    assert len(set(named)) == 6
    for uri in [*named, package["CustomerMetadataProperties"]["mlmax:contract"]]:
        assert json.loads(text(endpoint, uri.removeprefix(f"s3://{BUCKET}/"))), story.trained.run_id


@pytest.mark.usefixtures("story")
def test_the_version_says_what_it_was_made_from(endpoint: Any) -> None:
    """The hash of the code that ran, and that of the list of each input, which is still the same."""
    metadata = version(endpoint)["CustomerMetadataProperties"]
    assert metadata["mlmax:code-sha256"] == SourceFolder(SCRIPTS).digest
    for name in ("flights", "labels"):
        pins = text(endpoint, metadata[f"mlmax:input-{name}"].removeprefix(f"s3://{BUCKET}/"))
        assert hashlib.sha256(pins.encode()).hexdigest() == metadata[f"mlmax:input-{name}-sha256"]
        assert {"uri", "etag", "size"} <= set(json.loads(pins)[0])


@pytest.mark.usefixtures("story")
def test_the_version_has_a_model_card_of_this_run(endpoint: Any) -> None:
    """What the spec says of it and what the evaluation found, in the registry and as a page."""
    package = version(endpoint)
    card = json.loads(package["ModelCard"]["ModelCardContent"])
    groups = {group["name"]: group["metric_data"] for group in card["evaluation_details"][0]["metric_groups"]}
    assert {"model", "baseline", "slices.origin=LGA", "windows.test"} <= set(groups)
    assert card["intended_uses"]["purpose_of_model"].startswith("Will a flight arrive")
    assert card["intended_uses"]["risk_rating"] == "Low"
    page = text(
        endpoint, package["CustomerMetadataProperties"]["mlmax:model-card"].removeprefix(f"s3://{BUCKET}/")
    )
    assert "Model card of flights" in page
    assert "slices.origin=LGA" in page


@pytest.mark.parametrize("name", REFUSED)
def test_a_day_that_breaks_the_contract_is_not_scored(story: Story, name: str) -> None:
    """The gate says what is other than in training; nothing is scored, nothing is published."""
    run = story.refused[name]
    assert (run.tasks["data_gate"], run.tasks["score"]) == ("failed", "upstream_failed")
    assert "DATA QUALITY FAIL" in run.log
    assert REFUSED[name].words in run.log
    assert story.nothing_published[name]


def test_a_repaired_day_goes_through(story: Story, endpoint: Any) -> None:
    """The same day with the columns that the model knows."""
    assert story.repaired.state == "success", story.repaired.log[-5000:]
    assert is_published(endpoint, REFUSED["dropped"].day)


def test_a_new_carrier_is_scored_and_named(story: Story) -> None:
    """The model's contract says that it can live with one; the log and the monitor tell."""
    run = story.new_carrier
    assert run.state == "success", run.log[-5000:]
    assert "DATA QUALITY WARN" in run.log
    assert NEW_CARRIER.words in run.log
    assert "carrier categorical_values_check" in run.log


def test_a_day_of_another_carrier_is_red_and_sends_the_reasons(story: Story) -> None:
    """The monitors compare with the baselines of the version that scored; the event is sent although the run fails."""
    run = story.monitored
    assert run.tasks["data_quality"] == "failed", run.log[-5000:]
    assert {run.tasks[name] for name in ("labels", "resolve", "collect", "drift")} == {"success"}
    assert {run.tasks[kind] for kind in KINDS} <= {"success", "failed"}
    assert (run.state, run.tasks["verdict"]) == ("failed", "upstream_failed")
    assert run.log.count("ViolationsError: data_quality of") >= 1
    told = {event["uri"]: event["extra"] for event in run.events}
    drift = told[Asset("x-mlmax://flights/drift").uri]
    assert (drift["model_version"], drift["day"]) == (1, NEW_CARRIER.day)
    assert "carrier" in {reason["feature"] for reason in drift["reasons"]["data_quality"]}
    assert told[Asset("x-mlmax://flights/labelled").uri]["day"] == NEW_CARRIER.day


def test_training_is_recorded(story: Story, endpoint: Any) -> None:
    """Its version, the figures it was judged by, what its gates said, the data it saw and what it cost."""
    record = waiting_record(endpoint, BUCKET, story.trained.run_id)
    assert (record.state, record.model, record.model_version) == ("success", "flights", 1)
    assert {task.state for task in record.tasks} == set(story.trained.tasks.values())
    verdicts = {verdict.task_id: verdict.decision for verdict in record.verdicts}
    assert {verdicts[name] for name in ("data_gate", "feature_gate", "gate")} == {"continue"}
    assert any(metric.slice.startswith("origin=") for metric in record.metrics)
    assert [each.name for each in record.inputs] == ["flights", "labels"]
    assert all(each.etag and each.sha256 for each in record.inputs)
    jobs = {job.task_id: job for job in record.jobs}
    assert {"preprocess", "tune", "evaluate", *(f"baselines.{kind}" for kind in KINDS)} <= set(jobs)
    assert all(job.code_uri and job.status == "Completed" for job in jobs.values())
    assert {"learning-rate", "max-leaf-nodes"} <= set(jobs["tune"].parameters)
    assert record.cost_usd
    assert record.cost_usd > 0


def test_a_red_day_is_recorded_red(story: Story, endpoint: Any) -> None:
    """With the version that scored it and the reasons of the monitor that stopped it."""
    record = waiting_record(endpoint, BUCKET, story.monitored.run_id)
    verdicts = {verdict.task_id: verdict for verdict in record.verdicts}
    assert (record.state, record.model_version) == ("failed", 1)
    assert (verdicts["data_quality"].status, verdicts["data_quality"].decision) == ("violations", "stop")
    assert "carrier" in {reason["feature"] for reason in verdicts["data_quality"].figures["reasons"]}


def test_rows_without_label_are_counted(story: Story, endpoint: Any) -> None:
    """The repaired day lies in the window and has no labels; its flights are neither late nor on time."""
    place = f"flights/flights_monitoring/{story.monitored.run_id.replace(':', '').replace('+', '')}"
    summary = json.loads(text(endpoint, f"{place}/collect/summary/summary.json"))
    flights = len(rows(endpoint, f"landing/flights/date={DAY}/flights.csv"))
    assert (summary["predictions"], summary["without_label"]) == (2 * flights, flights)


def test_labels_that_have_not_arrived_are_named(story: Story, landing: str) -> None:
    """The newest day has no labels yet: nothing is trained on half the truth."""
    assert story.unlabelled.tasks["pin_inputs"] == "failed"
    assert f"no files below {landing}/labels/ for 2013-07-04" in story.unlabelled.log


def test_a_run_about_no_day_says_what_to_do(story: Story) -> None:
    """Triggered without logical date and without param: one line says which param to give."""
    assert story.about_no_day.tasks["resolve"] == "failed"
    assert "trigger it with the param day" in story.about_no_day.log
