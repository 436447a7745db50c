"""Rules of monitoring schedules."""

from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.resources import ResourceKey
from airflow_mlmax.local.rules.rule import Body, Rule

_CONFIG = "MonitoringScheduleConfig"


def definition_exists(call: ApiCall, body: Body) -> str | None:
    """The named definition is there, and of the kind that MonitoringType says."""
    config = body[_CONFIG]
    name = config.get("MonitoringJobDefinitionName")
    if name is None:
        return None
    key = ResourceKey(call.region, f"{config['MonitoringType']}JobDefinition", name)
    is_there = call.parts.store.get(key.region, key.kind, name)
    return None if is_there else f"Monitoring Job Definition {key.arn} not found."


def model_explains_itself(_: ApiCall, body: Body) -> str | None:
    """Clarify's attribution asks a shadow endpoint of the model, which is not there."""
    if body[_CONFIG].get("MonitoringType") != "ModelExplainability":
        return None
    return (
        "The local runtime does not implement schedules of MonitoringType ModelExplainability: they ask an endpoint. "
        "Use MonitorOperator with kind feature_attribution."
    )


RULES: tuple[Rule, ...] = (definition_exists, model_explains_itself)
