"""A closed gate asks a person in the UI, and what the person answers reaches the run; a topic is told of both."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from inbox import Inbox, open_inbox

from airflow_mlmax.stack.environment import CREDENTIALS, REGION
from airflow_mlmax.stack.processes import wait_until
from airflow_mlmax.stack.questions import answer, asks

pytestmark = pytest.mark.slow


@pytest.fixture
def bad_data(site: Any) -> None:
    """A bucket with one row that the gate does not let through."""
    s3: Any = boto3.client("s3", endpoint_url=site.stack.endpoint, region_name=REGION, **CREDENTIALS)
    s3.create_bucket(Bucket="gates")
    s3.put_object(Bucket="gates", Key="people.csv", Body=b"age\n17\n20\n")
    wait_until(lambda: site.airflow.has_dag("asking"), "the DAG asking", timeout=60)


@pytest.fixture(scope="module")
def told(_site: Any) -> Iterator[Inbox]:
    """What the topic gets, by an Airflow connection from the database: the DAG processor has to find it too."""
    with open_inbox() as inbox:
        _site.airflow.call("POST", "/connections", {"connection_id": "inbox", **inbox.aws_connection})
        yield inbox
        _site.airflow.call("DELETE", "/connections/inbox")


def messages(inbox: Inbox, run_id: str) -> list[list[str]]:
    """The lines of what was told of a run."""
    texts = [json.loads(letter["Message"])["default"].splitlines() for _, letter in inbox.letters]
    return [lines for lines in texts if f"Run: {run_id}" in lines]


@pytest.mark.usefixtures("bad_data")
@pytest.mark.parametrize(
    ("option", "state"), [("Approve", "success"), ("Reject", "failed"), (None, "failed")]
)
def test_a_person_decides(site: Any, told: Inbox, option: str | None, state: str) -> None:
    """Approved data go on with the person's name; a no, and no answer in time, close the gate at once. People hear of both."""
    site.airflow.unpause("asking")
    run_id = site.airflow.trigger("asking", {"answer_within": 600 if option else 1})
    if option:
        wait_until(lambda: asks(site.stack, "asking", run_id, "job"), "the question", timeout=90)
        path = f"/dags/asking/dagRuns/{run_id}/taskInstances/job/-1/hitlDetails"
        question = site.airflow.call("GET", path)
        assert "age: values to be between &gt;= 18" in question["body"].replace(">", "&gt;").replace("\\", "")
        answer(site.stack, "asking", run_id, "job", option)
    task = site.wait_for_task("asking", run_id, "success", "failed")
    log = "\n".join(site.airflow.log("asking", run_id, "job", task["try_number"]))
    assert (task["state"], task["try_number"]) == (state, 1), log
    if state == "success":
        result = site.airflow.xcom("asking", run_id, "job")
        assert result["decision"] == "continue_approved"
        assert result["approval"]["by"] == site.stack.user
        [event] = site.airflow.call("GET", "/assets/events", source_run_id=run_id)["asset_events"]
        assert event["extra"]["dq"] == "warn"
        [asked] = messages(told, run_id)
    else:
        assert "answer    " in log
        wait_until(lambda: len(messages(told, run_id)) > 1, "the message of the failed run", timeout=60)
        asked, failed = messages(told, run_id)
        assert failed[0] == "local people: asking failed"
        assert failed[2] == "Task: job"
        assert failed[3].startswith("GateClosedError: ")
        assert failed[-1].startswith(f"{site.airflow.url}/dags/asking/runs/manual")
    assert asked[0] == "local people: Data quality: may s3://gates/people.csv go on?"
