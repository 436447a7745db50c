import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax.operators.gate import MetricGateOperator
from airflow_mlmax.sagemaker.gates import Rule

BUCKET = "gate-tests"
RULES = [Rule("model.auc", minimum=0.7), Rule("model.auc", above="baseline.auc", by=0.01)]


def gate(
    body: str | None,
    runtime: Any,
    name: str,
    rules: Sequence[Rule] = RULES,
    pushed: dict[str, Any] | None = None,
    **arguments: Any,
) -> dict[str, Any]:
    """The XCom of a gate on a report with this text; what a closed one has pushed goes to `pushed`."""
    kept: dict[str, Any] = {} if pushed is None else pushed
    s3 = runtime.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    if body is not None:
        s3.put_object(Bucket=BUCKET, Key=name, Body=body.encode())
    operator = MetricGateOperator(
        task_id="gate", report_uri=f"s3://{BUCKET}/{name}", rules=rules, **arguments
    )
    return operator.execute({"ti": SimpleNamespace(xcom_push=kept.__setitem__)})


def test_an_open_gate_gives_the_metrics(runtime: Any) -> None:
    """The XCom is small and has what was compared."""
    body = json.dumps({"model": {"auc": 0.75}, "baseline": {"auc": 0.7}})
    assert gate(body, runtime, "open.json") == {
        "passed": True,
        "metrics": {"model.auc": 0.75},
        "reasons": [],
        "not_judged": [],
        "champion": None,
        "report_uri": f"s3://{BUCKET}/open.json",
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "is missing; it is written by a task before this one"),
        ("{", "is not JSON"),
        ("[1]", "holds list"),
        (
            '{"model": {"auc": 0.6}, "baseline": {"auc": 0.5}}',
            r"1 of 2 rules and slices do not hold\n.*0.6, wanted at least 0.7",
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


def test_a_closed_gate_leaves_its_figures(runtime: Any) -> None:
    """For the record of the run, because a failed task returns nothing: numbers, and what did not hold."""
    pushed: dict[str, Any] = {}
    body = json.dumps({"model": {"auc": 0.71}, "baseline": {"auc": 0.705}})
    with pytest.raises(AirflowFailException, match="1 of 2 rules"):
        gate(body, runtime, "figures.json", pushed=pushed)
    assert (pushed["passed"], pushed["metrics"]) == (False, {"model.auc": 0.71})
    assert pushed["reasons"] == ["model.auc is 0.71, wanted at least baseline.auc 0.705 + 0.01"]
    assert pushed["report_uri"] == f"s3://{BUCKET}/figures.json"


def test_a_gate_without_rules_is_closed(runtime: Any) -> None:
    """Nothing to check is not a pass."""
    with pytest.raises(AirflowFailException, match="has no rule"):
        gate("{}", runtime, "no-rules.json", rules=[])


AGAINST = [Rule("model.auc", above="champion.model.auc", within=0.02)]


def champion(runtime: Any, group: str, report: str | None) -> str | None:
    """Registers and approves a version whose report has this text; gives the report's URI."""
    sagemaker, s3 = runtime.client("sagemaker"), runtime.client("s3")
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    uri = f"s3://{BUCKET}/{group}/evaluation.json"
    if report is not None:
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key=f"{group}/evaluation.json", Body=report.encode())
    statistics = {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": uri}}}
    sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": "i", "ModelDataUrl": "s3://b/m.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        **({} if report == "unregistered" else {"ModelMetrics": statistics}),
    )
    return uri


def test_a_model_is_compared_with_the_approved_one(runtime: Any) -> None:
    """The champion's report is the one that it was registered with."""
    uri = champion(runtime, "gate-champion", '{"model": {"auc": 0.8}}')
    result = gate('{"model": {"auc": 0.79}}', runtime, "near.json", AGAINST, champion="gate-champion")
    assert (result["champion"]["version"], result["champion"]["report_uri"]) == (1, uri)
    with pytest.raises(
        AirflowFailException, match=r"at least champion.model.auc 0.8 - 0.02(.|\n)*champion: version 1"
    ):
        gate('{"model": {"auc": 0.7}}', runtime, "far.json", AGAINST, champion="gate-champion")


@pytest.mark.parametrize(
    ("report", "message"),
    [
        (None, "is missing; it belongs to the champion"),
        ("{}", "champion.model.auc is not in the report"),
        ("unregistered", "has no ModelQuality statistics"),
    ],
    ids=["no file", "no metric", "no report"],
)
def test_a_champion_without_figures_closes_the_gate(runtime: Any, report: str | None, message: str) -> None:
    """A comparison that cannot be made is not won."""
    group = f"gate-{len(message)}"
    champion(runtime, group, report)
    with pytest.raises(AirflowFailException, match=message):
        gate(
            '{"model": {"auc": 0.9}}',
            runtime,
            f"{group}.json",
            AGAINST,
            champion=group,
            without_champion="pass",
        )


def test_the_first_model_passes_only_where_the_gate_says_so(runtime: Any) -> None:
    """No champion yet: the rule is skipped by name, or keeps the gate closed."""
    body = '{"model": {"auc": 0.9}}'
    result = gate(body, runtime, "first.json", AGAINST, champion="nobody", without_champion="pass")
    assert (result["champion"], result["not_judged"]) == (None, ["model.auc"])
    with pytest.raises(AirflowFailException, match="there is no champion yet"):
        gate(body, runtime, "first.json", AGAINST, champion="nobody")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({}, "has no `champion`"), ({"champion": "g", "without_champion": "maybe"}, "give pass or fail")],
    ids=["no group", "no such word"],
)
def test_a_gate_that_cannot_decide_says_what_to_give(
    runtime: Any, arguments: dict[str, Any], message: str
) -> None:
    """A rule on a champion needs to know whose."""
    with pytest.raises(AirflowFailException, match=message):
        gate("{}", runtime, "mistake.json", AGAINST, **arguments)


def test_slices_are_told_one_by_one(runtime: Any) -> None:
    """Judged slices with their values, small ones by name; the error names the slice that fails."""
    rules = [Rule("slices.origin=*.auc", minimum=0.6, min_rows=100)]
    slices = {"origin=A": {"auc": 0.7, "rows": 100}, "origin=B": {"auc": 0.1, "rows": 9}}
    result = gate(json.dumps({"slices": slices}), runtime, "slices.json", rules)
    assert result["metrics"] == {"slices.origin=A.auc": 0.7}
    assert result["not_judged"] == ["slices.origin=B.auc"]
    slices["origin=B"]["rows"] = 200
    with pytest.raises(AirflowFailException, match=r"slices.origin=B.auc is 0.1, wanted at least 0.6"):
        gate(json.dumps({"slices": slices}), runtime, "slice.json", rules)
