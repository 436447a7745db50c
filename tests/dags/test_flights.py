"""Both DAGs from end to end on the runtime: real jobs, real models, a thin slice of the real flights."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("flights")  # one story, told once

DAGS = Path(__file__).parents[2] / "dags"
BUCKET = "mlmax-local"
RunDag = Callable[..., Any]
DAY = "2013-07-01"
NEXT_MIDNIGHT = "2013-07-02T00:00:00+00:00"


@dataclass(frozen=True)
class Story:
    """What happened in order: trained, scored too early, approved, scored by schedule's interval and by hand."""

    trained: Any
    unapproved: Any
    scored: Any
    manifest: dict[str, Any]
    predictions: dict[str, str]
    again: Any


@pytest.fixture(scope="module")
def story(run_dag: RunDag, landing: str, endpoint: Any) -> Story:
    trained = run_dag("training.py")
    unapproved = run_dag("inference.py", conf={"day": DAY})
    sagemaker = endpoint.client("sagemaker")
    (version,) = versions(endpoint)
    assert version["ModelApprovalStatus"] == "PendingManualApproval", landing
    sagemaker.update_model_package(ModelPackageArn=version["ModelPackageArn"], ModelApprovalStatus="Approved")
    scored = run_dag("inference.py", logical_date=NEXT_MIDNIGHT)
    published = manifest(endpoint), predictions(endpoint)
    return Story(trained, unapproved, scored, *published, run_dag("inference.py", conf={"day": DAY}))


def versions(endpoint: Any) -> list[dict[str, Any]]:
    answer = endpoint.client("sagemaker").list_model_packages(ModelPackageGroupName="flights")
    return list(answer["ModelPackageSummaryList"])


def text(endpoint: Any, key: str) -> str:
    return str(endpoint.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode())


def rows(endpoint: Any, key: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(endpoint, key))))


def manifest(endpoint: Any) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(text(endpoint, f"flights/predictions/interval={DAY}/manifest.json"))
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
    arn = versions(endpoint)[0]["ModelPackageArn"]
    package = endpoint.client("sagemaker").describe_model_package(ModelPackageName=arn)
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


def test_scoring_a_day_again_changes_nothing(story: Story, endpoint: Any) -> None:
    """Another run of the same day publishes the same manifest over the same data."""
    assert story.again.state == "success", story.again.log[-5000:]
    assert manifest(endpoint) == story.manifest


def test_the_processing_variant_gives_the_same(
    story: Story, run_dag: RunDag, endpoint: Any, tmp_path: Path
) -> None:
    """One word in the DAG file; the probabilities are those of the batch transform."""
    for name in ("config", "models", ".airflowignore"):
        (tmp_path / name).symlink_to(DAGS / name)
    changed = (DAGS / "inference.py").read_text().replace('variant="transform"', 'variant="processing"')
    (tmp_path / "inference.py").write_text(changed)
    run = run_dag(tmp_path / "inference.py", conf={"day": DAY})
    assert run.state == "success", run.log[-5000:]
    assert set(run.tasks) == {"resolve", "data_gate", "score", "publish"}
    assert predictions(endpoint) == story.predictions


def test_a_corrupted_day_stops_at_the_gate_and_passes_when_repaired(
    story: Story, run_dag: RunDag, endpoint: Any
) -> None:
    """Nothing of it is scored or published; the log says what is wrong; the repaired day goes through."""
    assert story.scored.state == "success"
    day, s3 = "2013-07-20", endpoint.client("s3")
    good = s3.get_object(Bucket=BUCKET, Key=f"landing/flights/date={DAY}/flights.csv")["Body"].read()
    key = f"landing/flights/date={day}/flights.csv"
    s3.put_object(Bucket=BUCKET, Key=key, Body=good.replace(b",JFK,", b",XXX,"))
    closed = run_dag("inference.py", conf={"day": day})
    assert (closed.tasks["data_gate"], closed.tasks["score"]) == ("failed", "upstream_failed")
    assert "DATA QUALITY FAIL" in closed.log
    assert "origin" in closed.log
    published = f"flights/predictions/interval={day}/"
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix=published)["KeyCount"] == 0
    s3.put_object(Bucket=BUCKET, Key=key, Body=good)
    assert run_dag("inference.py", conf={"day": day}).state == "success"
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix=published)["KeyCount"] > 0


def test_labels_that_have_not_arrived_are_named(landing: str, run_dag: RunDag) -> None:
    """The newest day has no labels yet: nothing is trained on half the truth.

    The logical date is that of the UI's trigger button, long after the data; the window is the param's all the same.
    """
    run = run_dag("training.py", conf={"until": "2013-07-05"}, logical_date="2026-01-01T00:00:00+00:00")
    assert run.tasks["pin_inputs"] == "failed"
    assert f"no files below {landing}/labels/ for 2013-07-04" in run.log


def test_a_run_about_no_day_says_what_to_do(run_dag: RunDag) -> None:
    """Triggered without logical date and without param: one line says which param to give."""
    run = run_dag("inference.py")
    assert run.tasks["resolve"] == "failed"
    assert "trigger it with the param day" in run.log
