"""Rules of models."""

from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.resources import ResourceKey, parse_arn
from airflow_mlmax.local.rules.rule import Body, Rule


def package_exists(call: ApiCall, body: Body) -> str | None:
    given = body["PrimaryContainer"].get("ModelPackageName")
    if given is None:
        return None
    key = parse_arn(given) or ResourceKey(call.region, "ModelPackage", given)
    record = call.parts.store.get(key.region, "ModelPackage", key.name)
    if record is None:
        return f"Could not find model package {key.arn}."
    if not record.description.get("InferenceSpecification"):
        return f"The model package {key.arn} has no InferenceSpecification."
    return None


def package_brings_the_data(_: ApiCall, body: Body) -> str | None:
    container = body["PrimaryContainer"]
    if "ModelPackageName" not in container:
        return None
    given = [name for name in ("ModelDataUrl", "ModelDataSource") if name in container]
    return f"{' and '.join(given)} of PrimaryContainer come from the ModelPackageName." if given else None


RULES: tuple[Rule, ...] = (package_exists, package_brings_the_data)
