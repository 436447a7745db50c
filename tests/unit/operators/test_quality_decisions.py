"""What a gate does about failures: set aside, only warn, tell assets, ask a person, hide values."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from airflow.sdk import Asset
from attempts import Attempt, TaskInstance, wait
from lake import BAD, BETWEEN, GOOD, HEADER, JOB, Lake, gate, task

from airflow_mlmax import _compat
from airflow_mlmax.exceptions import GateClosedError

AT = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
ANA = {"id": "7", "name": "ana"}
YES = {"chosen_options": ["Approve"], "params_input": {}, "responded_at": AT, "responded_by_user": ANA}
NO = {**YES, "chosen_options": ["Reject"]}
LATE = {"error": "The response timeout has passed.", "error_type": "timeout"}


@pytest.fixture
def lake(runtime: Any) -> Lake:
    return Lake(runtime)


def test_a_bad_batch_is_set_aside(lake: Lake) -> None:
    """Copies of its objects and a manifest with the reasons outlive the repair of the data, which stay as they are."""
    uri = lake.put("in/people.csv", BAD)
    attempt = gate(lake, data_uri=uri, policy={"quarantine": "batch"})
    assert isinstance(attempt.error, GateClosedError)
    [key] = [key for key in lake.names() if key.endswith("quarantine/manifest.json")]
    manifest = json.loads(lake.get(lake.uri(key)))
    assert manifest["reasons"] == ["2 of 5 rows are bad"]
    [item] = manifest["objects"]
    lake.put("in/people.csv", GOOD)
    assert lake.get(item["copy"]) == BAD
    assert item["uri"] == uri
    assert gate(lake, data_uri=uri, policy={"quarantine": "batch"}).state == "success"


@pytest.mark.parametrize(
    ("as_of", "state"),
    [("2026-01-31", "success"), ("2026-02-01", "success"), ("2026-02-02", "failed"), (None, "failed")],
)
def test_history_is_only_advised_of(lake: Lake, as_of: str | None, state: str) -> None:
    """Failures of data that end no later than `advisory_before` are warnings; by default the run's interval says when."""
    uri = lake.put("in/people.csv", BAD)
    attempt = gate(lake, data_uri=uri, policy={"advisory_before": "2026-02-01"}, as_of=as_of)
    assert attempt.state == state, attempt.error
    if state == "success":
        result = attempt.xcoms["return_value"]
        assert (result["status"], result["decision"], result["data_uri"]) == ("warn", "continue", uri)
        assert (result["rows"], result["bad_rows"]) == (5, 2)
        assert attempt.xcoms["verdict"]["reasons"] == ["2 of 5 rows are bad"]


@pytest.mark.parametrize("engine", ["duckdb", "great_expectations"])
def test_sensitive_values_are_shown_nowhere(
    lake: Lake, engine: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither log, XCom, page, verdict nor full result has a value of the column; counts stay."""
    secret = "4711"
    data = lake.put("in/people.csv", HEADER + f"1,{secret},US\n2,20,<x>\n")
    at_most = {"type": "expect_column_max_to_be_between", "kwargs": {"column": "age", "max_value": 100}}
    known = {
        "type": "expect_column_values_to_be_in_set",
        "kwargs": {"column": "country", "value_set": ["US"]},
    }
    suite = {"name": "s", "meta": {"sensitive": ["age"]}, "expectations": [BETWEEN, at_most, known]}
    attempt = gate(lake, data_uri=data, suite=suite, engine=engine)
    log = "".join(capfd.readouterr())
    shown = [log, json.dumps(attempt.xcoms), str(attempt.error)]
    shown += [
        lake.get(lake.uri(key)) for key in lake.names() if key.startswith("dq/") and "bad_rows" not in key
    ]
    assert not [text for text in shown if secret in text]
    assert "bad_rows" not in attempt.xcoms["mlmax_report"]["files"]
    assert "unknown: <x>" in log
    hidden = gate(lake, data_uri=data, suite={**suite, "meta": {}}, sensitive=["age", "country"])
    assert "1 of 2 rows" in str(hidden.error)
    assert "<x>" not in json.dumps(hidden.xcoms)


def test_a_check_below_the_limit_may_break(lake: Lake) -> None:
    """With `on_error: warn` an error of a warning is a warning; one of a critical check leaves the gate undecided."""
    uri = lake.put("in/people.csv", GOOD)
    broken = {"type": BETWEEN["type"], "kwargs": {"column": "country", "min_value": 1}}
    states = [
        gate(
            lake,
            data_uri=uri,
            suite={"name": "broken", "expectations": [{**broken, "severity": severity}]},
            policy={"on_error": on_error},
        ).state
        for severity, on_error in (("warning", "fail"), ("warning", "warn"), ("critical", "warn"))
    ]
    assert states == ["up_for_retry", "success", "up_for_retry"]


@pytest.mark.parametrize(("body", "dq"), [(GOOD, "pass"), (HEADER + "1,20,XX\n", "warn")])
def test_an_asset_event_tells_the_verdict(lake: Lake, body: str, dq: str) -> None:
    """The outlets' events say how the data were, and where the page lies."""
    clean = Asset(name="clean", uri="s3://lake/clean")
    attempt = gate(lake, data_uri=lake.put("in/people.csv", body), outlets=[clean])
    [event] = attempt.outlet_events
    result = attempt.xcoms["return_value"]
    assert event["extra"] == {
        "dq": dq,
        "verdict": attempt.xcoms["verdict"]["id"],
        "rows": result["rows"],
        "report_uri": result["report_uri"],
    }


def asked(lake: Lake, **arguments: Any) -> tuple[TaskInstance, Attempt]:
    """A gate that waits for a person."""
    work = task(lake, data_uri=lake.put("in/people.csv", BAD), policy={"on_fail": "ask"}, **arguments)
    attempt = work.start()
    assert attempt.state == ("awaiting_input" if _compat.HAS_AWAITING_INPUT else "deferred"), attempt.error
    return work, attempt


def test_a_person_is_shown_what_failed(lake: Lake) -> None:
    """As a table in which nothing that the data say is markup."""
    work, _ = asked(lake)
    question = work.supervisor.asked
    assert question.options == ["Approve", "Reject"]
    assert question.subject.endswith("in/people.csv go on?")
    assert "| critical | age: values to be between 0..120   1 of 5 rows, e.g. -1 |" in question.body
    assert "\\<b\\>" in question.body
    assert "2 of 5 rows are bad" in question.body


def test_approved_data_go_on(lake: Lake, capfd: pytest.CaptureFixture[str]) -> None:
    """All rows, and everybody can see who let them."""
    clean = Asset(name="clean", uri="s3://lake/clean")
    work, attempt = asked(lake, outlets=[clean])
    ended = work.resume(attempt, YES)
    assert ended.state == "success", ended.error
    result = ended.xcoms["return_value"]
    assert (result["status"], result["decision"], result["rows"]) == ("fail", "continue_approved", 5)
    assert result["data_uri"] == lake.uri("in/people.csv")
    assert result["approval"] == {"by": "ana", "at": "2026-11-21T12:30:00+00:00"}
    assert ended.xcoms["verdict"]["approval"] == result["approval"]
    assert "Approve by ana at 2026-11-21" in "".join(capfd.readouterr())
    assert ended.outlet_events[0]["extra"]["dq"] == "warn"


def test_a_person_may_be_asked_after_a_job(lake: Lake) -> None:
    """The task waits twice, and its result still names the job."""
    work = task(
        lake,
        data_uri=lake.put("in/people.csv", BAD),
        policy={"on_fail": "ask"},
        where="processing",
        code_uri=lake.uri("code"),
        **JOB,
    )
    first = work.start()
    assert first.state == "deferred", first.error
    second = work.resume(first, wait(first))
    assert second.state != "success", second.error
    ended = work.resume(second, YES)
    assert ended.state == "success", ended.error
    assert ended.xcoms["return_value"]["job_name"] == ended.xcoms["job_name"]


@pytest.mark.parametrize(("event", "words"), [(NO, "Reject by ana"), (LATE, "none: The response timeout")])
def test_without_an_approval_the_gate_closes(lake: Lake, event: dict[str, Any], words: str) -> None:
    """A no and silence end the task at once, and the message says which it was."""
    work, attempt = asked(lake)
    ended = work.resume(attempt, event)
    assert ended.state == "failed"
    assert isinstance(ended.error, GateClosedError)
    assert words in str(ended.error)
