"""The rules by which framework images call a user's script."""

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_mlmax.local.container.script_mode import Script, decoded
from airflow_mlmax.local.jobs.job import JobError

RESOURCES = {
    "current_host": "algo-1",
    "current_instance_type": "ml.m5.large",
    "current_group_name": "homogeneousCluster",
    "hosts": ["algo-1"],
    "instance_groups": [
        {"instance_group_name": "homogeneousCluster", "instance_type": "ml.m5.large", "hosts": ["algo-1"]}
    ],
    "network_interface_name": "eth0",
}
INPUTS = {"train": {"TrainingInputMode": "File"}, "eval": {"TrainingInputMode": "File"}}


def script(**hyperparameters: str) -> Script:
    found = Script.of({"sagemaker_program": '"train.py"', **hyperparameters})
    assert found
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("0.5", 0.5), ("true", True), ("abc", "abc"), ('"abc"', "abc"), ("[1]", [1]), ("null", None)],
)
def test_decoded(text: str, value: Any) -> None:
    """A hyperparameter is JSON where it can be read as JSON, else text."""
    assert decoded(text) == value


def test_no_program_no_script() -> None:
    """Hyperparameters alone do not make script mode."""
    assert Script.of({"alpha": "1"}) is None


def test_own_keys_are_not_handed_on() -> None:
    """The toolkit's keys and the tuner's metric stay away from the script."""
    found = script(
        sagemaker_submit_directory='"s3://b/c.tar.gz"',
        sagemaker_job_name='"j"',
        sagemaker_extra="1",
        _tuning_objective_metric='"auc"',
        alpha="1",
    )
    assert found.arguments() == ["--alpha", "1"]
    assert found.source == "s3://b/c.tar.gz"


def test_arguments() -> None:
    """Sorted names, one dash for one letter, Python's words for values, `a=1,b=2` for a map, nothing for null."""
    found = script(zeta="true", b="0.5", name='"x y"', empty="null", map='{"b": 2, "a": 1}')
    assert found.arguments() == [
        *("-b", "0.5"), *("--empty", ""), *("--map", "a=1,b=2"), *("--name", "x y"), *("--zeta", "True"),
    ]  # fmt: skip


def test_environment() -> None:
    """Values are text as it is or compact JSON; names are only upper-cased."""
    variables = script(**{"c-reg": "0.5", "flag": "true"}).environment(INPUTS, RESOURCES, "job")
    assert variables["SM_HP_C-REG"] == "0.5"
    assert variables["SM_HP_FLAG"] == "true"
    assert variables["SM_HPS"] == '{"c-reg":0.5,"flag":true}'
    assert variables["SM_CHANNELS"] == '["eval","train"]'
    assert variables["SM_CHANNEL_TRAIN"] == "/opt/ml/input/data/train"
    assert variables["SM_MODEL_DIR"] == "/opt/ml/model"
    assert variables["SM_MODULE_NAME"] == "train"
    assert variables["SM_USER_ARGS"] == '["--c-reg","0.5","--flag","True"]'
    assert json.loads(variables["SM_TRAINING_ENV"])["job_name"] == "job"


def test_every_variable_is_set() -> None:
    """The variables that scripts of the framework images may read are all there."""
    names = """MODEL_DIR OUTPUT_DIR OUTPUT_DATA_DIR OUTPUT_INTERMEDIATE_DIR INPUT_DIR INPUT_CONFIG_DIR CHANNELS
    CHANNEL_TRAIN CHANNEL_EVAL HPS HP_A USER_ARGS USER_ENTRY_POINT MODULE_NAME MODULE_DIR HOSTS CURRENT_HOST
    CURRENT_INSTANCE_TYPE CURRENT_INSTANCE_GROUP CURRENT_INSTANCE_GROUP_HOSTS INSTANCE_GROUPS INSTANCE_GROUPS_DICT
    DISTRIBUTION_INSTANCE_GROUPS IS_HETERO NETWORK_INTERFACE_NAME NUM_CPUS NUM_GPUS NUM_NEURONS LOG_LEVEL
    RESOURCE_CONFIG INPUT_DATA_CONFIG FRAMEWORK_PARAMS FRAMEWORK_MODULE TRAINING_ENV"""
    expected = {f"SM_{name}" for name in names.split()}
    assert set(script(a="1").environment(INPUTS, RESOURCES, "job")) == expected


@pytest.mark.parametrize(
    ("program", "files", "command"),
    [
        pytest.param("train.py", [], ["py", "--", "train.py", "-a", "1"], id="program"),
        pytest.param("pkg.py", ["setup.py"], ["py", "-m", "pkg", "-a", "1"], id="package"),
        pytest.param("run.sh", ["setup.py"], ["/bin/sh", "-c", "./run.sh -a 1"], id="shell script"),
        pytest.param("run", [], ["/bin/sh", "-c", "./run -a 1"], id="other command"),
    ],
)
def test_command(tmp_path: Path, program: str, files: list[str], command: list[str]) -> None:
    """The name of the entry point and a setup.py beside it decide how it is called."""
    for name in files:
        (tmp_path / name).touch()
    found = Script.of({"sagemaker_program": json.dumps(program), "a": "1"})
    assert found
    assert found.command(tmp_path, "py") == command


def test_shell_arguments_are_quoted(tmp_path: Path) -> None:
    """A hyperparameter never becomes a command."""
    found = Script.of({"sagemaker_program": "run.sh", "a": "1; touch x"})
    assert found
    assert found.command(tmp_path, "py")[-1] == "./run.sh -a '1; touch x'"


@pytest.mark.parametrize("program", ["../train.py", "/etc/x.py", "-c", "a b.py", "a/./b.py"])
def test_program_outside_is_refused(program: str) -> None:
    """An entry point is a path inside the source directory."""
    with pytest.raises(JobError, match="ClientError: sagemaker_program"):
        Script.of({"sagemaker_program": json.dumps(program)})
