"""Rules of models and model packages."""

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_mlmax.sagemaker.model_card_schema import content_faults
from airflow_mlmax.sagemaker.rules.reading import one_of, part, structures


def model_faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Faults of a `CreateModel` request."""
    yield from one_of(request, "request", "PrimaryContainer", "Containers")
    containers = [("PrimaryContainer", part(request, "PrimaryContainer"))]
    containers += [(f"Containers[{i}]", item) for i, item in enumerate(structures(request, "Containers"))]
    for where, container in containers:
        if container:
            yield from one_of(container, where, "Image", "ModelPackageName")
            if part(container, "ModelDataUrl") and part(container, "ModelDataSource"):
                yield f"{where}: ModelDataUrl and ModelDataSource exclude each other; transform needs the first."


def model_package_faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Faults of a `CreateModelPackage` request."""
    yield from one_of(request, "request", "ModelPackageGroupName", "ModelPackageName")
    if part(request, "ModelPackageGroupName") and request.get("Tags"):
        yield "Tags are refused for a version of a group: it carries the tags of its group."
    yield from model_card_faults(request)


def model_card_faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Faults of the model card in a request that makes or changes a model package."""
    content = part(request, "ModelCard", "ModelCardContent")
    if isinstance(content, str):
        yield from content_faults(content)
