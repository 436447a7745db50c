"""What the documents show is there and runs: code blocks, commands, paths, links."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from airflow_mlmax.sagemaker.jobs import JOB_TYPES
from airflow_mlmax.sagemaker.monitoring import MONITOR_TYPES, MONITORING_EXECUTION

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
OWN_PATH = re.compile(r"`((?:airflow_mlmax|constraints|dags|docs|tests|benchmarks)/[\w./-]*)`")
OPERATION = re.compile(r'"((?:Create|Describe|List|Start|Stop|Update|Delete)[A-Za-z]+)"')
# What a reader replaces by values of their own.
PLACEHOLDERS = {
    "IMAGE": "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1",
    "ROLE": "arn:aws:iam::123456789012:role/mine",
}


def blocks(*languages: str) -> list[Any]:
    return [
        pytest.param(text, id=f"{document.relative_to(REPOSITORY)}-{number}")
        for document in DOCUMENTS
        for number, (language, text) in enumerate(BLOCK.findall(document.read_text()), start=1)
        if language in languages
    ]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("text", blocks("python"))
def test_a_python_block_runs(text: str) -> None:
    """Copied into a file, the block imports and its DAGs are built."""
    exec(compile(text, "block", "exec"), {"__name__": "block", **PLACEHOLDERS})  # noqa: S102  our own documents


@pytest.mark.parametrize("text", blocks("json"))
def test_a_json_block_is_json(text: str) -> None:
    """Copied into a file, the block can be read."""
    json.loads(text)


@pytest.mark.parametrize("text", blocks("console", "sh", "bash"))
def test_a_make_command_names_a_target(text: str) -> None:
    """Each `make x` of a block is a target of the Makefile."""
    commands = [line.removeprefix("$ ").split() for line in text.splitlines()]
    asked = {
        word for command in commands if command[:1] == ["make"] for word in command[1:] if "=" not in word
    }
    assert asked <= targets()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    """Relative links and paths of the repository exist."""
    text = document.read_text()
    missing = {link for link in LINK.findall(text) if not (document.parent / link).exists()}
    missing |= {path for path in OWN_PATH.findall(text) if not (REPOSITORY / path).exists()}
    assert not missing


def test_the_readme_shows_the_two_commands_and_the_test_command_is_what_ci_runs() -> None:
    """`make demo` and `make test` stand in the README, and CI runs the latter."""
    text = (REPOSITORY / "README.md").read_text()
    assert "make demo\n" in text
    assert "make test\n" in text
    assert "make test" in (REPOSITORY / ".ci" / "run").read_text()


def test_the_policy_allows_what_the_package_calls_and_no_more() -> None:
    """Every SageMaker operation that a hook is asked for is an action of the documented role, and the other way round."""
    (policy,) = BLOCK.findall((REPOSITORY / "docs/how-to/deploy.md").read_text())[1:]
    statements = json.loads(policy[1])["Statement"]
    actions = {action for each in statements for action in _listed(each["Action"])}
    called = {
        job.operation(verb) for job in JOB_TYPES.values() for verb in ("Create", "Describe", "Stop", "List")
    }
    sources = [
        path.read_text()
        for folder in ("hooks", "operators", "pipelines", "triggers")
        for path in (REPOSITORY / "airflow_mlmax" / folder).rglob("*.py")
    ]
    called |= {
        name
        for source in sources
        for name in OPERATION.findall(source)
        if "Model" in name or "Monitoring" in name or "TrainingJobs" in name or name == "ListTags"
    }
    called |= {kind.operation(verb) for kind in MONITOR_TYPES.values() for verb in ("Create", "Describe")}
    called.add(MONITORING_EXECUTION.operation("List"))
    called.add("AddTags")  # asked of whoever creates something with tags
    assert {action.removeprefix("sagemaker:") for action in actions if "sagemaker:" in action} == called


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
