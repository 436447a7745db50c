"""Where a gate gets its verdict: on the worker, in a processing job, or from an earlier run."""

import json
from typing import Any

import pytest
from attempts import wait
from lake import BAD, BETWEEN, GOOD, JOB, QUARANTINE, SUITE, Lake, gate, task

from airflow_mlmax.exceptions import BadRequestError, GateClosedError, GateUndecidedError, UserCodeError
from airflow_mlmax.hooks.datasets import DataObject
from airflow_mlmax.operators import asking

OWN = {"where", "job_arn"}


@pytest.fixture
def lake(runtime: Any) -> Lake:
    return Lake(runtime)


def on_job(lake: Lake, **arguments: Any) -> Any:
    return gate(lake, **{"where": "processing", **JOB, "code_uri": lake.uri("code"), **arguments})


def verdict_of(lake: Lake, folder: str) -> dict[str, Any]:
    [key] = [key for key in lake.names() if key.startswith(f"{folder}/") and key.endswith("verdict.json")]
    return dict(json.loads(lake.get(lake.uri(key))))


def comparable(document: dict[str, Any], folder: str) -> dict[str, Any]:
    """A verdict without what tells one run and place from another."""
    text = json.loads(json.dumps(document).replace(f"/{folder}/", "/dq/"))
    for name in ("run", "timing"):
        del text[name]
    text["engine"] = {name: value for name, value in text["engine"].items() if name not in OWN}
    return dict(text)


@pytest.mark.parametrize("policy", [{}, QUARANTINE], ids=["closed", "quarantine"])
def test_a_job_gives_the_verdict_of_the_worker(lake: Lake, policy: dict[str, Any]) -> None:
    """Verdict, full result, bad and clean rows are the same; only place, job and times differ."""
    uri = lake.put("in/people.csv", BAD)
    job = on_job(lake, data_uri=uri, policy=policy, output_uri=lake.uri("job"))
    worker = gate(lake, data_uri=uri, policy=policy, output_uri=lake.uri("worker"))
    assert (job.state, worker.state) == (("success",) * 2 if policy else ("failed",) * 2), job.error
    made, expected = verdict_of(lake, "job"), verdict_of(lake, "worker")
    assert comparable(made, "job") == comparable(expected, "worker")
    assert made["engine"]["where"] == "processing"
    assert ":processing-job/" in made["engine"]["job_arn"]
    for name, address in expected["artifacts"].items():
        if name not in {"report", "verdict"}:
            assert lake.get(made["artifacts"][name]) == lake.get(address)
    if policy:
        result = job.xcoms["return_value"]
        assert result["exit_message"].startswith("CompletedWithViolations: 3 checks failed, 2 bad rows")
        assert result["job_arn"] == made["engine"]["job_arn"]
        assert lake.get(result["data_uri"]).count("\n") == 4


def test_a_job_reads_the_objects_that_were_pinned(lake: Lake, runtime: Any) -> None:
    """In their order, from several folders, and nothing beside them; good data end with `Completed`."""
    uris = [
        lake.put(f"in/{name}.csv", GOOD.replace("\n", f"\n{number}", 1)) for number, name in enumerate("ba")
    ]
    lake.put("in/c.csv", "other\n1\n")
    items = [{"uri": uri} for uri in uris]
    attempt = on_job(
        lake,
        manifest_uri=lake.put("pins.json", json.dumps(items)),
        suite={"name": "x", "expectations": [BETWEEN]},
    )
    assert attempt.state == "success", attempt.error
    result = attempt.xcoms["return_value"]
    assert (result["rows"], result["exit_message"]) == (8, "Completed: the data hold every check.")
    [job] = runtime.client("sagemaker").list_processing_jobs(NameContains=result["job_name"])[
        "ProcessingJobSummaries"
    ]
    assert job["ProcessingJobStatus"] == "Completed"


def test_auto_chooses_by_size_and_says_so(lake: Lake, capfd: pytest.CaptureFixture[str]) -> None:
    """The same question goes to the worker, or to a job where the worker would not take the data."""
    uri = lake.put("in/people.csv", GOOD)
    small = gate(lake, data_uri=uri, reuse=False)
    large = gate(lake, data_uri=uri, reuse=False, max_bytes=10, **JOB, code_uri=lake.uri("code"))
    assert "job_name" not in small.xcoms
    assert large.xcoms["return_value"]["job_name"]
    size = len(GOOD)
    assert f"{size} bytes, and a worker takes 10: checked in place processing" in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("name", "data_format", "limit"),
    [
        ("a.csv", None, 2 * 1024**3),
        ("a.jsonl", None, 2 * 1024**3),
        ("a.csv.gz", None, 512 * 1024**2),
        ("a.parquet", None, 512 * 1024**2),
        ("part-0", "parquet", 512 * 1024**2),
    ],
)
def test_compact_data_count_for_more(name: str, data_format: str | None, limit: int) -> None:
    """Parquet and compressed files are several times as large once they are read."""
    assert asking._limit(data_format, [DataObject(f"s3://b/{name}", "e", 1)]) == limit


def test_a_job_takes_its_data_from_one_bucket(lake: Lake, runtime: Any) -> None:
    """As SageMaker's manifests do; the task says so before anything runs."""
    items = [{"uri": each.put("a.csv", GOOD)} for each in (lake, Lake(runtime))]
    attempt = on_job(lake, manifest_uri=lake.put("pins.json", json.dumps(items)))
    assert isinstance(attempt.error, BadRequestError)
    assert "from one bucket" in str(attempt.error)


def test_a_verdict_is_reused(lake: Lake, runtime: Any) -> None:
    """The second run of the same question makes neither scan nor job; other data, suite, types or policy are another one."""
    uri = lake.put("in/people.csv", GOOD)
    first = on_job(lake, data_uri=uri)
    runtime.server.calls.clear()
    again = on_job(lake, data_uri=uri)
    assert not runtime.server.calls.list("CreateProcessingJob")
    assert [each.xcoms["return_value"]["reused"] for each in (first, again)] == [False, True]
    assert again.xcoms["return_value"]["verdict_uri"] == first.xcoms["return_value"]["verdict_uri"]
    for other in (
        {"columns": {"id": "integer", "age": "number"}},
        {"policy": {"min_rows": 2}},
        {"sensitive": ["age"]},
        {"suite": {**SUITE, "name": "other"}},
        {"reuse": False},
    ):
        assert not gate(lake, data_uri=uri, **other).xcoms["return_value"]["reused"], other
    lake.put("in/people.csv", GOOD + "5,50,GB\n")
    assert not gate(lake, data_uri=uri).xcoms["return_value"]["reused"]


def test_a_closed_gate_stays_closed(lake: Lake) -> None:
    """A verdict that is used again closes the gate as it did."""
    uri = lake.put("in/people.csv", BAD)
    errors = [gate(lake, data_uri=uri).error for _ in range(2)]
    assert [type(error) for error in errors] == [GateClosedError] * 2
    assert str(errors[0]) == str(errors[1])


def test_half_a_verdict_is_not_reused(lake: Lake) -> None:
    """One whose page is gone is made again."""
    uri = lake.put("in/people.csv", GOOD)
    first = gate(lake, data_uri=uri).xcoms["return_value"]
    lake.s3.delete_object(Bucket=lake.bucket, Key=first["report_uri"].removeprefix(lake.uri("")))
    second = gate(lake, data_uri=uri).xcoms["return_value"]
    assert not second["reused"]
    assert lake.get(second["report_uri"])


@pytest.mark.parametrize("left", [None, "{", "{}"], ids=["missing", "not JSON", "no verdict"])
def test_a_job_without_a_verdict_is_no_pass(lake: Lake, left: str | None) -> None:
    """However well the job ended, the task is tried again."""
    uri = lake.put("in/people.csv", GOOD)
    work = task(lake, data_uri=uri, where="processing", **JOB, code_uri=lake.uri("code"))
    attempt = work.start()
    event = wait(attempt)
    [key] = [key for key in lake.names() if key.endswith("verdict.json")]
    if left is None:
        lake.s3.delete_object(Bucket=lake.bucket, Key=key)
    else:
        lake.put(key, left)
    ended = work.resume(attempt, event)
    assert ended.state == "up_for_retry"
    assert isinstance(ended.error, GateUndecidedError)


def test_data_that_changed_under_a_job_are_not_judged(lake: Lake) -> None:
    """The verdict is on other data than were pinned."""
    uri = lake.put("in/people.csv", GOOD)
    work = task(lake, data_uri=uri, where="processing", **JOB, code_uri=lake.uri("code"))
    attempt = work.start()
    event = wait(attempt)
    lake.put("in/people.csv", BAD)
    ended = work.resume(attempt, event)
    assert ended.state == "up_for_retry"
    assert "was changed while" in str(ended.error)


def test_a_job_refuses_what_only_the_data_show_to_be_wrong(lake: Lake) -> None:
    """An engine without an equal of a check ends the job with the reason, and the task for good."""
    rising = {"type": "expect_column_values_to_be_increasing", "kwargs": {"column": "id"}}
    attempt = on_job(
        lake,
        data_uri=lake.put("in/people.csv", GOOD),
        engine="duckdb",
        suite={"name": "x", "expectations": [rising]},
    )
    assert attempt.state == "failed"
    assert isinstance(attempt.error, UserCodeError)
    assert "Refused: engine duckdb has no exact equal" in str(attempt.error)
