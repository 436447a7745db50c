"""URIs of AWS's own images: built-in algorithms, XGBoost, scikit-learn, Spark, Clarify, Model Monitor.

The data lies beside this module, a selection of sagemaker-core's files in the version that `_source.json` names. What
is not listed there is refused, never guessed: PyTorch, TensorFlow, Hugging Face, GPU and Graviton images need their
full URI, as does production, which pins `@sha256:`.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

_SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
    "eu-isoe-": "cloud.adc-e.uk",
    "eusc-": "amazonaws.eu",
}


def image_uri(
    framework: str,
    region: str,
    version: str | None = None,
    *,
    scope: str = "training",
    py_version: str | None = None,
) -> str:
    """The URI of an image, for example `image_uri("xgboost", "eu-west-1", "1.7-1")`.

    :param version: needed where there are several
    :param scope: `training`, `inference` or `processing`, where the images differ
    :param py_version: such as `py39`; needed where there are several
    :raises ValueError: for anything that the data does not list, with what it does list
    """
    scoped = _scoped(framework, scope)
    number = _only(version, scoped["versions"], f"version of {framework}", scoped.get("version_aliases", {}))
    image = scoped["versions"][number]
    registries = image["registries"]
    if region not in registries:
        raise ValueError(
            f"{framework} {number} has no image account listed in {region}; listed are "
            f"{', '.join(sorted(registries))}. Give the full image URI."
        )
    spelled = version or number
    parts = [image.get("tag_prefix", spelled)]
    processors = scoped.get("processors") or image.get("processors") or []
    parts += [_only(None, processors, "processor")] if processors else []
    if pythons := image.get("py_versions"):
        parts.append(_only(py_version, pythons, f"py_version of {framework} {number}"))
    parts += [build] if (build := _build(image, processors)) else []
    tag = "-".join(parts)
    name = f"{image['repository']}:{tag}" if tag else image["repository"]  # Model Monitor's image has no tag
    return f"{registries[region]}.dkr.ecr.{region}.{_suffix(region)}/{name}"


def frameworks() -> list[str]:
    """Names that `image_uri` knows."""
    names = (entry.name for entry in files(__name__).iterdir())
    return sorted(name.removesuffix(".json") for name in names if name.endswith(".json") and name[0] != "_")


@cache
def _data(framework: str) -> Mapping[str, Any]:
    if framework not in frameworks():
        raise ValueError(
            f"{framework!r} is not listed; listed are {', '.join(frameworks())}. Give the full image URI."
        )
    text = files(__name__).joinpath(f"{framework}.json").read_text(encoding="utf-8")
    data: Mapping[str, Any] = json.loads(text)
    return data


def _scoped(framework: str, scope: str) -> Mapping[str, Any]:
    data = _data(framework)
    if "versions" in data:
        return data
    scoped: Mapping[str, Any] = data[_only(scope if len(data) > 1 else None, data, f"scope of {framework}")]
    return scoped


def _only(
    wanted: str | None,
    choices: Sequence[str] | Mapping[str, Any],
    what: str,
    aliases: Mapping[str, str] | None = None,
) -> str:
    """The wanted one of the choices, or the only one there is."""
    wanted = (aliases or {}).get(wanted or "", wanted)
    if wanted is None and len(choices) == 1:
        return next(iter(choices))
    if wanted is None or wanted not in choices:
        raise ValueError(f"{what}: {wanted!r} is not listed; listed are {', '.join(choices)}.")
    return wanted


def _build(image: Mapping[str, Any], processors: Sequence[str]) -> str | None:
    builds = image.get("container_version")
    return builds.get(processors[0]) if builds and processors else None


def _suffix(region: str) -> str:
    return next(
        (suffix for prefix, suffix in _SUFFIXES.items() if region.startswith(prefix)), "amazonaws.com"
    )
