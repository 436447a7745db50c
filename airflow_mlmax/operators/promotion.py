"""Champion and challenger: compare two models on the same rows, promote one, roll back to one before."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import AirflowSkipException, Context

from airflow_mlmax.exceptions import BadRequestError, ConflictError
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.moments import moment_of
from airflow_mlmax.notifications.events import tell_decision
from airflow_mlmax.operators.building import Source
from airflow_mlmax.operators.identity import in_backfill, token_of
from airflow_mlmax.operators.planned import Planned
from airflow_mlmax.operators.processing import ProcessingJobOperator
from airflow_mlmax.registry.champions import Change
from airflow_mlmax.registry.log import LostRaceError
from airflow_mlmax.registry.registry import Decision, Registry, RegistryError
from airflow_mlmax.sagemaker.actions import OBJECTS

_SCRIPTS = Path(__file__).parents[1] / "scripts"
_MOST_REASONS = 3
NO_CHAMPION, INCOMPARABLE = "no_champion", "incomparable"


class CompareModelsOperator(ProcessingJobOperator):
    """Measures how sure it is that a challenger is not worse than the champion, by a paired bootstrap on the same rows.

    A Processing job with numpy: see `airflow_mlmax.scripts.comparison`. XCom: `decision` (`non_inferior`, `inferior`,
    `incomparable`, or `no_champion`, which needs no job), `reasons` (up to three), `comparison_uri`, beside the keys of every job.

    :param champion_version: its number; None if there is no champion
    :param champion_uri: S3 prefix of the champion's predictions as CSV, or of an `incomparable.json` with the `reason` why it cannot
        score the challenger's rows
    :param challenger_uri: the same of the challenger, for the same rows
    :param output_uri: S3 prefix of `comparison.json`
    :param policy: `{key, label, score, margins, floors, slices, slice_min_rows, cluster, resamples, confidence, seed}`; names of
        columns, and by metric (`roc_auc`, `pr_auc`, `log_loss`, `brier`) how much the challenger may be worse
    """

    own_actions = OBJECTS
    template_fields: Sequence[str] = (
        *ProcessingJobOperator.template_fields,
        *("champion_version", "champion_uri", "challenger_uri", "output_uri", "policy"),
    )

    def __init__(
        self,
        *,
        champion_version: int | str | None,
        champion_uri: str,
        challenger_uri: str,
        output_uri: str,
        policy: dict[str, Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"entry_point": "compare.py", "source_dir": str(_SCRIPTS), **kwargs})
        self.champion_version = champion_version
        self.champion_uri = champion_uri
        self.challenger_uri = challenger_uri
        self.output_uri = output_uri
        self.policy = policy

    def execute(self, context: Context) -> dict[str, Any]:
        if self.champion_version is None:
            self.log.info("There is no champion yet: nothing to compare with.")
            return {"decision": NO_CHAMPION, "reasons": [], "comparison_uri": None}
        return super().execute(context)

    def planned(self, context: Context) -> Planned:
        planned = super().planned(context)
        drafts = [replace(each, when=each.when or "where there is a champion") for each in planned.drafts]
        return replace(planned, drafts=drafts)

    def locate(self, context: Context) -> list[Source]:
        self.inputs = {"champion": self.champion_uri, "challenger": self.challenger_uri}
        self.outputs = {"comparison": self.output_uri}
        self.arguments = {
            name.replace("_", "-"): _argument(value)
            for name, value in self.policy.items()
            if value is not None
        }
        return super().locate(context)

    def result(self, description: Mapping[str, Any]) -> dict[str, Any]:
        uri = f"{super().result(description)['comparison'].rstrip('/')}/comparison.json"
        report = S3Objects(self.hook).read_json(uri)
        for reason in report["reasons"]:
            self.log.warning("%s: %s", report["decision"], reason)
        return {
            "decision": report["decision"],
            "reasons": report["reasons"][:_MOST_REASONS],
            "comparison_uri": uri,
        }


class _ChampionOperator(AwsBaseOperator[SageMakerJobHook]):
    """What promotion and roll-back share: the model, the log, and the words for the record."""

    aws_hook_class = SageMakerJobHook
    template_fields: Sequence[str] = aws_template_fields(
        "group", "champions_uri", "why", "by", "effective", "namespace", "security"
    )
    ui_color = "#d5e4f0"

    def __init__(
        self,
        *,
        group: str,
        champions_uri: str,
        why: str,
        by: str | None = None,
        effective: str | None = None,
        namespace: str = "",
        security: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"multiple_outputs": True, **kwargs})
        self.group = group
        self.champions_uri = champions_uri
        self.why = why
        self.by = by
        self.effective = effective
        self.namespace = namespace
        self.security = security

    def change(self, registry: Registry, decision: Decision) -> Change:
        """Makes the change."""
        raise NotImplementedError

    def moment(self) -> datetime | None:
        """From when on the change holds; None is now."""
        try:
            return moment_of(self.effective) if self.effective else None
        except ValueError as error:
            raise RegistryError(f"effective is {self.effective!r}; give an ISO date") from error

    def execute(self, context: Context) -> dict[str, Any]:
        run: Any = context["dag_run"]
        by = self.by or getattr(run, "triggering_user_name", None) or f"the schedule of {run.dag_id}"
        decision = Decision(by=by, why=self.why, token=token_of(context, self.namespace))
        key = (self.security or {}).get("output_kms_key")
        registry = Registry(self.hook, self.group, self.champions_uri, key)
        try:
            change = self.change(registry, decision)
        except RegistryError as error:
            raise BadRequestError(f"BadRequestError: task {self.task_id}: {error}") from error
        except LostRaceError as error:
            raise ConflictError(f"ConflictError: task {self.task_id}: {error}") from error
        what = f"version {change.version} of {self.group} is the champion"
        why = f"{change.kind} by {change.by}: {change.why}"
        self.log.info("%s (%s)", what, why)
        tell_decision(context, what, why)
        return {
            "model_package_arn": change.model_package_arn,
            "version": change.version,
            "replaces": change.replaces,
            "change": change.number,
            "kind": change.kind,
            "by": change.by,
            "why": change.why,
            "effective": change.effective.isoformat(),
        }


class PromoteModelOperator(_ChampionOperator):
    """Makes a version of a model the champion, in one step that is recorded with who, when and why.

    Skipped in a backfill: the past is no reason to change what is in use today. XCom: `model_package_arn`, `version`, `replaces`
    (ARN of the champion before), `change` (its number in the log), `kind` (`promotion`, `roll_back`), `by`, `why`, `effective`,
    `decision_told`.

    :param group: model package group
    :param model_package_arn: the version
    :param champions_uri: S3 prefix of the model's champion log
    :param why: for the record
    :param by: who decided; by default who triggered the run, else the schedule
    :param effective: ISO date from which on it is the champion of the data, for backfills of earlier days; now if not given
    :param evidence: what the decision was based on, such as URIs of reports
    :param namespace: as in `SageMakerJobOperator`
    :param security: the environment's security block; its output key encrypts the log
    :raises BadRequestError: the version is of another group, or `effective` is no date
    :raises ConflictError: somebody else changed the champion at the same moment
    """

    template_fields: Sequence[str] = (
        *_ChampionOperator.template_fields,
        *("model_package_arn", "evidence"),
    )

    def __init__(
        self,
        *,
        model_package_arn: str,
        evidence: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.model_package_arn = model_package_arn
        self.evidence = evidence

    def execute(self, context: Context) -> dict[str, Any]:
        if in_backfill(context):
            raise AirflowSkipException(
                "a backfill never promotes; to use this version, trigger a run or promote it by hand"
            )
        return super().execute(context)

    def change(self, registry: Registry, decision: Decision) -> Change:
        return registry.promote(
            self.model_package_arn, decision, effective=self.moment(), evidence=self.evidence
        )


class RollBackModelOperator(_ChampionOperator):
    """Makes an earlier champion the champion again, in one step, and rejects the version that it replaces.

    XCom: the keys of `PromoteModelOperator`, whose arguments without `model_package_arn` and `evidence` are these, and:

    :param to_version: number of a version that was champion before; by default the one before the current
    :raises BadRequestError: there is no such version
    :raises ConflictError: somebody else changed the champion at the same moment
    """

    template_fields: Sequence[str] = (*_ChampionOperator.template_fields, "to_version")

    def __init__(self, *, to_version: int | str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.to_version = to_version

    def change(self, registry: Registry, decision: Decision) -> Change:
        version = int(self.to_version) if self.to_version else None
        return registry.roll_back(decision, to_version=version, effective=self.moment())


def _argument(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
