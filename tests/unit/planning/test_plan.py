"""A plan names everything that would go wrong, task by task, and builds the rest."""

import os
from pathlib import Path
from typing import Any

import pytest

from airflow_mlmax.planning.placeholders import COUNT, XComs
from airflow_mlmax.planning.plan import DagPlan, maximum, plan
from airflow_mlmax.planning.render import Run
from airflow_mlmax.planning.text import document, lines

KEY = "arn:aws:kms:us-east-1:333333333333:key/00000000-0000-0000-0000-000000000000"
FIRST = "dags/shop.py, task shop.first, CreateProcessingJob: "
SECOND = "dags/shop.py, task shop.second, CreateProcessingJob: "
TYPE = "ProcessingResources.ClusterConfig.InstanceType: 'ml.m5.lrge' is not an allowed value; did you mean 'ml.m5.large'?"
IN_FIRST = '        environment={"DAY": "{{ ds }}"},\n'


def requests(made: Any) -> dict[str, dict[str, Any]]:
    (dag,) = made.dags
    return {task.task_id: dict(draft.request) for task in dag.tasks for draft in task.planned.drafts}


def test_a_sound_folder_has_no_fault(folder: Any) -> None:
    """Requests are complete: rendered, secured, named and tagged; what only a run knows is a placeholder."""
    made = plan(folder(), "prod")
    assert made.faults == []
    first, second = requests(made).values()
    assert first["Environment"] == {"DAY": "2000-01-01"}
    uris = {item["InputName"]: item["S3Input"]["S3Uri"] for item in first["ProcessingInputs"]}
    assert uris["rows"] == "s3://xcom/find/return_value"
    assert uris["code"].startswith("s3://example-prod/code/")
    assert second["ProcessingInputs"][0]["S3Input"]["S3Uri"] == "s3://xcom/first/rows"
    assert (
        first["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
        == "s3://example-prod/clean/2000-01-01"
    )
    assert second["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == KEY
    assert {"Key": "stage", "Value": "prod"} in second["Tags"]
    assert made.dags[0].unplanned == ["find"]
    assert {"iam:PassRole", "s3:PutObject", "sagemaker:CreateProcessingJob"} <= set(made.actions)


FAULTS = {
    "instance type": (["ml.m5.large, volume", "ml.m5.lrge, volume"], [FIRST + TYPE, SECOND + TYPE]),
    "missing key": (
        [f"  volume_kms_key: {KEY}\n", ""],
        [
            f"{task}ProcessingResources.ClusterConfig.VolumeKmsKeyId is required by the security block and not set; "
            "set security.volume_kms_key."
            for task in (FIRST, SECOND)
        ],
    ),
    "missing network": (
        ["  subnets: [subnet-0123456789abcdef0]\n  security_group_ids: [sg-0123456789abcdef0]\n", ""],
        [
            f"{task}NetworkConfig.VpcConfig is required by the security block and not set; set security.subnets."
            for task in (FIRST, SECOND)
        ],
    ),
    "unknown member": (
        [IN_FIRST, '        extra={"RoleArm": "x"},\n'],
        [FIRST + "RoleArm: the installed botocore", "did you mean RoleArn?"],
    ),
    "two in one task": (
        [IN_FIRST, '        extra={"RoleArm": "x"},\n', "ml.m5.large, volume", "ml.m5.lrge, volume"],
        [FIRST + TYPE, FIRST + "RoleArm", SECOND + TYPE],
    ),
    "weakened by hand": (
        [IN_FIRST, '        extra={"NetworkConfig": {"EnableNetworkIsolation": False}},\n'],
        [FIRST + "NetworkConfig.EnableNetworkIsolation is False but security.network_isolation demands True"],
    ),
    "secret": (
        [IN_FIRST, '        environment={"DB_PASSWORD": "hunter2"},\n'],
        [FIRST + "Environment: 'DB_PASSWORD' looks like a secret"],
    ),
    "missing script": (
        ['entry_point="job.py"', 'entry_point="jog.py"'],
        ["task shop.first: entry_point 'jog.py' is not in source_dir", "which holds job.py."],
    ),
    "wrong template": (
        ['{{ ds }}"}', '{{ day_of.x }}"}'],
        ["task shop.first: UndefinedError: 'day_of' is undefined"],
    ),
    "no image in the environment": (
        ['settings.image("sklearn")', 'settings.image("spark")'],
        [
            "dags/shop.py: ValueError: images.spark: missing in prod.yaml and base.yaml; set it there (known: sklearn)"
        ],
    ),
    "broken settings": (
        ["namespace: prod", "namespaces: prod"],
        ["dags/shop.py: ", "base.yaml: namespaces: unknown key; did you mean 'namespace'?"],
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(name: str, folder: Any) -> None:
    """With file, task, request, path, value and what is allowed; all of them at once."""
    changes, words = FAULTS[name]
    told = "\n".join(map(str, plan(folder(*changes), "prod").faults))
    assert [each for each in words if each not in told] == [], told


def test_a_broken_file_leaves_the_others(folder: Any) -> None:
    """It is one fault, with the error and without a traceback."""
    place: Path = folder()
    (place / "broken.py").write_text("from airflow.sdk import DAG\nDAG('broken', schedule='never')\n1 / 0\n")
    made = plan(place, "prod")
    assert list(map(str, made.faults)) == ["dags/broken.py: ZeroDivisionError: division by zero"]
    assert len(requests(made)) == 2


def test_only_the_dags_asked_for_are_planned(folder: Any) -> None:
    """One that is not there is an error that names those that are."""
    place = folder()
    assert [dag.dag_id for dag in plan(place, "prod", ["shop"]).dags] == ["shop"]
    with pytest.raises(ValueError, match="has no DAG shopp; there are: shop"):
        plan(place, "prod", ["shopp"])


def test_the_process_is_left_as_it_was(folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment is another's business."""
    monkeypatch.setenv("MLMAX_ENVIRONMENT", "staging")
    before = plan(folder(), "prod")
    assert os.environ["MLMAX_ENVIRONMENT"] == "staging"
    assert before.environment == "prod"


def test_a_mapped_task_is_planned_once(folder: Any) -> None:
    """By the first of what it is mapped over."""
    changed = (
        "    first = ProcessingJobOperator(",
        "    first = ProcessingJobOperator.partial(",
        IN_FIRST + "    )",
        '    ).expand(environment=[{"DAY": "monday"}, {"DAY": "tuesday"}])',
        'inputs={"rows": first.output["rows"]},',
        "",
    )
    made = plan(folder(*changed), "prod")
    assert made.faults == []
    assert requests(made)["first"]["Environment"] == {"DAY": "monday"}


@pytest.mark.parametrize(
    ("mapped", "planned"),
    [
        ("partial(image_uri=IMAGE).expand_kwargs([dict(environment={'DAY': 'monday'})])", {"DAY": "monday"}),
        ("partial(image_uri=IMAGE).expand_kwargs(find())", None),
        ("partial(image_uri=IMAGE).expand(environment=find().map(lambda each: {'DAY': each['day']}))", "day"),
    ],
    ids=["listed", "given by a task", "made from what a task gives"],
)
def test_what_a_task_is_mapped_over(mapped: str, planned: Any, folder: Any) -> None:
    """A task is planned as far as the file tells its arguments; if another task gives them all, it is only listed."""
    arguments = "partial(task_id='mapped', entrypoint='true', compute={'instance_type': 'ml.m5.large'}, "
    line = f"    ProcessingJobOperator.{mapped.replace('partial(', arguments)}\n\n    first = ".replace(
        "IMAGE", "settings.image('sklearn')"
    )
    made = plan(folder("    first = ", line), "prod")
    assert made.faults == []
    assert ("mapped" in made.dags[0].unplanned) == (planned is None)
    if planned:
        found = requests(made)["mapped"]["Environment"]
        assert found == (planned if isinstance(planned, dict) else {"DAY": "s3://xcom/find/day"})


def test_a_mapped_group_is_planned_by_its_first(folder: Any) -> None:
    """What another task gives the group has a placeholder for each argument."""
    group = """
    @task_group
    def fold(name, hyperparameters):
        ProcessingJobOperator(
            task_id="score",
            image_uri=settings.image("sklearn"),
            entrypoint=["true"],
            compute={"instance_type": "ml.m5.large"},
            inputs={"rows": name},
            environment=hyperparameters,
        )

    fold.expand_kwargs(find())

    first = """
    made = plan(folder("    first = ", group, "import DAG, task", "import DAG, task, task_group"), "prod")
    assert made.faults == []
    request = requests(made)["fold.score"]
    assert request["ProcessingInputs"][0]["S3Input"]["S3Uri"] == "s3://xcom/find/name"
    assert request["Environment"] == {"XCOM": "s3://xcom/find/hyperparameters"}


def test_the_price_is_that_of_every_try(folder: Any) -> None:
    """Limit times machines times list price, for as many jobs as the task may try; an unknown price is said."""
    known = plan(folder(), "prod").dags[0]
    assert known.tasks[0].planned.jobs == 4
    charge = maximum(known)
    assert charge
    assert charge.usd == pytest.approx(2 * 4 * 0.115)
    elsewhere = maximum(plan(folder("region: us-east-1", "region: eu-north-1"), "prod").dags[0])
    assert elsewhere
    assert str(elsewhere).startswith("price unknown for ml.m5.large")


def test_no_secret_is_shown(folder: Any) -> None:
    """A request that holds one is shown without its values."""
    made = plan(folder(IN_FIRST, '        environment={"DB_PASSWORD": "hunter2"},\n'), "prod")
    assert "hunter2" not in "\n".join(lines(made)) + str(document(made))


def test_what_a_task_gives_can_be_told(folder: Any) -> None:
    """Where no placeholder fits."""
    run = Run(xcoms=XComs({"find.return_value": "s3://example-prod/given"}))
    told = requests(plan(folder(), "prod", run=run))["first"]
    assert "s3://example-prod/given" in str(told)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("model_data", "s3://xcom/find/model_data/model.tar.gz"),
        ("model_name", "xcom-find-model-name"),
        (
            "model_package_arn",
            "arn:aws:sagemaker:us-east-1:000000000000:model-package/xcom-find-model-package-arn",
        ),
        ("bad_rows", COUNT),
        ("environment", {"XCOM": "s3://xcom/find/environment"}),
        ("report_uri", "s3://xcom/find/report_uri"),
    ],
)
def test_a_placeholder_has_the_shape_of_its_key(key: str, value: Any) -> None:
    """So that a request passes the checks that the real value would pass."""
    assert XComs().of("find", key) == value
    assert XComs().of("find", "return_value")[key] == value


def test_a_dag_without_jobs_has_no_price() -> None:
    """Rather than one of nothing."""
    assert maximum(DagPlan("empty", "empty.py")) is None
