"""Tuning jobs: their training jobs really run, and the search, the limits and the best job are what was asked for."""

import io
import json
import tarfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_mlmax.local.server import LocalRuntime

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
ROLE = "arn:aws:iam::123456789012:role/mlmax-local"
KIND = "HyperParameterTuning"

SCORE = "print('score=' + os.environ['SM_HP_X'])"
"""The objective of a training job is its tuned hyperparameter."""

WAIT = "print('score=5', flush=True); print('waiting', flush=True); time.sleep(600)"


def definition_of(jobs: Any, code: str = SCORE, **changes: Any) -> dict[str, Any]:
    """Definition of script-mode training jobs whose code is uploaded; `values` are the categories of `x`."""
    program = f"import os, sys, time\n{code}\n".encode()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        member = tarfile.TarInfo("train.py")
        member.size = len(program)
        tar.addfile(member, io.BytesIO(program))
    jobs.put(**{"code.tar.gz": archive.getvalue()})
    values = changes.pop("values", ["1", "3", "2"])
    return {
        "StaticHyperParameters": {
            "sagemaker_program": json.dumps("train.py"),
            "sagemaker_submit_directory": json.dumps(jobs.uri("code.tar.gz")),
            "fixed": "1",
        },
        "HyperParameterRanges": {"CategoricalParameterRanges": [{"Name": "x", "Values": values}]},
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "score", "Regex": "score=([0-9.]+)"}],
        },
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": jobs.uri("models")},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **changes,
    }


@pytest.fixture
def definition(jobs: Any) -> Callable[..., dict[str, Any]]:
    """Makes training job definitions for the shared runtime."""
    return lambda code=SCORE, **changes: definition_of(jobs, code, **changes)


def start(jobs: Any, definition: Any, **changes: Any) -> str:
    """Create a tuning job, a grid unless something else is asked for; its name."""
    name = f"t-{jobs.name()[-14:]}"
    rest = {key: changes.pop(key) for key in ("Tags", "WarmStartConfig") if key in changes}
    objective = {"Type": changes.pop("kind", "Maximize"), "MetricName": "score"}
    config = {
        "Strategy": "Grid",
        "HyperParameterTuningJobObjective": objective,
        "ResourceLimits": {"MaxParallelTrainingJobs": 2, **changes.pop("limits", {})},
        **changes,
    }
    given = "TrainingJobDefinitions" if isinstance(definition, list) else "TrainingJobDefinition"
    jobs.sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig=config,
        **{given: definition},
        **rest,
    )
    return name


def tuned(jobs: Any, definition: Any, **changes: Any) -> dict[str, Any]:
    """Run a tuning job to its end; its description."""
    return dict(jobs.ended(start(jobs, definition, **changes), KIND))


def children(jobs: Any, name: str, **query: Any) -> list[dict[str, Any]]:
    """Summaries of the training jobs."""
    found = jobs.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, MaxResults=100, **query
    )
    return list(found["TrainingJobSummaries"])


def drawn(jobs: Any, found: dict[str, Any]) -> list[str]:
    """Values of `x` in the order of the training jobs."""
    summaries = children(jobs, found["HyperParameterTuningJobName"])
    return [summary["TunedHyperParameters"]["x"] for summary in summaries]


def waiting_child(jobs: Any, name: str, number: int = 0) -> str:
    """Name of a training job that has logged that it waits; fails after half a minute."""
    deadline = time.monotonic() + 30
    while len(found := children(jobs, name)) <= number and time.monotonic() < deadline:
        time.sleep(0.02)
    child = str(found[number]["TrainingJobName"])
    jobs.logged(child, "waiting")
    return child


def test_a_grid_runs_every_combination_and_finds_the_best(jobs: Any, definition: Any) -> None:
    """Counters, best job and its model are there when the status is."""
    found = tuned(jobs, definition())
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert drawn(jobs, found) == ["1", "3", "2"]
    assert found["TrainingJobStatusCounters"]["Completed"] == 3
    assert found["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 0}
    best = found["BestTrainingJob"]
    assert best["TunedHyperParameters"] == {"x": "3"}
    objective = best["FinalHyperParameterTuningJobObjectiveMetric"]
    assert objective == {"Type": "Maximize", "MetricName": "score", "Value": 3.0}
    assert (best["TrainingJobStatus"], best["ObjectiveStatus"]) == ("Completed", "Succeeded")
    assert f"models/{best['TrainingJobName']}/output/model.tar.gz" in jobs.keys("models")
    assert found["HyperParameterTuningEndTime"] >= found["CreationTime"]
    assert found["ConsumedResources"]["RuntimeInSeconds"] >= 1


def test_minimizing_takes_the_smallest(jobs: Any, definition: Any) -> None:
    """And lists sort by the objective."""
    found = tuned(jobs, definition(), kind="Minimize")
    assert found["BestTrainingJob"]["TunedHyperParameters"] == {"x": "1"}
    name = found["HyperParameterTuningJobName"]
    ranked = children(jobs, name, SortBy="FinalObjectiveMetricValue", SortOrder="Descending")
    assert [item["TunedHyperParameters"]["x"] for item in ranked] == ["3", "2", "1"]


def test_training_jobs_are_real_ones(jobs: Any, definition: Any) -> None:
    """Name, tags, hyperparameters and the way back to the tuning job."""
    found = tuned(jobs, definition(values=["7"]), Tags=[{"Key": "team", "Value": "a"}])
    child = jobs.describe(found["BestTrainingJob"]["TrainingJobName"])
    assert child["TrainingJobName"].startswith(f"{found['HyperParameterTuningJobName']}-001-")
    assert child["TuningJobArn"] == found["HyperParameterTuningJobArn"]
    given = child["HyperParameters"]
    assert (given["x"], given["fixed"], given["_tuning_objective_metric"]) == ("7", "1", "score")
    tags = jobs.sagemaker.list_tags(ResourceArn=child["TrainingJobArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "a"}]
    assert "score=7" in jobs.lines(child["TrainingJobName"])


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_a_seed_repeats_the_search(jobs: Any, definition: Any, strategy: str) -> None:
    """The same request gives the same training jobs, as many as it allows."""
    ranges = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0.5", "MaxValue": "2"}]}
    limits = {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 1}
    settings = {"Strategy": strategy, "RandomSeed": 5, "limits": limits}
    first, second = (tuned(jobs, definition(HyperParameterRanges=ranges), **settings) for _ in range(2))
    assert first["HyperParameterTuningJobStatus"] == "Completed"
    assert len(drawn(jobs, first)) == 3
    assert drawn(jobs, first) == drawn(jobs, second)


def test_no_more_jobs_run_than_allowed(jobs: Any, definition: Any) -> None:
    """Neither at once nor in all."""
    limits = {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 1}
    found = tuned(jobs, definition(values=["1", "2", "3", "4", "5"]), limits=limits)
    summaries = children(jobs, found["HyperParameterTuningJobName"])
    assert len(summaries) == 4
    for before, after in pairwise(summaries):
        assert before["TrainingEndTime"] <= after["CreationTime"]


def test_failed_jobs_are_out_of_the_comparison(jobs: Any, definition: Any) -> None:
    """Neither the value of a job that fails afterwards counts, nor a first value that a later one replaces."""
    code = f"""
x = os.environ['SM_HP_X']
if x != '4': print('score=9'); {SCORE}
if x == '5': sys.exit(1)
"""
    found = tuned(jobs, definition(code, values=["5", "2", "4"]))
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["BestTrainingJob"]["TunedHyperParameters"] == {"x": "2"}
    assert found["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 2.0
    counters = found["TrainingJobStatusCounters"]
    assert (counters["Completed"], counters["NonRetryableError"]) == (2, 1)
    assert found["ObjectiveStatusCounters"] == {"Succeeded": 1, "Pending": 0, "Failed": 2}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("sys.exit(1)", "No training job succeeded after 5 attempts"),
        ("print('nothing')", "No objective metrics found after running 5 training jobs"),
    ],
    ids=["failing", "silent"],
)
def test_a_search_without_success_is_given_up(jobs: Any, definition: Any, code: str, reason: str) -> None:
    """After five jobs, however many were asked for, and without a best job."""
    values = [str(number) for number in range(9)]
    found = tuned(jobs, definition(code, values=values), limits={"MaxParallelTrainingJobs": 1})
    assert found["HyperParameterTuningJobStatus"] == "Failed"
    assert reason in found["FailureReason"]
    assert "BestTrainingJob" not in found
    assert len(drawn(jobs, found)) == 5


@pytest.mark.parametrize(
    ("criteria", "values", "count"),
    [
        ({"TargetObjectiveMetricValue": 3.0}, ["1", "2", "3", "4", "5"], 3),
        (
            {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}},
            ["1", "2", "1.5", "2.01", "0", "9"],
            5,
        ),
    ],
    ids=["target", "not improving"],
)
def test_criteria_complete_the_search(
    jobs: Any, definition: Any, criteria: dict[str, Any], values: list[str], count: int
) -> None:
    """No further job is started, and the tuning job is Completed."""
    found = tuned(
        jobs,
        definition(values=values),
        limits={"MaxParallelTrainingJobs": 1},
        TuningJobCompletionCriteria=criteria,
    )
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert drawn(jobs, found) == values[:count]


def test_definitions_take_turns(jobs: Any, definition: Any) -> None:
    """The best of all wins, and tells which definition it is from."""
    objective = {"Type": "Maximize", "MetricName": "score"}
    definitions = [
        definition(DefinitionName="low", TuningObjective=objective, values=["1", "2"]),
        definition(DefinitionName="high", TuningObjective=objective, values=["8", "9", "7"]),
    ]
    found = tuned(jobs, definitions, limits={"MaxParallelTrainingJobs": 1})
    assert drawn(jobs, found) == ["1", "8", "2", "9", "7"]
    assert found["BestTrainingJob"]["TrainingJobDefinitionName"] == "high"
    assert found["BestTrainingJob"]["TunedHyperParameters"] == {"x": "9"}


def test_a_warm_start_remembers_its_parent(jobs: Any, definition: Any) -> None:
    """The best job of all is the parent's; the best job of the search is its own."""
    parent = tuned(jobs, definition(values=["9"]))["HyperParameterTuningJobName"]
    warm = {
        "WarmStartType": "IdenticalDataAndAlgorithm",
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": parent}],
    }
    settings = {"Strategy": "Bayesian", "limits": {"MaxNumberOfTrainingJobs": 1}}
    found = tuned(jobs, definition(values=["1", "2"]), WarmStartConfig=warm, **settings)
    assert found["BestTrainingJob"]["TunedHyperParameters"]["x"] in {"1", "2"}
    assert found["OverallBestTrainingJob"]["TunedHyperParameters"] == {"x": "9"}
    assert found["OverallBestTrainingJob"]["TuningJobName"] == parent


def test_stop_ends_the_training_jobs(jobs: Any, definition: Any) -> None:
    """Those that run and those that wait; what they have is kept."""
    name = start(jobs, definition(WAIT), limits={"MaxParallelTrainingJobs": 3})
    child = waiting_child(jobs, name)
    jobs.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    found = jobs.ended(name, KIND)
    assert found["HyperParameterTuningJobStatus"] == "Stopped"
    assert found["TrainingJobStatusCounters"]["Stopped"] == 3
    assert found["TrainingJobStatusCounters"]["InProgress"] == 0
    assert {item["TrainingJobStatus"] for item in children(jobs, name)} == {"Stopped"}
    assert f"models/{child}/output/model.tar.gz" in jobs.keys("models")


def test_a_stopped_training_job_does_not_stop_the_search(jobs: Any, definition: Any) -> None:
    """It is counted, and the others go on."""
    code = f"if os.environ['SM_HP_X'] == '1': {WAIT}\n{SCORE}"
    name = start(jobs, definition(code), limits={"MaxParallelTrainingJobs": 1})
    jobs.sagemaker.stop_training_job(TrainingJobName=waiting_child(jobs, name))
    found = jobs.ended(name, KIND)
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["TrainingJobStatusCounters"]["Stopped"] == 1
    assert found["BestTrainingJob"]["TunedHyperParameters"] == {"x": "3"}


def test_the_time_limit_stops_the_search(jobs: Any, definition: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shortest limit is two minutes, so the beginning of the tuning job is put back."""
    name = start(jobs, definition(WAIT), limits={"MaxRuntimeInSeconds": 120})
    waiting_child(jobs, name)
    engine = jobs.server.engine
    [job] = [job for job in engine._jobs.values() if job.name == name]
    monkeypatch.setattr(job, "started", job.started - 120)
    engine._tell()
    assert jobs.ended(name, KIND)["HyperParameterTuningJobStatus"] == "Stopped"


def test_early_stopping_ends_a_job_below_the_median(jobs: Any, definition: Any) -> None:
    """The second job shows less than the first did at its first epoch."""
    code = """
x = os.environ['SM_HP_X']
print('score=' + x, flush=True)
if x == '1': time.sleep(600)
"""
    found = tuned(
        jobs,
        definition(code, values=["5", "1", "6"]),
        limits={"MaxParallelTrainingJobs": 1},
        TrainingJobEarlyStoppingType="Auto",
    )
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    summaries = children(jobs, found["HyperParameterTuningJobName"])
    assert [item["TrainingJobStatus"] for item in summaries] == ["Completed", "Stopped", "Completed"]


def test_a_parent_must_be_over(jobs: Any, definition: Any) -> None:
    """A warm start from a search that still runs fails."""
    parent = start(jobs, definition(WAIT, values=["1"]))
    waiting_child(jobs, parent)
    warm = {
        "WarmStartType": "TransferLearning",
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": parent}],
    }
    found = tuned(jobs, definition(), WarmStartConfig=warm)
    assert f"the parent tuning job {parent} must be there and over" in found["FailureReason"]
    jobs.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=parent)
    jobs.ended(parent, KIND)


def test_a_deleted_training_job_is_forgotten(jobs: Any, definition: Any) -> None:
    """The search goes on without its result."""
    code = f"if os.environ['SM_HP_X'] == '1': {WAIT}\n{SCORE}"
    name = start(jobs, definition(code, values=["9", "1"]))
    waiting_child(jobs, name, 1)
    first = children(jobs, name)[0]["TrainingJobName"]
    jobs.ended(first)
    jobs.sagemaker.delete_training_job(TrainingJobName=first)
    jobs.sagemaker.stop_training_job(TrainingJobName=children(jobs, name)[0]["TrainingJobName"])
    assert "InternalServerError" not in jobs.ended(name, KIND).get("FailureReason", "")


def test_definitions_must_agree_on_the_direction(jobs: Any, definition: Any) -> None:
    """There is no best of a maximum and a minimum."""
    definitions = [
        definition(DefinitionName=kind, TuningObjective={"Type": kind, "MetricName": "score"})
        for kind in ("Maximize", "Minimize")
    ]
    assert "no common best job" in tuned(jobs, definitions)["FailureReason"]


def test_instances_of_the_tuning_form(jobs: Any, definition: Any) -> None:
    """The first of the configurations is taken."""
    made = definition(values=["1"])
    instance = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 2}
    del made["ResourceConfig"]
    made["HyperParameterTuningResourceConfig"] = {
        "AllocationStrategy": "Prioritized",
        "InstanceConfigs": [instance, {**instance, "InstanceType": "ml.m5.large"}],
    }
    found = tuned(jobs, made)
    assert jobs.describe(found["BestTrainingJob"]["TrainingJobName"])["ResourceConfig"] == instance


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"Strategy": "Hyperband", "limits": {"MaxNumberOfTrainingJobs": 1}}, "Hyperband"),
        (
            {"TuningJobCompletionCriteria": {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}},
            "ConvergenceDetected",
        ),
    ],
    ids=["hyperband", "convergence"],
)
def test_what_is_not_implemented_is_refused(
    jobs: Any, definition: Any, settings: dict[str, Any], text: str
) -> None:
    """At Create, by name."""
    with pytest.raises(ClientError, match=text) as caught:
        start(jobs, definition(), **settings)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_bayesian_without_optuna_is_refused(
    jobs: Any, definition: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At Create, with the name of the extra."""
    monkeypatch.setattr("airflow_mlmax.local.search.strategies.find_spec", lambda _: None)
    with pytest.raises(ClientError, match=r"airflow-mlmax\[local,bayesian\]"):
        start(jobs, definition(), Strategy="Bayesian", limits={"MaxNumberOfTrainingJobs": 1})


def test_a_restart_fails_the_search_and_its_jobs(tmp_path: Path, connect: Any) -> None:
    """The jobs that ran and those that waited, and the counters tell so; the next search can run."""
    with LocalRuntime(tmp_path, workers=1, stop_grace=2.0) as server:
        jobs = connect(server)
        code = f"if os.environ['SM_HP_X'] != '3': {WAIT}\n{SCORE}"
        name = start(jobs, definition_of(jobs, code, values=["3", "1", "2"]))
        waiting_child(jobs, name, 1)
        assert len(children(jobs, name)) == 3
    with LocalRuntime(tmp_path, workers=1, stop_grace=2.0) as server:
        again = connect(server, jobs.bucket, jobs.numbers)
        found = again.describe(name, KIND)
        assert found["HyperParameterTuningJobStatus"] == "Failed"
        assert found["FailureReason"] == "InternalServerError: the local runtime was restarted"
        counters = found["TrainingJobStatusCounters"]
        assert (counters["Completed"], counters["InProgress"], counters["RetryableError"]) == (1, 0, 2)
        assert found["ObjectiveStatusCounters"] == {"Succeeded": 1, "Pending": 0, "Failed": 2}
        assert found["BestTrainingJob"]["TunedHyperParameters"] == {"x": "3"}
        states = [item["TrainingJobStatus"] for item in children(again, name)]
        assert states == ["Completed", "Failed", "Failed"]
        assert tuned(again, definition_of(again))["HyperParameterTuningJobStatus"] == "Completed"
