import json
from collections.abc import Sequence
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax.operators.gate import MetricGateOperator
from airflow_mlmax.sagemaker.gates import Rule

BUCKET = "gate-tests"
RULES = [Rule("model.auc", minimum=0.7), Rule("model.auc", above="baseline.auc", by=0.01)]


def gate(body: str | None, runtime: Any, name: str, rules: Sequence[Rule] = RULES) -> dict[str, Any]:
    """The XCom of a gate on a report with this text."""
    s3 = runtime.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    if body is not None:
        s3.put_object(Bucket=BUCKET, Key=name, Body=body.encode())
    operator = MetricGateOperator(task_id="gate", report_uri=f"s3://{BUCKET}/{name}", rules=rules)
    return operator.execute({})


def test_an_open_gate_gives_the_metrics(runtime: Any) -> None:
    """The XCom is small and has what was compared."""
    body = json.dumps({"model": {"auc": 0.75}, "baseline": {"auc": 0.7}})
    assert gate(body, runtime, "open.json") == {
        "passed": True,
        "metrics": {"model.auc": 0.75},
        "report_uri": f"s3://{BUCKET}/open.json",
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "is missing; look at the task that writes it"),
        ("{", "is not JSON"),
        ("[1]", "holds list"),
        (
            '{"model": {"auc": 0.6}, "baseline": {"auc": 0.5}}',
            r"1 of 2 rules do not hold\n.*0.6, wanted at least 0.7",
        ),
        ('{"model": {"auc": NaN}, "baseline": {"auc": 0.5}}', "2 of 2 rules"),
        ('{"model": {"auc": 0.8}}', "baseline.auc is not in the report"),
    ],
    ids=["missing", "syntax", "list", "low", "nan", "no baseline"],
)
def test_a_closed_gate_fails_for_good(runtime: Any, body: str | None, message: str) -> None:
    """Whatever keeps a gate closed is not tried again, and the error says why."""
    with pytest.raises(AirflowFailException, match=message):
        gate(body, runtime, f"closed-{abs(hash(body))}.json")


def test_a_gate_without_rules_is_closed(runtime: Any) -> None:
    """Nothing to check is not a pass."""
    with pytest.raises(AirflowFailException, match="has no rule"):
        gate("{}", runtime, "no-rules.json", rules=[])
