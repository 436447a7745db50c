"""Rules of tags."""

from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.rules.rule import Body, Rule, repeated


def keys_are_distinct(_: ApiCall, body: Body) -> str | None:
    key = repeated(tag["Key"] for tag in body.get("Tags", ()))
    return f"Duplicate tag keys: {key}" if key is not None else None


def keys_are_not_reserved(_: ApiCall, body: Body) -> str | None:
    key = next((tag["Key"] for tag in body.get("Tags", ()) if tag["Key"].lower().startswith("aws:")), None)
    return f"Tag keys must not begin with aws:, which is reserved: {key}" if key else None


RULES: tuple[Rule, ...] = (keys_are_distinct, keys_are_not_reserved)
