"""Promotion and roll-back of the versions of one model.

Writing to the champion log is the one step that decides. The approval status in the SageMaker Model Registry follows it, so that
who asks only there for the newest approved version is not led astray; a retry completes what a crash left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from airflow_mlmax.hooks.numbered_log import NumberedLog
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.registry.champions import Change, before, champion
from airflow_mlmax.registry.log import ChampionLog

_LONGEST_DESCRIPTION = 1024
"""Characters of `ApprovalDescription`."""


class RegistryError(ValueError):
    """What was asked for makes no sense for this model; says what would."""


@dataclass(frozen=True)
class Decision:
    """Who changes the champion, and why.

    :param token: the same for every try of one decision
    """

    by: str
    why: str
    token: str


@dataclass(frozen=True)
class Registry:
    """The champions of one model.

    :param group: model package group
    :param champions_uri: S3 prefix of the champion log
    :param kms_key: encrypts the log, instead of the bucket's own default
    """

    hook: SageMakerJobHook
    group: str
    champions_uri: str
    kms_key: str | None = None

    @property
    def log(self) -> ChampionLog:
        return ChampionLog(NumberedLog(S3Objects(self.hook, self.kms_key), self.champions_uri))

    def champion(self, moment: datetime | None = None) -> Change | None:
        """The champion at a moment of the data, by default the newest; None if there is none."""
        return champion(self.log.history(), moment)

    def arn_of(self, version: int) -> str:
        """ARN of a version of the model.

        :raises RegistryError: the group has no such version
        """
        request: dict[str, Any] = {"ModelPackageGroupName": self.group, "MaxResults": 100}
        key, found = "ModelPackageSummaryList", []
        while True:
            answer = self.hook.call("sagemaker", "ListModelPackages", request, expect=key)
            found += answer[key]
            if not answer.get("NextToken"):
                break
            request = {**request, "NextToken": answer["NextToken"]}
        known = {each.get("ModelPackageVersion"): str(each["ModelPackageArn"]) for each in found}
        if version not in known:
            there = ", ".join(str(number) for number in sorted(filter(None, known))) or "none"
            raise RegistryError(f"{self.group} has no version {version}; there are {there}")
        return known[version]

    def promote(
        self,
        model_package_arn: str,
        decision: Decision,
        *,
        effective: datetime | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> Change:
        """Makes a version the champion; one that is the champion already stays it.

        :param effective: from when on it is the champion of the data; now if not given
        :raises RegistryError: the version belongs to another group
        :raises LostRaceError: somebody else changed the champion meanwhile
        """
        version = self._version(model_package_arn)

        def make(history: Sequence[Change], number: int) -> Change:
            current = champion(history)
            if current and current.model_package_arn == model_package_arn:
                return current
            return Change(
                number=number,
                kind="promotion",
                model_package_arn=model_package_arn,
                version=version,
                replaces=current.model_package_arn if current else None,
                effective=effective or datetime.now(UTC),
                at=datetime.now(UTC),
                by=decision.by,
                why=decision.why,
                token=decision.token,
                evidence=evidence or {},
            )

        change = self.log.append(make, decision.token)
        self._approve(change)
        return change

    def roll_back(
        self, decision: Decision, *, to_version: int | None = None, effective: datetime | None = None
    ) -> Change:
        """Makes an earlier champion the champion again, and rejects the version that it replaces.

        :param to_version: number of a version that was champion before; by default the one before the current
        :param effective: from when on, but not before the champion that it replaces; now if not given
        :raises RegistryError: there is no such version
        :raises LostRaceError: somebody else changed the champion meanwhile
        """

        def make(history: Sequence[Change], number: int) -> Change:
            current = self._current(history)
            target = self._target(history, current, to_version)
            return Change(
                number=number,
                kind="roll_back",
                model_package_arn=target.model_package_arn,
                version=target.version,
                replaces=current.model_package_arn,
                effective=max(effective or datetime.now(UTC), current.effective),
                at=datetime.now(UTC),
                by=decision.by,
                why=decision.why,
                token=decision.token,
            )

        change = self.log.append(make, decision.token)
        self._approve(change)
        if change.replaces:
            reject(self.hook, change.replaces, f"rolled back by {change.by}: {change.why}")
        return change

    def _current(self, history: Sequence[Change]) -> Change:
        if (current := champion(history)) is None:
            raise RegistryError(f"{self.group} has no champion yet, so there is nothing to roll back")
        return current

    def _target(self, history: Sequence[Change], current: Change, version: int | None) -> Change:
        known = {each.version: each for each in history if each.version != current.version}
        target = before(history, current) if version is None else known.get(version)
        if target is None:
            asked = "a champion before the current one" if version is None else f"version {version}"
            there = ", ".join(map(str, sorted(known))) or "none"
            raise RegistryError(
                f"{self.group} cannot be rolled back to {asked}: version {current.version} is the champion, and the "
                f"versions that were champion before are: {there}"
            )
        return target

    def _version(self, arn: str) -> int:
        request = {"ModelPackageName": arn}
        package = self.hook.call("sagemaker", "DescribeModelPackage", request, expect="ModelPackageArn")
        if package.get("ModelPackageGroupName") != self.group:
            raise RegistryError(f"{arn} is of group {package.get('ModelPackageGroupName')}, not {self.group}")
        return int(package["ModelPackageVersion"])

    def _approve(self, change: Change) -> None:
        why = f"{change.kind} by {change.by}: {change.why}"
        _update(self.hook, change.model_package_arn, "Approved", why)


def reject(hook: SageMakerJobHook, model_package_arn: str, why: str) -> None:
    """Marks a version as one that is not to be used."""
    _update(hook, model_package_arn, "Rejected", why)


def _update(hook: SageMakerJobHook, arn: str, status: str, why: str) -> None:
    request = {
        "ModelPackageArn": arn,
        "ModelApprovalStatus": status,
        "ApprovalDescription": why[:_LONGEST_DESCRIPTION],
    }
    hook.call("sagemaker", "UpdateModelPackage", request, expect="ModelPackageArn")
