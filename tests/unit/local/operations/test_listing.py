"""Lists: filters, order, defaults and pages, over HTTP."""

from typing import Any

import pytest

from airflow_mlmax.local.operations.jobs import first_answer
from airflow_mlmax.sagemaker.jobs import JOB_TYPES

FAMILIES = ["ProcessingJob", "TrainingJob", "TransformJob", "HyperParameterTuningJob"]
REGION = "us-east-1"
each_family = pytest.mark.parametrize("kind", FAMILIES)


def store(api: Any, kind: str, name: str, created: float, status: str = "Completed", **answer: Any) -> None:
    """Put a job into the store as if it had been created at some second."""
    request = api.request(kind, {f"{kind}Name": name})
    members = {
        **first_answer(JOB_TYPES[kind], request),
        "CreationTime": created,
        "LastModifiedTime": created + 10,
        f"{kind}Arn": f"arn:aws:sagemaker:us-east-1:123456789012:x/{name}",
        f"{kind}Status": status,
    }
    api.server.store.insert(REGION, kind, name, request, {**members, **answer})


def names(api: Any, kind: str, **query: Any) -> list[str]:
    return [item[f"{kind}Name"] for item in api.call(f"List{kind}s", **query)[f"{kind}Summaries"]]


@pytest.fixture(params=FAMILIES)
def three(api: Any, request: pytest.FixtureRequest) -> tuple[Any, str]:
    """A family with the jobs b, a and c, created in this order."""
    for number, (name, status) in enumerate([("b", "Completed"), ("a", "Failed"), ("c", "InProgress")]):
        store(api, request.param, name, 1000.0 + number, status)
    return api, request.param


def test_the_default_order_is_the_family_s_own(three: tuple[Any, str]) -> None:
    """By time for training and processing, newest first for transform, by name for tuning."""
    api, kind = three
    expected = {"TransformJob": ["c", "a", "b"], "HyperParameterTuningJob": ["a", "b", "c"]}
    assert names(api, kind) == expected.get(kind, ["b", "a", "c"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"SortBy": "Name", "SortOrder": "Ascending"}, ["a", "b", "c"]),
        ({"SortBy": "Name", "SortOrder": "Descending"}, ["c", "b", "a"]),
        ({"SortBy": "CreationTime", "SortOrder": "Descending"}, ["c", "a", "b"]),
        ({"SortBy": "Status", "SortOrder": "Ascending"}, ["b", "a", "c"]),
        ({"StatusEquals": "Failed"}, ["a"]),
        ({"StatusEquals": "Stopping"}, []),
        ({"NameContains": "b"}, ["b"]),
        ({"CreationTimeAfter": 1001.5}, ["c"]),
        ({"CreationTimeBefore": 1000.5}, ["b"]),
        ({"LastModifiedTimeAfter": 1010.5, "LastModifiedTimeBefore": 1011.5}, ["a"]),
    ],
    ids=str,
)
def test_filters_and_orders(three: tuple[Any, str], query: dict[str, Any], expected: list[str]) -> None:
    """Every filter and order that the families share."""
    api, kind = three
    assert names(api, kind, **query) == expected


@each_family
def test_a_page_holds_ten_unless_told_otherwise(api: Any, kind: str) -> None:
    """The token leads on, and the last page has none."""
    for number in range(12):
        store(api, kind, f"job-{number:02}", 1000.0 + number)
    first = api.call(f"List{kind}s")
    assert len(first[f"{kind}Summaries"]) == 10
    rest = api.call(f"List{kind}s", NextToken=first["NextToken"])
    assert len(rest[f"{kind}Summaries"]) == 2
    assert "NextToken" not in rest


@each_family
@pytest.mark.parametrize("order", ["Ascending", "Descending"])
def test_botocore_s_paginator_sees_every_job_once(api: Any, kind: str, order: str) -> None:
    """Even when all were created in the same instant."""
    for number in range(7):
        store(api, kind, f"job-{number}", 1000.0)
    operation = {
        "HyperParameterTuningJob": "list_hyper_parameter_tuning_jobs",
    }.get(kind, f"list_{kind.replace('Job', '').lower()}_jobs")
    pages = api.client.get_paginator(operation).paginate(SortOrder=order, PaginationConfig={"PageSize": 3})
    found = [item[f"{kind}Name"] for page in pages for item in page[f"{kind}Summaries"]]
    assert found == sorted(found, reverse=order == "Descending")
    assert len(found) == 7


def test_a_job_between_two_pages_hides_nothing(api: Any) -> None:
    """A token is a place in the order, not a count."""
    for number in (1, 3, 5):
        store(api, "TrainingJob", f"job-{number}", 1000.0 + number)
    first = api.call("ListTrainingJobs", SortBy="Name", MaxResults=2)
    store(api, "TrainingJob", "job-2", 2000.0)
    api.server.store.delete(REGION, "TrainingJob", "job-1")
    rest = api.call("ListTrainingJobs", SortBy="Name", MaxResults=2, NextToken=first["NextToken"])
    assert [item["TrainingJobName"] for item in rest["TrainingJobSummaries"]] == ["job-5"]


@pytest.mark.parametrize("token", ["nonsense", "W10=", "IA=="], ids=["no base64", "no members", "no json"])
def test_a_foreign_token_is_refused(api: Any, token: str) -> None:
    """Nonsense is a ValidationException."""
    assert api.refused("ListTrainingJobs", NextToken=token)[0] == "ValidationException"


def test_a_token_belongs_to_its_query(api: Any) -> None:
    """With other filters it is refused instead of skipping jobs in silence."""
    for name in ("a", "b"):
        store(api, "TrainingJob", name, 1000.0)
    token = api.call("ListTrainingJobs", MaxResults=1)["NextToken"]
    code, text = api.refused("ListTrainingJobs", MaxResults=1, NextToken=token, NameContains="a")
    assert (code, text) == ("ValidationException", "Invalid NextToken: it belongs to another request")


def test_training_pages_are_cut_before_the_status_is_looked_at(api: Any) -> None:
    """MaxResults jobs are taken first, so a page can be empty while more follows."""
    for number, status in enumerate(["Completed", "Completed", "Failed"]):
        store(api, "TrainingJob", f"job-{number}", 1000.0 + number, status)
    first = api.call("ListTrainingJobs", StatusEquals="Failed", MaxResults=2)
    assert first["TrainingJobSummaries"] == []
    rest = api.call("ListTrainingJobs", StatusEquals="Failed", MaxResults=2, NextToken=first["NextToken"])
    assert [item["TrainingJobName"] for item in rest["TrainingJobSummaries"]] == ["job-2"]


@pytest.mark.parametrize("kind", ["ProcessingJob", "TransformJob", "HyperParameterTuningJob"])
def test_the_other_families_filter_first(api: Any, kind: str) -> None:
    """A page is full as long as there are jobs of the wanted status."""
    for number, status in enumerate(["Failed", "Completed", "Completed", "Failed"]):
        store(api, kind, f"job-{number}", 1000.0 + number, status)
    assert len(names(api, kind, StatusEquals="Failed", MaxResults=2)) == 2


def test_training_has_filters_of_its_own(api: Any) -> None:
    """No warm pool exists here; a training plan is compared as text."""
    plan = "arn:aws:sagemaker:us-east-1:123456789012:training-plan/plan"
    store(api, "TrainingJob", "without", 1000.0)
    store(api, "TrainingJob", "with", 1001.0, ResourceConfig={"TrainingPlanArn": plan})
    assert names(api, "TrainingJob", TrainingPlanArnEquals=plan) == ["with"]
    assert names(api, "TrainingJob", WarmPoolStatusEquals="Available") == []


def test_summaries_hold_what_each_family_has(api: Any) -> None:
    """Training summaries tell no reason, the others do; tuning summaries have strategy and limits."""
    for kind in FAMILIES:
        store(api, kind, "job", 1000.0, "Failed", FailureReason="ClientError: x", ExitMessage="bye")
    found = {kind: api.call(f"List{kind}s")[f"{kind}Summaries"][0] for kind in FAMILIES}
    assert [kind for kind in FAMILIES if "FailureReason" in found[kind]] == ["ProcessingJob", "TransformJob"]
    assert found["ProcessingJob"]["ExitMessage"] == "bye"
    assert found["TrainingJob"]["SecondaryStatus"] == "Starting"
    assert found["HyperParameterTuningJob"]["Strategy"] == "Random"
    assert found["HyperParameterTuningJob"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 2


def test_regions_have_lists_of_their_own(api: Any) -> None:
    """A job of another Region is not listed."""
    api.server.store.insert("eu-west-1", "TrainingJob", "far", {}, {})
    assert names(api, "TrainingJob") == []


CHILDREN: list[tuple[str, dict[str, Any]]] = [
    ("tune-1", {"Value": 0.5}),
    ("tune-2", {"Value": 0.9}),
    ("tune-3", {}),
]


@pytest.fixture
def tuned(api: Any) -> Any:
    """A tuning job with three children, one of them without an objective, and a job that is not its child."""
    api.create("HyperParameterTuningJob")
    arn = api.describe("HyperParameterTuningJob")["HyperParameterTuningJobArn"]
    for number, (name, metric) in enumerate(CHILDREN):
        objective = {"MetricName": "auc", "Type": "Maximize", **metric}
        found = {"FinalHyperParameterTuningJobObjectiveMetric": objective} if metric else {}
        status = "Completed" if metric else "Failed"
        tuned = {"TuningJobArn": arn, "TunedHyperParameters": {"rate": "0.1"}}
        store(api, "TrainingJob", name, 1000.0 - number, status, **tuned, **found)
    store(api, "TrainingJob", "other", 1000.0)
    return api


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["tune-1", "tune-2", "tune-3"]),
        ({"SortOrder": "Descending"}, ["tune-3", "tune-2", "tune-1"]),
        ({"SortBy": "CreationTime"}, ["tune-3", "tune-2", "tune-1"]),
        ({"SortBy": "Status", "SortOrder": "Descending"}, ["tune-3", "tune-2", "tune-1"]),
        ({"SortBy": "FinalObjectiveMetricValue", "SortOrder": "Descending"}, ["tune-2", "tune-1"]),
        ({"StatusEquals": "Failed"}, ["tune-3"]),
        ({"MaxResults": 1}, ["tune-1"]),
    ],
    ids=str,
)
def test_children_of_a_tuning_job(tuned: Any, query: dict[str, Any], expected: list[str]) -> None:
    """By name unless told otherwise; sorting by the objective hides those that have none."""
    query = {"HyperParameterTuningJobName": "JOB", **query}
    found = tuned.call("ListTrainingJobsForHyperParameterTuningJob", **query)["TrainingJobSummaries"]
    assert [item["TrainingJobName"] for item in found] == expected
    assert {item["TuningJobName"] for item in found} == {"job"}


def test_children_of_an_unknown_tuning_job(api: Any) -> None:
    """The same answer as Describe."""
    code, _ = api.refused("ListTrainingJobsForHyperParameterTuningJob", HyperParameterTuningJobName="none")
    assert code == "ResourceNotFound"
