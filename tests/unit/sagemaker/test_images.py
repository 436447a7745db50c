import importlib.metadata
import json
from importlib.resources import files

import pytest

from airflow_mlmax.sagemaker import images


@pytest.mark.parametrize(
    ("arguments", "uri"),
    [
        (
            ("xgboost", "eu-west-1", "1.7-1"),
            "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1",
        ),
        (
            ("sklearn", "us-east-1", "1.4-2"),
            "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3",
        ),
        (("kmeans", "cn-north-1"), "390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn/kmeans:1"),
        (
            ("model-monitor", "eu-west-1"),
            "468650794304.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-model-monitor-analyzer",
        ),
        (("xgboost", "us-east-1", "latest"), "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:latest"),
    ],
)
def test_an_image_is_named_as_the_sdk_names_it(arguments: tuple[str, ...], uri: str) -> None:
    """Account, registry host of the partition, repository and tag."""
    assert images.image_uri(*arguments) == uri


def test_several_python_versions_are_told_apart() -> None:
    """An image with more than one Python version wants to be asked for one."""
    uri = images.image_uri("spark", "us-east-1", "3.5", scope="processing", py_version="py312")
    assert uri.endswith("/sagemaker-spark-processing:3.5-cpu-py312")
    with pytest.raises(ValueError, match="py39, py312"):
        images.image_uri("spark", "us-east-1", "3.5", scope="processing")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pytorch", "us-east-1", "2.0"), "'pytorch' is not listed"),
        (("xgboost", "us-east-1", "9.9"), "'9.9' is not listed"),
        (("xgboost", "us-east-1"), "None is not listed"),
        (("kmeans", "mars-north-1"), "no image account listed in mars-north-1"),
        (("../images/kmeans", "us-east-1"), "is not listed"),
        (("_source", "us-east-1"), "is not listed"),
    ],
)
def test_what_is_not_listed_is_refused(arguments: tuple[str, ...], words: str) -> None:
    """No account is ever invented; the error says what is listed."""
    with pytest.raises(ValueError, match=words):
        images.image_uri(*arguments)


def test_every_listed_image_has_a_uri() -> None:
    """Each framework resolves in us-east-1 for each of its versions and scopes."""
    for framework in images.frameworks():
        data = json.loads(files(images).joinpath(f"{framework}.json").read_text())
        scopes = {"training": data} if "versions" in data else data
        for scope, scoped in scopes.items():
            if scope == "inference_graviton":
                continue
            for version, image in scoped["versions"].items():
                python = (image.get("py_versions") or [None])[0]
                uri = images.image_uri(framework, "us-east-1", version, scope=scope, py_version=python)
                assert image["repository"] in uri


def test_the_data_says_where_it_is_from() -> None:
    """The stamp names package, version and licence; beside that very version the files are equal."""
    stamp = json.loads(files(images).joinpath("_source.json").read_text())
    assert (stamp["package"], stamp["licence"]) == ("sagemaker-core", "Apache-2.0")
    try:
        installed = importlib.metadata.distribution(stamp["package"])
    except importlib.metadata.PackageNotFoundError:
        return
    if installed.version == stamp["version"]:
        for framework in images.frameworks():
            theirs = installed.locate_file(f"{stamp['folder']}/{framework}.json")
            assert files(images).joinpath(f"{framework}.json").read_text() == theirs.read_text()
