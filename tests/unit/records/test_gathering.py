"""What tasks leave behind becomes a record: each kind of XCom and of job in its place, and no secret."""

from datetime import UTC, datetime
from typing import Any

import pytest
from kept_runs import moment

from airflow_mlmax.records.document import RunRecord
from airflow_mlmax.records.facts import TaskFacts
from airflow_mlmax.records.gathering import manifests, run_record
from airflow_mlmax.records.jobs import job_facts
from airflow_mlmax.records.storable import storable
from airflow_mlmax.sagemaker.jobs import PROCESSING, TRAINING, TRANSFORM, TUNING

ARN = "arn:aws:sagemaker:us-east-1:123456789012:model-package/flights"
ABOUT = {
    "dag_id": "d",
    "run_id": "r",
    "run_type": "manual",
    "ended": moment(2),
    "recorded_at": moment(2),
}


def recorded(*facts: TaskFacts, last: str = "last", **about: Any) -> RunRecord:
    return run_record({**ABOUT, **about}, facts, [last])


def task(name: str = "last", state: str = "success", **more: Any) -> TaskFacts:
    return TaskFacts(name, -1, state, **more)


@pytest.mark.parametrize(
    ("first", "last", "state"),
    [
        ("success", "success", "success"),
        ("failed", "success", "success"),
        ("success", "failed", "failed"),
        ("failed", "upstream_failed", "failed"),
        ("skipped", "skipped", "success"),
    ],
)
def test_the_last_tasks_decide_on_the_state(first: str, last: str, state: str) -> None:
    """As in Airflow: an earlier failure counts only if those after it did not run."""
    assert recorded(task("first", first), task("last", last)).state == state


def test_a_data_quality_gate_is_recorded_with_its_figures() -> None:
    """Also one that closed, which left a verdict and a page and nothing else."""
    verdict = {
        "status": "fail",
        "decision": "stop",
        "reasons": ["critical"],
        "checks": {"failed": 1},
        "dataset": {"uri": "s3://b/d"},
    }
    (found,) = recorded(task(state="failed", verdict=verdict, xcom={"report_uri": "s3://b/p.html"})).verdicts
    assert (found.kind, found.status, found.decision) == ("gate", "fail", "stop")
    assert (found.report_uri, found.figures) == (
        "s3://b/p.html",
        {"reasons": ["critical"], "checks": {"failed": 1}},
    )


@pytest.mark.parametrize(
    ("count", "state", "said"),
    [
        (0, "success", ("clean", "continue")),
        (2, "success", ("violations", "continue")),
        (2, "failed", ("violations", "stop")),
    ],
    ids=["clean", "warned", "stopped"],
)
def test_a_monitor_is_recorded_with_its_reasons(count: int, state: str, said: tuple[str, str]) -> None:
    """Its violations, whether or not they stopped the run."""
    reasons = [
        {"feature": "temp", "check": "baseline_drift_check", "observed": 0.4, "threshold": 0.1}
    ] * count
    (found,) = recorded(task(state=state, xcom={"violation_count": count, "reasons": reasons})).verdicts
    assert (found.kind, found.status, found.decision) == ("monitor", *said)
    assert found.figures == {"violation_count": count, "reasons": reasons}


def test_a_comparison_with_the_champion_is_recorded() -> None:
    """A refused challenger, with the reasons."""
    xcom = {"decision": "inferior", "reasons": ["roc_auc"], "comparison_uri": "s3://b/comparison.json"}
    (found,) = recorded(task(xcom=xcom)).verdicts
    assert (found.kind, found.status, found.report_uri) == ("gate", "inferior", "s3://b/comparison.json")
    assert found.figures == {"reasons": ["roc_auc"]}


def test_the_version_that_was_made_counts_more_than_the_one_that_was_used() -> None:
    """Scoring records the version it used, training the one it made."""
    used = task("resolve", xcom={"model_package_arn": f"{ARN}/2", "model_version": 2})
    made = task(xcom={"model_package_arn": f"{ARN}/3", "version": 3, "approval_status": "Approved"})
    both = recorded(used, made)
    assert (both.model_version, both.decision, both.model_package_arn) == (3, "Approved", f"{ARN}/3")
    assert (recorded(used).model_version, recorded(used).decision) == (2, None)
    assert recorded(task()).model_version is None


def test_jobs_are_those_of_their_task() -> None:
    """Each under the name of its task instance; the run's cost is that of all."""
    jobs = [
        {"number": 1, "name": "j-1", "cost_usd": 0.25, "status": "Failed"},
        {"number": 2, "name": "j-2", "cost_usd": 0.5, "parameters": {"depth": "3"}},
    ]
    record = recorded(task(xcom={"job_name": "j-2", "best_objective": 0.7}, jobs=jobs))
    assert [(job.task_id, job.name, job.cost_usd) for job in record.jobs_of(record.tasks[0])] == [
        ("last", "j-1", 0.25),
        ("last", "j-2", 0.5),
    ]
    assert record.cost_usd == 0.75
    assert [(each.name, each.value) for each in record.metrics] == [("best_objective", 0.7)]


def test_the_summary_of_a_back_test_is_metrics() -> None:
    """Each figure under its path."""
    summary = {"roc_auc": {"model": {"mean": 0.7, "sd": None}, "better": 3}}
    found = {each.name: each.value for each in recorded(task(xcom={"summary": summary})).metrics}
    assert found == {"roc_auc.model.mean": 0.7, "roc_auc.better": 3}


@pytest.mark.parametrize(
    ("xcoms", "expected"),
    [
        (
            [{"approval_status": "PendingManualApproval", "version": 3, "model_package_arn": ARN}],
            ("PendingManualApproval", None, None),
        ),
        (
            [{"approval_status": "PendingManualApproval"}, {"refusal": {"by": "ana", "why": "too old"}}],
            ("Rejected", "too old", "ana"),
        ),
        (
            [
                {"change": 2, "kind": "promotion", "by": "the policy", "why": "better"},
                {"approval_status": "PendingManualApproval"},
            ],
            ("Promoted", "better", "the policy"),
        ),
        ([{"change": 3, "kind": "roll_back", "by": "ana", "why": "bad"}], ("RolledBack", "bad", "ana")),
        ([{"retrain": True, "reason": "drift on 2013-07-01"}], ("Retrain", "drift on 2013-07-01", None)),
        ([{"retrain": False, "reason": "cool-down"}], ("Hold", "cool-down", None)),
        ([{"retrain": "maybe", "change": "yes", "refusal": "no", "approval_status": 1}], (None, None, None)),
    ],
    ids=["registered", "refused", "promoted", "rolled back", "retrain", "hold", "somebody else's keys"],
)
def test_a_decision_is_recorded_with_who_and_why(
    xcoms: list[dict[str, Any]], expected: tuple[str | None, ...]
) -> None:
    """The most final one of the run."""
    record = recorded(*(task(str(number), xcom=xcom) for number, xcom in enumerate(xcoms)))
    assert (record.decision, record.why, record.decided_by) == expected


def test_a_decision_on_retraining_is_recorded_with_what_held_it_back() -> None:
    """Each cause, and what speaks against it."""
    xcom = {
        "retrain": False,
        "reason": "cool-down: 3 days",
        "causes": [{"cause": "drift", "says": "drift on 2013-07-01", "held": ["cool-down: 3 days"]}],
        "held": [],
        "figures": {"new_rows": 9},
        "conf": None,
    }
    (found,) = recorded(task(xcom=xcom)).verdicts
    assert (found.kind, found.status) == ("retraining", "hold")
    assert found.figures == {name: xcom[name] for name in ("reason", "causes", "held", "figures")}


def test_numbers_that_are_none_are_left_out() -> None:
    """A metric without a value, or with one that is not finite, would break the database."""
    xcom = {"metric_a": None, "metric_b": float("nan"), "metric_c": 1, "metric_d": True}
    assert [each.name for each in recorded(task(xcom=xcom)).metrics] == ["c"]


def test_manifests_are_those_that_pin_data() -> None:
    """Of training by source, of scoring its pins, of a back-test by window; what a run publishes is no input."""
    facts = [
        task("data_gate", xcom={"data_uri": "s3://b/pins/flights.manifest"}),
        task(xcom={"flights_manifest": "s3://b/pins/flights.manifest", "until": "2013-07-01"}),
        task(xcom={"pins_uri": "s3://b/pins/rows.json", "manifest_uri": "s3://b/predictions/manifest.json"}),
    ]
    given = {"flights": "s3://b/pins/flights.manifest", "pins": "s3://b/pins/rows.json"}
    assert manifests(facts) == given
    inputs = {
        "rows": "s3://b/pins/flights.manifest",
        "code": "s3://b/code",
        "labels": "s3://b/pins/labels.manifest",
    }
    windows = [
        TaskFacts(
            "preprocess", index, "success", jobs=[{"inputs": {"flights": f"s3://b/pins/{index}/f.manifest"}}]
        )
        for index in range(2)
    ]
    assert manifests([*facts, task("split", jobs=[{"inputs": inputs}]), *windows]) == {
        **given,
        "labels": "s3://b/pins/labels.manifest",
        "flights[0]": "s3://b/pins/0/f.manifest",
        "flights[1]": "s3://b/pins/1/f.manifest",
    }


@pytest.mark.parametrize(
    "secret",
    [
        {"password": "swordfish"},
        {"nested": [{"db_password": "swordfish"}]},
        {"API_TOKEN": "swordfish-swordfish"},
        {"url": "postgresql://me:swordfish@host/db"},
        {"url": "postgresql://me:sword/swordfish@host/db"},
        {"dsn": "host=db password=swordfish user=me"},
        {"page": "https://b.s3.amazonaws.com/k?X-Amz-Expires=9&X-Amz-Signature=swordfish&x=1"},
        {"credentials": {"user": {"value": "swordfish"}}},
        {"passwords": ["swordfish"]},
        {"header": "Bearer swordfish.swordfish"},
    ],
    ids=["name", "nested", "token", "address", "slash", "connection", "signed", "below", "list", "bearer"],
)
def test_no_secret_is_kept(secret: dict[str, Any]) -> None:
    """In conf and params, in figures and parameters, at any depth."""
    job = {"number": 1, "name": "j-1", "parameters": secret}
    facts = task(verdict={"status": "pass", "reasons": [secret]}, jobs=[job])
    record = recorded(facts, conf=secret, params={"given": secret})
    assert "swordfish" not in record.model_dump_json()
    assert record.model_dump_json().count("***") == 4


def test_what_is_no_secret_is_kept() -> None:
    """References to stored secrets, plain values and the shape of everything."""
    value = {
        "day": "2013-07-01",
        "token": "short",
        "secret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x",
        "numbers": [1, 2.5, None, True],
    }
    assert storable(value) == value


def test_what_the_database_does_not_know_is_made_plain() -> None:
    """A parameter may be anything, and a task of somebody else's may use our keys for something else."""
    odd = {
        "when": moment(1),
        "nan": float("nan"),
        "tuple": (1,),
        3: "number",
        "odd\0": "a\0\ud800b",
        "big": 10**400,
    }
    xcom = {
        "metrics": ["a list"],
        "summary": "text",
        "version": "1.0",
        "model_package_arn": ARN,
        "report_uri": 3,
    }
    record = recorded(task(xcom=xcom, verdict="fine"), task("other", verdict={"mine": 1}), params=odd)
    plain = {"when": str(moment(1)), "nan": None, "tuple": [1], "3": "number", "odd": "a?b", "big": 10**400}
    assert record.params == plain
    assert (record.metrics, record.model_version, record.verdicts) == ([], None, [])


START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 1, tzinfo=UTC)


def test_a_processing_job_tells_its_data_code_and_image() -> None:
    """Each under its own name; the code is told apart."""
    found = job_facts(
        PROCESSING,
        {
            "ProcessingJobStatus": "Failed",
            "ProcessingStartTime": START,
            "ProcessingEndTime": END,
            "AppSpecification": {
                "ImageUri": "image",
                "ContainerArguments": ["--until", "2013-07-01", "--weeks=6"],
            },
            "ProcessingInputs": [
                {"InputName": "flights", "S3Input": {"S3Uri": "s3://b/flights"}},
                {"InputName": "code", "S3Input": {"S3Uri": "s3://b/code/digest"}},
            ],
            "ProcessingOutputConfig": {
                "Outputs": [{"OutputName": "rows", "S3Output": {"S3Uri": "s3://b/rows"}}]
            },
        },
    )
    assert found == {
        "job_type": "ProcessingJob",
        "arn": None,
        "status": "Failed",
        "started": START,
        "ended": END,
        "image_uri": "image",
        "code_uri": "s3://b/code/digest",
        "inputs": {"flights": "s3://b/flights"},
        "outputs": {"rows": "s3://b/rows"},
        "parameters": {"until": "2013-07-01", "weeks": "6"},
    }


TRAINED = {
    "AlgorithmSpecification": {"TrainingImage": "image"},
    "InputDataConfig": [
        {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://b/train"}}},
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://b/models"},
}
ARCHIVE = {"sagemaker_submit_directory": '"s3://b/code/sourcedir.tar.gz"'}


@pytest.mark.parametrize(
    ("job_type", "description", "expected"),
    [
        (
            TRAINING,
            {**TRAINED, "HyperParameters": {**ARCHIVE, "depth": "4"}},
            (
                "image",
                "s3://b/code/sourcedir.tar.gz",
                {"train": "s3://b/train"},
                {"output": "s3://b/models"},
                {"depth": "4"},
            ),
        ),
        (
            TUNING,
            {
                "TrainingJobDefinition": {**TRAINED, "StaticHyperParameters": {**ARCHIVE, "seed": "1"}},
                "BestTrainingJob": {"TunedHyperParameters": {"depth": "3"}},
            },
            (
                *("image", "s3://b/code/sourcedir.tar.gz", {"train": "s3://b/train"}),
                *({"output": "s3://b/models"}, {"depth": "3", "seed": "1"}),
            ),
        ),
        (
            TRANSFORM,
            {
                "TransformInput": {"DataSource": {"S3DataSource": {"S3Uri": "s3://b/day"}}},
                "TransformOutput": {"S3OutputPath": "s3://b/scored"},
            },
            (None, None, {"rows": "s3://b/day"}, {"output": "s3://b/scored"}, {}),
        ),
    ],
    ids=["training", "tuning", "transform"],
)
def test_every_family_tells_where_its_data_are(
    job_type: Any, description: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    """A job that never ran has no times."""
    found = job_facts(job_type, {**description, job_type.status_key: "Completed"})
    names = ("image_uri", "code_uri", "inputs", "outputs", "parameters")
    assert tuple(found[name] for name in names) == expected
    assert (found["started"], found["ended"]) == (None, None)
