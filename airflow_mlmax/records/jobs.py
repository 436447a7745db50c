"""What a record keeps of a job's description: where its data, code and image are, when it ran, how it ended."""

from collections.abc import Mapping
from typing import Any

from airflow_mlmax.sagemaker.code import code_uri
from airflow_mlmax.sagemaker.jobs import JobType
from airflow_mlmax.sagemaker.measures import running_times
from airflow_mlmax.sagemaker.rules.reading import part, structures
from airflow_mlmax.sagemaker.secrets import options

_OF_THE_IMAGE = "sagemaker_"
"""How the hyperparameters begin that SageMaker's framework images take for themselves."""


def job_facts(job_type: JobType, description: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a job's record that its description tells."""
    started, ended = running_times(job_type, description)
    # A search describes its jobs once, for all of them.
    job = part(description, "TrainingJobDefinition") or description
    inputs = _inputs(job)
    inputs.pop("code", None)
    return {
        "job_type": job_type.resource,
        "arn": description.get(job_type.arn_key),
        "status": str(job_type.status(description)),
        "started": started,
        "ended": ended,
        "image_uri": _image(job),
        "code_uri": code_uri(job),
        "inputs": inputs,
        "outputs": _outputs(job),
        "parameters": _parameters(description, job),
    }


def _parameters(description: Mapping[str, Any], job: Mapping[str, Any]) -> dict[str, Any]:
    """Hyperparameters, those of the best training where there was a search, or the arguments of a processing job."""
    found = {
        **options(part(job, "AppSpecification", "ContainerArguments") or ()),
        **(part(job, "HyperParameters") or {}),
        **(part(job, "StaticHyperParameters") or {}),
        **(part(description, "BestTrainingJob", "TunedHyperParameters") or {}),
    }
    return {name.lstrip("-"): value for name, value in found.items() if not name.startswith(_OF_THE_IMAGE)}


def _inputs(job: Mapping[str, Any]) -> dict[str, str]:
    found = {
        each.get("InputName"): part(each, "S3Input", "S3Uri") for each in structures(job, "ProcessingInputs")
    }
    found |= {
        each.get("ChannelName"): part(each, "DataSource", "S3DataSource", "S3Uri")
        for each in structures(job, "InputDataConfig")
    }
    found["rows"] = found.get("rows") or part(job, "TransformInput", "DataSource", "S3DataSource", "S3Uri")
    return _known(found)


def _outputs(job: Mapping[str, Any]) -> dict[str, str]:
    found = {
        each.get("OutputName"): part(each, "S3Output", "S3Uri")
        for each in structures(job, "ProcessingOutputConfig", "Outputs")
    }
    found["output"] = (
        found.get("output")
        or part(job, "OutputDataConfig", "S3OutputPath")
        or part(job, "TransformOutput", "S3OutputPath")
    )
    return _known(found)


def _image(job: Mapping[str, Any]) -> str | None:
    image: str | None = part(job, "AppSpecification", "ImageUri") or part(
        job, "AlgorithmSpecification", "TrainingImage"
    )
    return image


def _known(found: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name): str(uri) for name, uri in found.items() if uri}
