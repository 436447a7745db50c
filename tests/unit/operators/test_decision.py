"""Who lets a version be promoted: nobody where it is worse, the policy, or a person."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from attempts import TaskInstance
from registering import make_group, status

from airflow_mlmax import _compat
from airflow_mlmax.operators.decision import ApproveModelOperator

AT = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
ANA = {"responded_by_user": {"id": "1", "name": "ana"}, "responded_at": AT}
YES, NO = ({**ANA, "chosen_options": [option]} for option in ("Approve", "Reject"))
LATE = {"error": "The response timeout has passed.", "error_type": "timeout"}


@pytest.fixture
def version(runtime: Any) -> str:
    """ARN of a version that waits for approval."""
    [arn] = make_group(runtime, f"decision-{uuid4().hex[:10]}", 1)
    return arn


def decision(version: str, run_type: str = "manual", **arguments: Any) -> TaskInstance:
    given = {"decision": "non_inferior", "approval": "person", **arguments}
    return TaskInstance(
        lambda: ApproveModelOperator(task_id="approve", model_package_arn=version, **given), run_type=run_type
    )


def test_a_worse_version_is_rejected_and_nothing_follows(runtime: Any, version: str) -> None:
    """The registry says why; the task is skipped, which is no failure of the run."""
    ended = decision(version, decision="inferior", reasons=["roc_auc may be worse by 0.1"]).run()
    assert ended.state == "skipped"
    why = "the champion is better: roc_auc may be worse by 0.1"
    assert status(runtime, version) == ("Rejected", why)
    assert ended.xcoms["refusal"] == {"by": "the promotion policy", "why": why}
    assert ended.xcoms["decision_told"]["why"] == why


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ("non_inferior", "not inferior to the champion on the same held-out window"),
        ("no_champion", "the first champion"),
    ],
)
def test_a_policy_may_approve(runtime: Any, version: str, found: str, why: str) -> None:
    """And says for the record that it was the policy."""
    ended = decision(version, decision=found, approval="automatic").run()
    assert ended.xcoms["return_value"] == {"by": "the promotion policy", "why": why}
    assert status(runtime, version)[0] == "PendingManualApproval"


def test_a_person_sees_the_evidence_and_decides(runtime: Any, version: str) -> None:
    """The answer carries the person's name; the version is only promoted by the next task."""
    told: list[Any] = []
    task = decision(
        version, evidence={"comparison": "s3://b/comparison.json", "champion": None}, notifiers=[told.append]
    )
    waiting = task.start()
    [group, number] = version.split("/")[-2:]
    assert told[0]["question"] == f"May version {number} of {group} become the champion?"
    assert waiting.state == ("awaiting_input" if _compat.HAS_AWAITING_INPUT else "deferred"), waiting.error
    assert task.supervisor.asked.options == ["Approve", "Reject"]
    assert "| comparison | s3://b/comparison.json |" in task.supervisor.asked.body
    assert "| champion |" not in task.supervisor.asked.body
    ended = task.resume(waiting, YES)
    assert ended.xcoms["return_value"]["by"] == "ana"
    assert status(runtime, version)[0] == "PendingManualApproval"


def test_a_policy_never_approves_what_was_not_compared(version: str) -> None:
    """A person is asked, and told why there is no comparison."""
    reasons = ["the champion needs gust"]
    task = decision(version, decision="incomparable", reasons=reasons, approval="automatic")
    waiting = task.start()
    assert "not compared with the champion: the champion needs gust" in task.supervisor.asked.body
    given = task.resume(waiting, YES).xcoms["return_value"]
    assert given == {"by": "ana", "why": "not compared with the champion: the champion needs gust"}


@pytest.mark.parametrize(
    ("event", "words", "by"),
    [(NO, "Reject by ana", "ana"), (LATE, "timeout", "nobody")],
    ids=["no", "late"],
)
def test_without_a_yes_the_version_is_rejected(
    runtime: Any, version: str, event: dict[str, Any], words: str, by: str
) -> None:
    """A no and silence are told apart in the registry."""
    task = decision(version)
    ended = task.resume(task.start(), event)
    assert ended.state == "skipped", ended.error
    assert status(runtime, version)[0] == "Rejected"
    assert words in status(runtime, version)[1]
    assert ended.xcoms["refusal"]["by"] == by


def test_in_a_backfill_nobody_is_asked(runtime: Any, version: str) -> None:
    """And the version stays as it is."""
    ended = decision(version, "backfill", approval="automatic").run()
    assert ended.state == "skipped"
    assert "decision_told" not in ended.xcoms
    assert status(runtime, version)[0] == "PendingManualApproval"
