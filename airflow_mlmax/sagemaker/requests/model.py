"""Requests of `CreateModel`."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from airflow_mlmax.sagemaker.requests.request import Request
from airflow_mlmax.sagemaker.requests.values import present, text_faults, texts

_LONGEST_NAME = 63
_DIGEST_LENGTH = 16


@dataclass(frozen=True, kw_only=True)
class ModelRequest(Request):
    """A model: an image and the archive it loads, or a version of the registry."""

    operation: ClassVar[str] = "CreateModel"
    name_key: ClassVar[str] = "ModelName"
    role_key: ClassVar[str | None] = "ExecutionRoleArn"

    image_uri: str | None = None
    model_data: str | None = None
    """S3 URI of one `model.tar.gz`."""

    model_package: str | None = None
    """ARN of a model package, instead of `image_uri` and `model_data`."""

    entry_point: str | None = None
    """Inference script in the folder `code` of the archive (framework images)."""

    environment: Mapping[str, Any] | None = None
    containers: list[Mapping[str, Any]] | None = None
    """AWS's own container definitions, one after another in a serial pipeline, instead of all above."""

    def body(self) -> dict[str, Any]:
        if self.containers is not None:
            return present(Containers=[*self.containers], ExecutionRoleArn=self.role_arn)
        return present(PrimaryContainer=self._container(), ExecutionRoleArn=self.role_arn)

    def argument_faults(self) -> Iterator[str]:
        yield from text_faults(self.environment, "environment")
        forms = {
            "image_uri": self.image_uri,
            "model_package": self.model_package,
            "containers": self.containers,
        }
        given = [name for name, value in forms.items() if value]
        if len(given) != 1:
            yield f"one of {', '.join(forms)} is needed, given are {given or 'none'}."
        if self.model_data and not self.image_uri:
            yield "model_data needs image_uri, the image that loads it."

    def _container(self) -> dict[str, Any]:
        program = {} if self.entry_point is None else inference_program(self.entry_point)
        return present(
            Image=self.image_uri,
            ModelDataUrl=self.model_data,
            ModelPackageName=self.model_package,
            Environment={**program, **(texts(self.environment) or {})} or None,
        )


def inference_program(entry_point: str) -> dict[str, str]:
    """Variables by which a framework image finds the script in the model archive."""
    return {"SAGEMAKER_PROGRAM": entry_point, "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}


def model_name(request: Mapping[str, Any], prefix: str = "model") -> str:
    """The name that says what a model is: equal requests share it, different ones never do."""
    canonical = json.dumps(request, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()[:_DIGEST_LENGTH]
    words = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in prefix)
    return f"{words[: _LONGEST_NAME - _DIGEST_LENGTH - 1].strip('-') or 'model'}-{digest}"
