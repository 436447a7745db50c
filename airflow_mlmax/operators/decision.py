"""The last word before a promotion: the comparison's, and where the policy wants it, a person's."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import AirflowSkipException, Context
from airflow.sdk import BaseNotifier

from airflow_mlmax._compat import waiting_for_person
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.notifications.events import tell_decision
from airflow_mlmax.operators.approval import APPROVE, OPTIONS, answer
from airflow_mlmax.operators.identity import in_backfill
from airflow_mlmax.operators.promotion import INCOMPARABLE, NO_CHAMPION
from airflow_mlmax.registry.registry import reject

AUTOMATIC, PERSON = "automatic", "person"
_POLICY = "the promotion policy"


class ApproveModelOperator(AwsBaseOperator[SageMakerJobHook]):
    """Lets a version be promoted, or rejects it and skips what follows.

    An inferior challenger is rejected with the comparison's reasons. Any other is approved by policy, or a person decides in
    Airflow's UI under Required Actions: always a person where nothing could be compared. In a backfill nobody is asked and
    nothing is approved. XCom: `by`, `why`; of a rejection `refusal`, with the same two, and `decision_told`.

    :param model_package_arn: the version
    :param decision: of `CompareModelsOperator`
    :param reasons: of the same
    :param evidence: URIs and figures that the person sees, by name
    :param approval: `person` or `automatic`
    :param answer_within: seconds after which no answer is a no
    :param notifiers: tell that a person is asked
    """

    aws_hook_class = SageMakerJobHook
    template_fields: Sequence[str] = aws_template_fields(
        *("model_package_arn", "decision", "reasons", "evidence", "approval", "answer_within"),
    )
    ui_color = "#d5e4f0"

    def __init__(
        self,
        *,
        model_package_arn: str,
        decision: str,
        reasons: list[str] | None = None,
        evidence: dict[str, Any] | None = None,
        approval: str = PERSON,
        answer_within: float = 3 * 24 * 3600,
        notifiers: Sequence[BaseNotifier] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"multiple_outputs": True, **kwargs})
        self.model_package_arn = model_package_arn
        self.decision = decision
        self.reasons = reasons
        self.evidence = evidence
        self.approval = approval
        self.answer_within = answer_within
        self.notifiers = notifiers

    def execute(self, context: Context) -> dict[str, Any]:
        if in_backfill(context):
            raise AirflowSkipException("a backfill approves nothing; trigger a run, or approve by hand")
        if self.decision not in {"non_inferior", NO_CHAMPION, INCOMPARABLE}:
            self._refuse(context, _POLICY, f"the champion is better: {self._reasons}")
        if self.approval == AUTOMATIC and self.decision != INCOMPARABLE:
            return {"by": _POLICY, "why": self._why}
        raise waiting_for_person(
            context,
            subject=f"May {self._version} become the champion?",
            body=_question(self._why, self.evidence or {}),
            options=OPTIONS,
            within=timedelta(seconds=float(self.answer_within)),
            method_name="answered",
            kwargs={},
            notifiers=self.notifiers,
        )

    def answered(self, context: Context, event: Mapping[str, Any]) -> dict[str, Any]:
        """Goes on when a person has answered, or has not within the time."""
        given = answer(event)
        self.log.info("answer: %s", given.text)
        if given.option != APPROVE:
            self._refuse(context, given.by if given.option else "nobody", f"not approved: {given.text}")
        return {"by": given.by, "why": self._why}

    @property
    def _version(self) -> str:
        group, number = self.model_package_arn.split("/")[-2:]
        return f"version {number} of {group}"

    @property
    def _why(self) -> str:
        if self.decision == NO_CHAMPION:
            return "the first champion"
        if self.decision == INCOMPARABLE:
            return f"not compared with the champion: {self._reasons}"
        return "not inferior to the champion on the same held-out window"

    @property
    def _reasons(self) -> str:
        return "; ".join(self.reasons or ["no reason given"])

    def _refuse(self, context: Context, by: str, why: str) -> None:
        reject(self.hook, self.model_package_arn, why)
        # For the record of the run: a skipped task returns nothing.
        context["ti"].xcom_push("refusal", {"by": by, "why": why})
        tell_decision(context, f"{self._version} is rejected", why)
        raise AirflowSkipException(f"{self.model_package_arn} is rejected: {why}")


def _question(why: str, evidence: Mapping[str, Any]) -> str:
    """Markdown for the person."""
    rows = [f"| {name} | {value} |" for name, value in evidence.items() if value is not None]
    return "\n".join([f"It is {why}.", "", "| | |", "|---|---|", *rows])
