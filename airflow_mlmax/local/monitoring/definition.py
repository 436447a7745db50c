"""One monitoring job, in the same words however it was defined: inside its schedule, or under a name of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.local.store import Record, Store


class MissingDefinition(Exception):  # noqa: N818 - it ends an execution, it is no error of ours
    """The job definition that a schedule names was deleted."""


@dataclass(frozen=True)
class Definition:
    """What an execution does. The mappings have AWS's own members."""

    area: str
    """`DataQuality`, `ModelQuality`, `ModelBias` or `ModelExplainability`."""

    application: Mapping[str, Any]
    environment: Mapping[str, str]
    captured: Mapping[str, Any]
    """The members of `BatchTransformInput`."""

    labels: str | None
    """S3 prefix of the ground truth."""

    output: Mapping[str, Any]
    """The members of `S3Output`."""

    baseline: Mapping[str, Any]
    shared: Mapping[str, Any]
    """The members that a processing job has too, in its own spelling."""


def definition_of(store: Store, schedule: Record) -> Definition:
    """What a schedule runs. Raises MissingDefinition."""
    config = schedule.description["MonitoringScheduleConfig"]
    area = config.get("MonitoringType", "DataQuality")
    if "MonitoringJobDefinition" in config:
        return _inline(area, config["MonitoringJobDefinition"])
    name = config["MonitoringJobDefinitionName"]
    record = store.get(schedule.region, f"{area}JobDefinition", name)
    if record is None:
        raise MissingDefinition(f"ClientError: the monitoring job definition {name} was deleted")
    return _named(area, record.request)


def _inline(area: str, given: Mapping[str, Any]) -> Definition:
    return _made(
        area,
        given,
        application=given["MonitoringAppSpecification"],
        environment=given.get("Environment", {}),
        source=given["MonitoringInputs"][0],
        outputs=given["MonitoringOutputConfig"],
        baseline=given.get("BaselineConfig", {}),
        resources=given["MonitoringResources"],
    )


def _named(area: str, given: Mapping[str, Any]) -> Definition:
    application = given[f"{area}AppSpecification"]
    return _made(
        area,
        given,
        application=application,
        environment=application.get("Environment", {}),
        source=given[f"{area}JobInput"],
        outputs=given[f"{area}JobOutputConfig"],
        baseline=given.get(f"{area}BaselineConfig", {}),
        resources=given["JobResources"],
    )


def _made(
    area: str,
    given: Mapping[str, Any],
    *,
    application: Mapping[str, Any],
    environment: Mapping[str, str],
    source: Mapping[str, Any],
    outputs: Mapping[str, Any],
    baseline: Mapping[str, Any],
    resources: Mapping[str, Any],
) -> Definition:
    kept = {name: given[name] for name in ("RoleArn", "StoppingCondition", "NetworkConfig") if name in given}
    return Definition(
        area=area,
        application=application,
        environment=environment,
        captured=source["BatchTransformInput"],
        labels=source.get("GroundTruthS3Input", {}).get("S3Uri"),
        output=outputs["MonitoringOutputs"][0]["S3Output"],
        baseline=baseline,
        shared={**kept, "ProcessingResources": resources},
    )
