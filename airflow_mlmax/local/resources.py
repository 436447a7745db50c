"""Names of what the runtime keeps: the account, and the ARN of a resource and back."""

import re
from dataclasses import dataclass

ACCOUNT = "123456789012"

_PATHS = {
    "TrainingJob": "training-job",
    "ProcessingJob": "processing-job",
    "TransformJob": "transform-job",
    "HyperParameterTuningJob": "hyper-parameter-tuning-job",
    "Model": "model",
    "ModelPackageGroup": "model-package-group",
    "ModelPackage": "model-package",
    "MonitoringSchedule": "monitoring-schedule",
    "DataQualityJobDefinition": "data-quality-job-definition",
    "ModelQualityJobDefinition": "model-quality-job-definition",
    "ModelBiasJobDefinition": "model-bias-job-definition",
    "ModelExplainabilityJobDefinition": "model-explainability-job-definition",
}
_KINDS = {path: kind for kind, path in _PATHS.items()}
_ARN = re.compile(
    r"arn:aws[a-z\-]*:sagemaker:(?P<region>[a-z0-9\-]+):[0-9]{12}:(?P<path>[a-z\-]+)/(?P<name>.+)"
)


@dataclass(frozen=True)
class ResourceKey:
    """What finds one resource in the store."""

    region: str
    kind: str
    name: str

    @property
    def arn(self) -> str:
        return arn(self.region, self.kind, self.name)


def arn(region: str, kind: str, name: str) -> str:
    """ARN of a resource; a version of a model package has the name `<group>/<version>`."""
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:{_PATHS[kind]}/{name}"


def parse_arn(text: str) -> ResourceKey | None:
    """The resource that an ARN names; None if it is not the ARN of a kind that the runtime keeps."""
    found = _ARN.fullmatch(text)
    kind = _KINDS.get(found["path"]) if found else None
    return ResourceKey(found["region"], kind, found["name"]) if found and kind else None
