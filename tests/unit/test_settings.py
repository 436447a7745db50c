from pathlib import Path

import pytest
from pydantic import ValidationError

from airflow_mlmax.layered_yaml import SettingsError
from airflow_mlmax.settings import load

REPOSITORY = Path(__file__).parents[2]
BASE = """
region: us-east-1
images: {python: "python:3"}
compute:
  processing: {instance_type: ml.m5.large, volume_size_gb: 30}
  training: {instance_type: ml.m5.large, volume_size_gb: 30}
  transform: {instance_type: ml.m5.large}
"""
UPPER = """
bucket: some-bucket
namespace: some-project
role_arn: arn:aws:iam::123456789012:role/jobs
"""
SECURITY = "security: {volume_kms_key: alias/a, output_kms_key: alias/b}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "dev.yaml").write_text(UPPER)
    return tmp_path


@pytest.mark.parametrize("environment", ["local", "dev", "staging", "prod"])
def test_shipped_environments_are_valid(environment: str) -> None:
    """Every file below dags/config describes an environment."""
    assert load(REPOSITORY / "dags/config", environment).environment == environment


def test_the_upper_file_wins_key_by_key(folder: Path) -> None:
    """Mappings merge, so an environment repeats only what differs."""
    (folder / "dev.yaml").write_text(UPPER + "compute: {training: {instance_type: ml.c5.large}}\n")
    compute = load(folder, "dev").compute
    assert (compute.training.instance_type, compute.training.volume_size_gb) == ("ml.c5.large", 30)
    assert compute.processing.instance_type == "ml.m5.large"


def test_environment_comes_from_the_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLMAX_ENVIRONMENT chooses the file; without it the laptop's."""
    monkeypatch.setenv("MLMAX_ENVIRONMENT", "dev")
    assert load(folder).environment == "dev"
    monkeypatch.delenv("MLMAX_ENVIRONMENT")
    with pytest.raises(SettingsError, match=r"'local' has no local.yaml; there is dev"):
        load(folder)


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    """Each names file, key, value and what is allowed or meant."""
    text = UPPER.replace("some-bucket", "Some_Bucket").replace("namespace: some-project\n", "")
    (folder / "dev.yaml").write_text(text + "regoin: x\ncompute: {training: {instance_tpye: y}}\n")
    (folder / "base.yaml").write_text(BASE + "poll_interval: often\n")
    with pytest.raises(SettingsError) as caught:
        load(folder, "dev")
    faults = "\n".join(sorted(caught.value.faults))
    assert faults.count("\n") == 4
    assert "base.yaml: poll_interval = 'often': Input should be a valid number" in faults
    assert "dev.yaml: bucket = 'Some_Bucket': String should match pattern" in faults
    assert "dev.yaml: compute.training.instance_tpye: unknown key; did you mean 'instance_type'?" in faults
    assert "dev.yaml: namespace: missing" in faults
    assert "dev.yaml: regoin: unknown key; did you mean 'region'?" in faults


def test_mistakes_in_a_channel_are_told(folder: Path) -> None:
    """A name may be null; a channel that is given must be one."""
    (folder / "dev.yaml").write_text(
        UPPER + "channels: {a: null, b: {snss: x}, c: {slack: '#c', smtp: [d]}}\n"
    )
    with pytest.raises(SettingsError) as caught:
        load(folder, "dev")
    unknown, double = caught.value.faults
    assert unknown == "dev.yaml: channels.b.snss: unknown key; did you mean 'sns'?"
    assert double.startswith(
        "dev.yaml: channels.c: give exactly one of sns, slack, slack_webhook, smtp, not "
    )


def test_mistakes_in_the_security_block_are_told(folder: Path) -> None:
    """The block's keys and types are checked like all others."""
    (folder / "dev.yaml").write_text(UPPER + "security: {subnet: [a], security_group_ids: 3}\n")
    with pytest.raises(SettingsError) as caught:
        load(folder, "dev")
    faults = "\n".join(caught.value.faults)
    assert "security.subnet: unknown key; did you mean 'subnets'?" in faults
    assert "security.security_group_ids = '3': Input should be a valid list" in faults


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_security_is_required(folder: Path, environment: str) -> None:
    """Staging and prod without a security block are refused, together with the other mistakes."""
    path = folder / f"{environment}.yaml"
    path.write_text(UPPER + "bukcet: x\n")
    with pytest.raises(SettingsError) as caught:
        load(folder, environment)
    assert [fault.split(": ")[1] for fault in caught.value.faults] == ["security", "bukcet"]
    path.write_text(UPPER + SECURITY)
    block = load(folder, environment).security_block
    assert block is not None
    assert block["output_kms_key"] == "alias/b"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bucket: a\nbucket: b\n", "'bucket' stands there twice"),
        ("- a\n- b\n", "dev.yaml holds list; give a mapping"),
        ("a: [1\n", "expected"),
    ],
    ids=["twice", "list", "syntax"],
)
def test_files_that_are_no_mapping_are_refused(folder: Path, text: str, message: str) -> None:
    """What YAML would take silently, or a person could not place, is an error of the settings."""
    (folder / "dev.yaml").write_text(text)
    with pytest.raises(SettingsError, match=message):
        load(folder, "dev")


def test_settings_are_frozen(folder: Path) -> None:
    """Nothing changes an environment after it is read."""
    with pytest.raises(ValidationError, match="frozen"):
        load(folder, "dev").bucket = "other"


@pytest.mark.parametrize(
    ("prefix", "uri"), [("", "s3://some-bucket/a/b"), ("p/q", "s3://some-bucket/p/q/a/b")]
)
def test_uris_stand_below_the_prefix(folder: Path, prefix: str, uri: str) -> None:
    """An empty prefix leaves no empty part."""
    (folder / "dev.yaml").write_text(UPPER + f'prefix: "{prefix}"\n')
    assert load(folder, "dev").uri("a", "b") == uri


def test_default_args_carry_the_environment(folder: Path) -> None:
    """Operators never read settings; a DAG hands these on."""
    arguments = load(folder, "dev").default_args()
    assert arguments["aws_conn_id"] == "aws_default"
    assert arguments["region_name"] == "us-east-1"
    assert arguments["code_uri"] == "s3://some-bucket/code"
    assert arguments["retries"] == 3
