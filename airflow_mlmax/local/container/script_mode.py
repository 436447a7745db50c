"""Script mode of the framework images: how a user's script is found, called and told about its job.

The rules are those of sagemaker-training 5.1.4, without the package: it is a source distribution with a C extension,
and it waits for a name server that knows `algo-1`.
"""

import json
import logging
import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from airflow_mlmax.local.jobs.job import JobError

PROGRAM = "sagemaker_program"
SUBMIT_DIRECTORY = "sagemaker_submit_directory"

_OWN_PREFIX = "sagemaker_"
_OWN = {
    PROGRAM, SUBMIT_DIRECTORY, "sagemaker_enable_cloudwatch_metrics", "sagemaker_region",
    "sagemaker_container_log_level", "sagemaker_job_name", "default_user_module_name",
    "_tuning_objective_metric", "sagemaker_s3_output",
}  # fmt: skip
_SAFE_PROGRAM = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._+-]*(/[A-Za-z0-9._+-]+)*")

_ML = "/opt/ml"
_INPUT, _OUTPUT = f"{_ML}/input", f"{_ML}/output"


@dataclass(frozen=True)
class Script:
    """A user's program and its hyperparameters, decoded."""

    program: str
    source: str
    """Where its code comes from: an S3 URI of a `.tar.gz`, or a path below /opt/ml."""

    settings: dict[str, Any]
    """What is meant for the toolkit."""

    parameters: dict[str, Any]
    """What is meant for the script."""

    def kind(self, code: Path) -> Literal["command", "package", "program"]:
        """What the entry point is, judged by its name and the folder `code` that holds it."""
        if self.program.endswith(".sh"):
            return "command"
        if (code / "setup.py").is_file():
            return "package"
        return "program" if self.program.endswith(".py") else "command"

    @classmethod
    def of(cls, hyperparameters: Mapping[str, str]) -> "Script | None":
        """The script that hyperparameters name, or None. Raises JobError for a name outside the code folder."""
        values = {key: decoded(value) for key, value in hyperparameters.items()}
        program = values.get(PROGRAM)
        if program is None:
            return None
        if not _SAFE_PROGRAM.fullmatch(str(program)) or {".", ".."} & set(str(program).split("/")):
            raise JobError(
                f"ClientError: {PROGRAM} {program!r} is not a path inside the source directory; "
                "use letters, digits and . _ + - /"
            )
        settings = {key: value for key, value in values.items() if key.startswith(_OWN_PREFIX) or key in _OWN}
        parameters = {key: value for key, value in values.items() if key not in settings}
        return cls(str(program), str(values.get(SUBMIT_DIRECTORY, f"{_ML}/code")), settings, parameters)

    def arguments(self) -> list[str]:
        """The script's arguments, sorted by name."""
        words = []
        for key in sorted(self.parameters):
            words += [f"--{key}" if len(key) > 1 else f"-{key}", _word(self.parameters[key])]
        return words

    def command(self, code: Path, python: str) -> list[str]:
        """The command that calls the script from its folder."""
        kind = self.kind(code)
        if kind == "command":
            quoted = " ".join(shlex.quote(word) for word in self.arguments())
            return ["/bin/sh", "-c", f"./{shlex.quote(self.program)} {quoted}"]
        if kind == "package":
            return [python, "-m", self.program.removesuffix(".py"), *self.arguments()]
        return [python, "--", self.program, *self.arguments()]

    def environment(
        self, inputs: Mapping[str, Any], resources: Mapping[str, Any], job_name: str
    ) -> dict[str, str]:
        """The `SM_...` variables, from `inputdataconfig.json` and `resourceconfig.json` of one host."""
        training = self._training_environment(inputs, resources, job_name)
        values = {key: value for key, value in training.items() if key not in _ONLY_IN_TRAINING_ENV}
        values |= {
            "hps": self.parameters,
            "framework_params": training["additional_framework_parameters"],
            "channels": sorted(inputs),
            "training_env": training,
            "user_args": self.arguments(),
        }
        values |= {f"channel_{name}": path for name, path in training["channel_input_dirs"].items()}
        values |= {f"hp_{key}": value for key, value in self.parameters.items()}
        return {f"SM_{key.upper()}": _variable(value) for key, value in values.items()}

    def _training_environment(
        self, inputs: Mapping[str, Any], resources: Mapping[str, Any], job_name: str
    ) -> dict[str, Any]:
        groups = {group["instance_group_name"]: group for group in resources["instance_groups"]}
        group = resources["current_group_name"]
        framework = {key: value for key, value in self.settings.items() if key not in _OWN}
        return {
            "additional_framework_parameters": framework,
            "channel_input_dirs": {name: f"{_INPUT}/data/{name}" for name in inputs},
            "current_host": resources["current_host"],
            "current_instance_group": group,
            "current_instance_group_hosts": groups[group]["hosts"],
            "current_instance_type": resources["current_instance_type"],
            "distribution_hosts": resources["hosts"],
            "distribution_instance_groups": framework.get("sagemaker_distribution_instance_groups", []),
            "framework_module": None,
            "hosts": resources["hosts"],
            "hyperparameters": self.parameters,
            "input_config_dir": f"{_INPUT}/config",
            "input_data_config": inputs,
            "input_dir": _INPUT,
            "instance_groups": list(groups),
            "instance_groups_dict": groups,
            "is_hetero": len(groups) > 1,
            "is_master": resources["current_host"] == resources["hosts"][0],
            "job_name": job_name,
            "log_level": self.settings.get("sagemaker_container_log_level", logging.INFO),
            "master_hostname": resources["hosts"][0],
            "model_dir": f"{_ML}/model",
            "module_dir": self.source,
            "module_name": self.program.removesuffix(".py"),
            "network_interface_name": resources["network_interface_name"],
            "num_cpus": os.cpu_count(),
            "num_gpus": 0,
            "num_neurons": 0,
            "output_data_dir": f"{_OUTPUT}/data",
            "output_dir": _OUTPUT,
            "output_intermediate_dir": f"{_OUTPUT}/intermediate",
            "resource_config": resources,
            "user_entry_point": self.program,
        }


_ONLY_IN_TRAINING_ENV = {
    "additional_framework_parameters", "channel_input_dirs", "distribution_hosts", "hyperparameters",
    "is_master", "job_name", "master_hostname",
}  # fmt: skip


def decoded(value: str) -> Any:
    """A hyperparameter as the toolkit reads it: JSON if it is JSON, else the text itself."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def _word(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ",".join(f"{key}={item}" for key, item in sorted(value.items()))
    return str(value)


def _variable(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))
