"""Rules of models and model packages."""

from airflow_mlmax.local.api_call import ApiCall
from airflow_mlmax.local.resources import ResourceKey, parse_arn
from airflow_mlmax.local.rules.rule import Body, Rule


def has_a_container(_: ApiCall, body: Body) -> str | None:
    return None if "PrimaryContainer" in body else "A model needs a PrimaryContainer."


def one_source_of_image(_: ApiCall, body: Body) -> str | None:
    container = body["PrimaryContainer"]
    if ("Image" in container) != ("ModelPackageName" in container):
        return None
    return "PrimaryContainer needs exactly one of Image and ModelPackageName."


def one_source_of_data(_: ApiCall, body: Body) -> str | None:
    container = body["PrimaryContainer"]
    given = [name for name in ("ModelDataUrl", "ModelDataSource", "ModelPackageName") if name in container]
    return None if len(given) <= 1 else f"PrimaryContainer takes only one of {' and '.join(given)}."


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


def package_has_one_name(_: ApiCall, body: Body) -> str | None:
    if ("ModelPackageName" in body) != ("ModelPackageGroupName" in body):
        return None
    return "A model package needs exactly one of ModelPackageName and ModelPackageGroupName."


RULES: tuple[Rule, ...] = (has_a_container, one_source_of_image, one_source_of_data, package_exists)
PACKAGE_RULES: tuple[Rule, ...] = (package_has_one_name,)
