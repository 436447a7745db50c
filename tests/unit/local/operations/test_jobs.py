"""Create, Describe, Stop and Delete of the four families, over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from airflow_mlmax.local.operations import OPERATIONS

FAMILIES = ["ProcessingJob", "TrainingJob", "TransformJob", "HyperParameterTuningJob"]
PATHS = dict(
    zip(
        FAMILIES,
        ["processing-job", "training-job", "transform-job", "hyper-parameter-tuning-job"],
        strict=True,
    )
)
each_family = pytest.mark.parametrize("kind", FAMILIES)


@each_family
def test_a_created_job_is_described_at_once(families: Any, kind: str) -> None:
    """Describe echoes the request and adds ARN, status and times."""
    arn = families.create(kind)[f"{kind}Arn"]
    assert arn == f"arn:aws:sagemaker:us-east-1:123456789012:{PATHS[kind]}/job"
    found = families.describe(kind)
    assert found[f"{kind}Status"] == "InProgress"
    assert found["CreationTime"].tzinfo is not None
    request = families.request(kind)
    assert {name: found[name] for name in request} == request


def test_a_training_job_starts_with_a_transition(api: Any) -> None:
    """The first transition has a message, and the artifact's place is known from the start."""
    api.create("TrainingJob")
    found = api.describe("TrainingJob")
    assert found["SecondaryStatus"] == "Starting"
    assert [one["StatusMessage"] for one in found["SecondaryStatusTransitions"]] == [
        "Starting the training job"
    ]
    assert found["ModelArtifacts"]["S3ModelArtifacts"] == "s3://bucket/out/job/output/model.tar.gz"
    assert found["EnableManagedSpotTraining"] is False


@pytest.mark.parametrize(
    ("kind", "place", "member"),
    [
        ("TrainingJob", "ResourceConfig", None),
        ("ProcessingJob", "ProcessingResources", "ClusterConfig"),
    ],
    ids=["training", "processing"],
)
def test_the_first_preferred_instance_is_selected(
    api: Any, kind: str, place: str, member: str | None
) -> None:
    """Describe tells which of the preferred instances was taken."""
    path = f"{place}.{member}" if member else place
    preferences = [{"InstanceType": "ml.c5.xlarge", "InstanceCount": 2}, {"InstanceType": "ml.m5.large"}]
    api.create(kind, {f"{path}.InstanceType": None, f"{path}.InstancePreferences": preferences})
    found = api.describe(kind)[place]
    found = found[member] if member else found
    assert (found["SelectedInstanceType"], found["SelectedInstanceCount"]) == ("ml.c5.xlarge", 2)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "TrainingJob",
            ("Training job names must be unique within an AWS account and region, and a training job with this name "
            "already exists (arn:aws:sagemaker:us-east-1:123456789012:training-job/job)"),
        ),
        ("ProcessingJob", "Processing job names must be unique within an AWS account and region"),
        ("TransformJob", "Transform job names must be unique within an AWS account and region"),
        ("HyperParameterTuningJob", "A hyperparameter tuning job with the name, job, already exists."),
    ],
    ids=FAMILIES,
)  # fmt: skip
def test_a_name_is_taken_once(families: Any, kind: str, text: str) -> None:
    """The second Create is ResourceInUse, even if the first job's input is gone by then."""
    families.create(kind)
    families.server.objects.delete("bucket", "data/a.csv")
    code, message = families.refused(f"Create{kind}", **families.request(kind))
    assert code == "ResourceInUse"
    assert message.startswith(text)


@pytest.mark.parametrize(
    ("kind", "code"), [("TrainingJob", "ResourceInUse"), ("Model", "ValidationException")]
)
def test_of_many_concurrent_creates_one_wins(api: Any, kind: str, code: str) -> None:
    """The others are told that the name is taken, and one resource is stored."""

    def create(_: int) -> str:
        try:
            api.create(kind)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "created"

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(create, range(16)))
    assert answers == sorted([code] * 15 + ["created"])
    assert len(api.server.store.records(None, kind)) == 1


def test_regions_are_apart(api: Any) -> None:
    """A job of another Region is neither found nor in the way."""
    api.server.store.insert("eu-west-1", "TrainingJob", "job", {}, {"TrainingJobStatus": "InProgress"})
    assert api.refused("DescribeTrainingJob", TrainingJobName="job")[0] == "ValidationException"
    api.create("TrainingJob")


@pytest.mark.parametrize("verb", ["Describe", "Stop", "Delete"])
@pytest.mark.parametrize(
    ("kind", "code", "text"),
    [
        ("TrainingJob", "ValidationException", "Requested resource not found."),
        ("ProcessingJob", "ValidationException", "Could not find requested job"),
        ("TransformJob", "ValidationException", "Could not find requested job"),
        (
            "HyperParameterTuningJob",
            "ResourceNotFound",
            "Amazon SageMaker can't find a tuning job called none.",
        ),
    ],
    ids=FAMILIES,
)
def test_an_unknown_job(api: Any, kind: str, code: str, text: str, verb: str) -> None:
    """Each family says so in its own words; transform jobs have no Delete."""
    if (kind, verb) == ("TransformJob", "Delete"):
        assert not hasattr(api.client, xform_name("DeleteTransformJob"))
        return
    found = api.refused(f"{verb}{kind}", **{f"{kind}Name": "none"})
    assert found[0] == code
    assert found[1].startswith(text)


def test_a_malformed_name_is_a_validation_error(api: Any) -> None:
    """Describe checks the name before it looks for it."""
    code, text = api.refused("DescribeTrainingJob", TrainingJobName="a_b")
    assert code == "ValidationException"
    assert text.startswith("1 validation error detected: Value 'a_b' at 'trainingJobName' failed to satisfy")


def test_tuning_names_ignore_case(api: Any) -> None:
    """Names of tuning jobs are documented as not case sensitive."""
    api.create("HyperParameterTuningJob", {"HyperParameterTuningJobName": "Tune"})
    assert api.describe("HyperParameterTuningJob", "TUNE")["HyperParameterTuningJobName"] == "Tune"
    request = api.request("HyperParameterTuningJob", {"HyperParameterTuningJobName": "tune"})
    assert api.refused("CreateHyperParameterTuningJob", **request)[0] == "ResourceInUse"


@pytest.mark.parametrize("status", ["Completed", "Failed", "Stopped", "Stopping"])
@each_family
def test_only_a_running_job_is_stopped(families: Any, kind: str, status: str) -> None:
    """A job that is not InProgress refuses Stop and names its status."""
    families.create(kind)
    families.finish(kind, status=status)
    words = {"HyperParameterTuningJob": "hyperparameter tuning job"}.get(
        kind, kind.replace("Job", " job").lower()
    )
    assert families.refused(f"Stop{kind}", **{f"{kind}Name": "job"}) == (
        "ValidationException",
        f"The request was rejected because the {words} is in status {status}.",
    )


def test_a_waiting_job_is_stopped_at_once(api: Any) -> None:
    """Behind the one that is held, a queued job becomes Stopped without running."""
    api.create("ProcessingJob", {"ProcessingJobName": "first"})
    api.create("ProcessingJob", {"ProcessingJobName": "second"})
    assert api.call("StopProcessingJob", ProcessingJobName="second") == {}
    found = api.describe("ProcessingJob", "second")
    assert found["ProcessingJobStatus"] == "Stopped"
    assert "ProcessingStartTime" not in found


@pytest.mark.parametrize("kind", ["ProcessingJob", "TrainingJob", "HyperParameterTuningJob"])
def test_delete_frees_the_name(api: Any, kind: str) -> None:
    """Only a job that is over is deleted, and then its name is free."""
    api.create(kind)
    code, text = api.refused(f"Delete{kind}", **{f"{kind}Name": "job"})
    assert (code, "is in status InProgress" in text) == ("ValidationException", True)
    api.stopped(kind)
    assert api.call(f"Delete{kind}", **{f"{kind}Name": "job"}) == {}
    api.create(kind)


def test_unknown_members_are_ignored(api: Any) -> None:
    """As on AWS: they are neither refused nor stored."""
    request = api.request("TrainingJob", {"ResourceConfig.Surprise": 1, "Surprise": {"a": 1}})
    status, answer = api.raw("CreateTrainingJob", request)
    assert (status, list(answer)) == (200, ["TrainingJobArn"])
    record = api.server.store.get("us-east-1", "TrainingJob", "job")
    assert "Surprise" not in record.request
    assert "Surprise" not in record.request["ResourceConfig"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"not json", "The request body is not a JSON object"),
        (b"[1]", "The request body is not a JSON object"),
        ({"TrainingJobName": 5}, "Expected string at 'trainingJobName' but found number"),
    ],
    ids=["no json", "a list", "a number"],
)
def test_wrong_types_are_serialization_errors(api: Any, body: Any, text: str) -> None:
    """They come before every other complaint."""
    assert api.raw("CreateTrainingJob", body) == (400, {"__type": "SerializationException", "message": text})


def test_null_is_missing(api: Any) -> None:
    """A null member counts as absent."""
    status, answer = api.raw("DescribeTrainingJob", {"TrainingJobName": None})
    assert status == 400
    assert answer["message"] == (
        "1 validation error detected: Value null at 'trainingJobName' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_answer_members_are_refused(api: Any) -> None:
    """What only Describe fills cannot be asked for."""
    text = api.refusal("TrainingJob", {"ResourceConfig.SelectedInstanceType": "ml.m5.large"})
    assert "take it out of the request" in text


@pytest.mark.parametrize(
    "operation", ["ListEndpoints", "CreateEndpoint", "CreatePipeline", "NoSuchThing", ""]
)
def test_other_operations_are_refused_by_name(api: Any, operation: str) -> None:
    """HTTP 400, so that boto3 does not repeat the call, and the name of the operation."""
    status, answer = api.raw(operation, {})
    assert status == 400
    assert answer["__type"] == "UnknownOperationException"
    assert f"does not implement the SageMaker operation {operation or '(none named)'}" in answer["message"]


def test_the_implemented_operations() -> None:
    """These and no others: a new one comes with its tests."""
    crud = {
        f"{verb}{kind}"
        for kind in ("Model", "ModelPackageGroup", "ModelPackage")
        for verb in ("Create", "Describe", "Delete")
    }
    lists = {"ListModels", "ListModelPackageGroups", "ListModelPackages", "ListTags"}
    jobs = {f"{verb}{kind}" for kind in FAMILIES for verb in ("Create", "Describe", "Stop")}
    monitoring = {
        f"{verb}{kind}JobDefinition{'s' * (verb == 'List')}"
        for kind in ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
        for verb in ("Create", "Describe", "Delete", "List")
    } | {f"{verb}MonitoringSchedule" for verb in ("Create", "Describe", "Update", "Delete", "Start", "Stop")}
    assert set(OPERATIONS) == crud | lists | jobs | monitoring | {f"List{kind}s" for kind in FAMILIES} | {
        "ListMonitoringSchedules",
        "ListMonitoringExecutions",
        "DeleteTrainingJob",
        "DeleteProcessingJob",
        "DeleteHyperParameterTuningJob",
        "ListTrainingJobsForHyperParameterTuningJob",
        "UpdateModelPackage",
        "AddTags",
        "DeleteTags",
    }
