"""Which Python stands for an image."""

import sys
from pathlib import Path

import pytest

from airflow_mlmax.local.container.interpreters import Interpreter, Interpreters

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"


@pytest.mark.parametrize("image", [SKLEARN, "python:3.11-slim", "docker.io/library/python:3.12"])
def test_shipped_images(image: str) -> None:
    """The images of the examples run under the runtime's own Python."""
    found = Interpreters().find(image)
    assert found
    assert found.python == sys.executable


@pytest.mark.parametrize("name", ["sagemaker-model-monitor-analyzer", "sagemaker-clarify-processing:1.0"])
def test_the_package_stands_for_awss_analyzers(name: str) -> None:
    """An image that cannot be had runs the shipped analyzer, which lies in the named folder."""
    found = Interpreters().find(f"156813124566.dkr.ecr.us-east-1.amazonaws.com/{name}")
    assert found
    assert found.folder
    assert (found.folder / found.process[1]).is_file()


def test_a_folder_is_one_beside_its_file(tmp_path: Path) -> None:
    """A relative path starts at the table, and leads to a folder."""
    path = tmp_path / "mine.toml"
    entry = '[[interpreter]]\nimage = "x"\npython = "runtime"\nprocess = ["run"]\nfolder = "image"\n'
    path.write_text(entry)
    with pytest.raises(ValueError, match="no folder at"):
        Interpreters(path)
    (tmp_path / "image").mkdir()
    assert Interpreters(path).entries[0].folder == (tmp_path / "image").resolve()


def test_unknown_image() -> None:
    """No pattern, no Python."""
    assert Interpreters().find("123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1") is None


def test_own_file_comes_first(tmp_path: Path) -> None:
    """Entries of the user's file add images and override the shipped ones; the file is the one to edit."""
    path = tmp_path / "interpreters.toml"
    path.write_text(
        f'[[interpreter]]\nimage = "*/mine:*"\npython = "{sys.executable}"\ntrain = ["python", "-m", "mine"]\n'
        '[[interpreter]]\nimage = "*scikit-learn*"\npython = "/bin/sh"\n'
    )
    table = Interpreters(path)
    assert table.source == str(path)
    assert table.find("x/mine:1") == Interpreter("*/mine:*", sys.executable, ("python", "-m", "mine"))
    sklearn = table.find(SKLEARN)
    assert sklearn
    assert sklearn.python == "/bin/sh"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[[interpreter", "is not TOML", id="syntax"),
        pytest.param('[[interpreter]]\nimage = "x"', "'python'", id="no python"),
        pytest.param('[[interpreter]]\nimage = "x"\npython = "runtime"\npyton = 1', "'pyton'", id="misspelt"),
        pytest.param(
            '[[interpreter]]\nimage = "x"\npython = "/no/python"', "no Python at /no/python", id="absent"
        ),
    ],
)
def test_bad_file(tmp_path: Path, text: str, words: str) -> None:
    """A wrong file is refused at once, with its name, the entry and the reason."""
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=words) as error:
        Interpreters(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["python3", "a.py"], ["/py", "a.py"]),
        (["/miniconda3/bin/python3.9", "a.py"], ["/py", "a.py"]),
        (["bash", "run.sh"], ["bash", "run.sh"]),
        (["pythonic"], ["pythonic"]),
    ],
    ids=lambda words: words[0],
)
def test_command(words: list[str], command: list[str]) -> None:
    """An image's Python, by whatever path, becomes the bound one; other programs stay."""
    assert Interpreter("*", "/py").command(words) == command
