"""Every family sends what its plan says, and calls nothing that the plan has no IAM action for."""

from typing import Any

import pytest
from airflow.sdk import DAG
from attempts import DAG_ID, TaskInstance
from families import ARGUMENTS, BUCKET, IMAGE, ROLE, seed
from plans import differences, known

from airflow_mlmax.operators.model import CreateModelOperator
from airflow_mlmax.operators.registration import RegisterModelOperator
from airflow_mlmax.planning.render import Run, rendered
from airflow_mlmax.sagemaker.actions import actions

MODEL = {"image_uri": IMAGE, "model_data": f"s3://{BUCKET}/model/model.tar.gz", "role_arn": ROLE}
VERSION = {"group": "planned", "image_uri": IMAGE, "model_data": f"s3://{BUCKET}/model/model.tar.gz"}
MIME = {"content_types": ["text/csv"], "response_types": ["text/csv"]}
OPERATORS: dict[type[Any], dict[str, Any]] = {
    **{kind: {**arguments, "poll_interval": 0.1} for kind, arguments in ARGUMENTS.items()},
    CreateModelOperator: {**MODEL, "tags": {"stage": "test"}},
    RegisterModelOperator: {
        **VERSION,
        **MIME,
        "metadata": {"run": "{{ run_id }}"},
        "card": {"risk_rating": "Low"},
        "card_uri": f"s3://{BUCKET}/card/model-card.html",
    },
}
OBJECTS = {
    "HeadObject": "s3:GetObject",
    "GetObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "ListObjectsV2": "s3:ListBucket",
}
SERVICES = {"logs": "logs", "monitoring": "cloudwatch"}


@pytest.fixture(scope="module", autouse=True)
def _data(endpoint: Any) -> None:
    seed(endpoint)


def action(call: Any) -> str:
    """The IAM action of a logged call."""
    if call.service == "s3":
        return OBJECTS[call.operation]
    return f"{SERVICES.get(call.service, call.service)}:{call.operation}"


@pytest.mark.parametrize("kind", OPERATORS, ids=lambda kind: kind.__name__)
def test_what_is_sent_was_planned(kind: type[Any], runtime: Any) -> None:
    """Name, tags and all; and the calls around it are those that the plan asks rights for."""
    run_id = f"manual__{kind.__name__}"
    with DAG(DAG_ID, schedule=None) as dag:
        task = kind(task_id="task", **OPERATORS[kind])
    run = Run(run_id=run_id)
    operator, context = rendered(task, dag, run)
    planned = operator.planned(context)
    assert runtime.server.calls.list() == []
    attempt = TaskInstance(lambda: kind(task_id="task", **OPERATORS[kind]), run_id=run_id, retries=0).run()
    allowed = planned.actions.union(*(actions(draft.operation, draft.request) for draft in planned.drafts))
    assert {action(call) for call in runtime.server.calls.list()} <= allowed, attempt.error
    for draft in planned.drafts:
        (sent,) = sent_requests(runtime, draft)
        assert differences(known(draft.operation, draft.request), sent) == []


def sent_requests(runtime: Any, draft: Any) -> list[dict[str, Any]]:
    """Requests of the draft's operation that made something in this test."""
    family = draft.operation.removeprefix("Create")
    names = {call.name for call in runtime.server.calls.list(draft.operation)}
    return [
        record.request
        for record in runtime.server.store.records("us-east-1", family)
        if record.name in names or record.request.get("ClientToken") == draft.request.get("ClientToken", "")
    ]
