"""The champion of a model at a terminal."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from registering import make_group, status

from airflow_mlmax.cli import main

CONFIG = Path(__file__).parents[3] / "dags" / "config"


@pytest.fixture
def model(runtime: Any) -> str:
    """A model with three versions; its log lies in the bucket of the local environment."""
    runtime.client("s3").create_bucket(Bucket="mlmax-local")
    name = f"model-{uuid4().hex[:10]}"
    make_group(runtime, name, 3)
    return name


def champion(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Exit status, and what stood on the screen."""
    command, *rest = words
    code = main(["champion", command, *rest, "--config", str(CONFIG), "--aws-conn-id", "aws_default"])
    screen = capsys.readouterr()
    return code, screen.out + screen.err


def test_a_champion_is_promoted_shown_and_rolled_back(
    runtime: Any, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each step is in the history with its reason; of an earlier day the champion is the earlier one."""
    assert champion(capsys, "promote", model, "1", "--effective", "2013-03-01", "--why", "first")[0] == 0
    assert champion(capsys, "promote", model, "2", "--effective", "2013-07-01", "--why", "better")[0] == 0
    code, shown = champion(capsys, "show", model)
    assert code == 0
    assert "champion  version 2, of data from 2013-07-01 00:00 UTC on" in shown
    assert "version 1" in champion(capsys, "show", model, "--as-of", "2013-06-30")[1]
    code, shown = champion(capsys, "roll-back", model, "--why", "complaints")
    assert code == 0
    assert "champion  version 1" in shown
    history = champion(capsys, "show", model, "--history")[1]
    assert [word in history for word in ("first", "better", "complaints")] == [True] * 3
    arn = runtime.client("sagemaker").list_model_packages(ModelPackageGroupName=model)
    versions = {
        each["ModelPackageVersion"]: each["ModelPackageArn"] for each in arn["ModelPackageSummaryList"]
    }
    assert status(runtime, versions[2])[0] == "Rejected"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show",), "has no champion yet"),
        (("show", "--as-of", "2013-01-01"), "has no champion then"),
        (("promote", "9", "--why", "?"), "has no version 9; there are 1, 2, 3"),
        (("roll-back", "--why", "?"), "has no champion yet, so there is nothing to roll back"),
    ],
    ids=["none", "none then", "no version", "nothing to roll back"],
)
def test_what_cannot_be_done_is_one_line(
    model: str, words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit status is 1 and nothing has changed."""
    code, shown = champion(capsys, words[0], model, *words[1:])
    assert code == 1
    assert told in shown


def test_the_champion_is_shown_with_what_it_was_made_from(
    runtime: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """The hash of its code, its inputs with the hash of their list, and the page of its model card."""
    runtime.client("s3").create_bucket(Bucket="mlmax-local")
    model = f"model-{uuid4().hex[:10]}"
    metadata = {
        "mlmax:code-sha256": "c" * 64,
        "mlmax:model-card": "s3://b/card/model-card.html",
        "mlmax:input-flights": "s3://b/pins/flights.json",
        "mlmax:input-flights-sha256": "f" * 64,
    }
    make_group(runtime, model, 1, CustomerMetadataProperties=metadata)
    champion(capsys, "promote", model, "1", "--why", "first")
    lines = [line.strip() for line in champion(capsys, "show", model)[1].splitlines()]
    assert lines[-3:] == [
        f"code: sha256:{'c' * 64}",
        "card: s3://b/card/model-card.html",
        f"input flights: s3://b/pins/flights.json sha256:{'f' * 64}",
    ]


def test_a_change_needs_a_reason(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A record without a reason helps nobody."""
    code, shown = champion(capsys, "promote", model, "1")
    assert code == 2
    assert "--why" in shown
