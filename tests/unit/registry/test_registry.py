"""Promotion, roll-back, and the champion as of a date, on a real S3 and registry over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from registering import make_group, status

from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.registry.champions import Change, champion
from airflow_mlmax.registry.log import LostRaceError
from airflow_mlmax.registry.registry import Decision, Registry, RegistryError

MARCH, JULY = datetime(2013, 3, 1, tzinfo=UTC), datetime(2013, 7, 1, tzinfo=UTC)


@pytest.fixture
def registry(runtime: Any) -> Registry:
    """A model of the test's own with an empty champion log."""
    name = f"registry-{uuid4().hex[:10]}"
    runtime.client("s3").create_bucket(Bucket=name)
    hook = SageMakerJobHook(aws_conn_id="aws_default", region_name="us-east-1", patience=0)
    return Registry(hook, name, f"s3://{name}/champions")


@pytest.fixture
def versions(runtime: Any, registry: Registry) -> list[str]:
    """ARNs of three versions."""
    return make_group(runtime, registry.group, 3)


def decision(token: str = "") -> Decision:
    return Decision(by="ann", why="better on July", token=token or uuid4().hex)


def known(change: Change | None) -> Change:
    assert change is not None
    return change


def test_the_log_tells_who_when_and_why(runtime: Any, registry: Registry, versions: list[str]) -> None:
    """And the registry's own status follows."""
    assert registry.champion() is None
    made = registry.promote(versions[0], decision(), evidence={"comparison": "s3://b/c.json"})
    assert registry.log.history() == [made]
    assert (made.number, made.version, made.replaces) == (1, 1, None)
    assert (made.by, made.why, made.evidence) == ("ann", "better on July", {"comparison": "s3://b/c.json"})
    assert abs(made.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert status(runtime, versions[0]) == ("Approved", "promotion by ann: better on July")


def test_a_retry_finds_its_own_change(runtime: Any, registry: Registry, versions: list[str]) -> None:
    """A crash between the log and the registry leaves nothing half: the same token completes it and writes nothing new."""
    first = registry.promote(versions[0], decision("mine"))
    runtime.client("sagemaker").update_model_package(
        ModelPackageArn=versions[0], ModelApprovalStatus="PendingManualApproval"
    )
    assert registry.promote(versions[0], decision("mine")) == first
    assert status(runtime, versions[0])[0] == "Approved"
    registry.promote(versions[1], decision("other"))
    assert registry.promote(versions[0], decision("mine")) == first
    assert known(registry.champion()).version == 2


def test_the_champion_stays_the_champion(registry: Registry, versions: list[str]) -> None:
    """Promoting it again is no change."""
    first = registry.promote(versions[0], decision())
    assert registry.promote(versions[0], decision()) == first
    assert len(registry.log.history()) == 1


def test_of_two_changes_at_a_time_one_is_made(registry: Registry, versions: list[str]) -> None:
    """The other learns who was first, and nothing of it is written."""
    registry.promote(versions[0], decision())

    def overtaken(history: Any, number: int) -> Change:
        late = registry.log.append(lambda past, at: change(past[-1], at, versions[1]), "fast")
        assert late.number == number
        return change(history[-1], number, versions[2])

    with pytest.raises(LostRaceError, match=r"version 9 was made champion at .* by ann"):
        registry.log.append(overtaken, "slow")
    assert [each.model_package_arn for each in registry.log.history()] == versions[:2]


def change(past: Change, number: int, arn: str) -> Change:
    return Change(
        number=number,
        kind="promotion",
        model_package_arn=arn,
        version=9,
        replaces=past.model_package_arn,
        effective=past.effective,
        at=past.at,
        by="ann",
        why="",
        token="fast",
    )


def test_an_answer_that_was_lost_is_no_lost_race(
    runtime: Any, registry: Registry, versions: list[str]
) -> None:
    """S3 wrote the change, the answer never came, and the call was sent again."""
    runtime.server.faults.add("lose_answer", operation="PutObject")
    assert registry.promote(versions[0], decision()).number == 1
    assert len(registry.log.history()) == 1


def test_the_champion_as_of_a_date(registry: Registry, versions: list[str]) -> None:
    """A model trained later on older data is the champion of the older days and changes nothing since."""
    registry.promote(versions[0], decision(), effective=JULY)
    registry.promote(versions[1], decision(), effective=MARCH)
    assert registry.champion(MARCH - timedelta(seconds=1)) is None
    assert known(registry.champion(MARCH)).version == 2
    assert known(registry.champion(JULY)).version == 1
    assert known(registry.champion()).version == 1


def test_roll_back_returns_to_the_champion_before(
    runtime: Any, registry: Registry, versions: list[str]
) -> None:
    """The bad version is rejected; days before the roll-back keep the champion that they had."""
    for version, effective in zip(versions[:2], (MARCH, JULY), strict=True):
        registry.promote(version, decision(), effective=effective)
    back = registry.roll_back(decision("oops"))
    assert (back.kind, back.version, back.replaces) == ("roll_back", 1, versions[1])
    assert known(registry.champion()).version == 1
    assert known(registry.champion(JULY)).version == 2
    assert status(runtime, versions[0])[0] == "Approved"
    assert status(runtime, versions[1]) == ("Rejected", "rolled back by ann: better on July")
    assert registry.roll_back(decision("oops")) == back


def test_a_second_roll_back_goes_further_back(registry: Registry, versions: list[str]) -> None:
    """Never to a version that was rolled back from: clearing the task must not bring the bad one back."""
    for version in versions:
        registry.promote(version, decision())
    assert registry.roll_back(decision()).version == 2
    assert registry.roll_back(decision()).version == 1
    with pytest.raises(RegistryError, match="cannot be rolled back to a champion before"):
        registry.roll_back(decision())
    assert known(registry.champion()).version == 1


def test_a_version_that_was_mended_counts_again(registry: Registry, versions: list[str]) -> None:
    """It was promoted once more after its roll-back, so it is the one before the next."""
    for version in versions[:2]:
        registry.promote(version, decision())
    registry.roll_back(decision())
    for version in versions[1:]:
        registry.promote(version, decision())
    assert registry.roll_back(decision()).version == 2


def test_roll_back_to_a_named_version(registry: Registry, versions: list[str]) -> None:
    """Any version that was champion before."""
    for version in versions:
        registry.promote(version, decision())
    assert registry.roll_back(decision(), to_version=1).version == 1


@pytest.mark.parametrize(
    ("promoted", "to_version", "told"),
    [
        (0, None, "has no champion yet"),
        (1, None, "versions that were champion before are: none"),
        (2, 7, "cannot be rolled back to version 7: version 2 is the champion, .* are: 1"),
    ],
    ids=["no champion", "only one", "never champion"],
)
def test_a_roll_back_to_nowhere_is_told(
    registry: Registry, versions: list[str], promoted: int, to_version: int | None, told: str
) -> None:
    """The error names the versions that are possible, and nothing is written."""
    for version in versions[:promoted]:
        registry.promote(version, decision())
    with pytest.raises(RegistryError, match=told):
        registry.roll_back(decision(), to_version=to_version)
    assert len(registry.log.history()) == promoted


def test_a_version_of_another_model_is_refused(runtime: Any, registry: Registry) -> None:
    """Its ARN would lead readers to another model."""
    [stranger] = make_group(runtime, f"{registry.group}-other", 1)
    with pytest.raises(RegistryError, match="is of group"):
        registry.promote(stranger, decision())
    assert registry.log.history() == []


def test_nobody_is_champion_before_the_first() -> None:
    """An empty log answers so."""
    assert champion([]) is None
