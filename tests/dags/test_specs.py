"""Three models in one folder, as the dag-processor reads it: the flights, a copy under another name, and one that is broken."""

import shutil
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag

from airflow_mlmax.planning.plan import Plan, plan

# Airflow reads .airflowignore with it.
pytestmark = pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning")

DAGS = Path(__file__).parents[2] / "dags"
PAGES = sorted(path.stem for path in DAGS.glob("*.py") if path.stem != "broken_specs")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("specs") / "dags"
    leave_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(DAGS, folder, ignore=leave_out)
    for name in ("copied", "broken"):
        shutil.copytree(DAGS / "models/flights", folder / "models" / name, ignore=leave_out)
    broken = folder / "models/broken/model.yaml"
    broken.write_text(broken.read_text().replace("image: sklearn", "image: torch") + "evalution: {}\n")
    return folder


@pytest.fixture(scope="module")
def bag(folder: Path) -> DagBag:
    return DagBag(folder, bundle_path=folder)


@pytest.fixture(scope="module")
def planned(folder: Path) -> Plan:
    return plan(folder, "prod", ["copied"])


def test_a_broken_spec_leaves_the_other_models(bag: DagBag) -> None:
    """They have all their DAGs, the broken one none."""
    assert sorted(bag.dags) == [f"{model}_{page}" for model in ("copied", "flights") for page in PAGES]


def test_a_broken_spec_is_one_import_error(bag: DagBag) -> None:
    """With the mistakes of the spec, at the end of the traceback."""
    (text,) = bag.import_errors.values()
    assert "broken_specs.py" in next(iter(bag.import_errors))
    assert "2 mistake(s) in the specs in " in text
    assert (
        "models/broken/model.yaml: image = 'torch': not among the images of local; known are sklearn" in text
    )
    assert "models/broken/model.yaml: evalution: unknown key; did you mean 'evaluation'?" in text


def test_a_copied_folder_is_a_model(planned: Plan, bag: DagBag) -> None:
    """All its DAGs are planned without fault but that of the broken one, with names and places of its own."""
    assert [dag.dag_id for dag in planned.dags] == [f"copied_{page}" for page in PAGES]
    assert [fault.file for fault in planned.faults] == ["dags/broken_specs.py"]
    requests = [
        str(draft.request) for dag in planned.dags for task in dag.tasks for draft in task.planned.drafts
    ]
    assert len(requests) > len(PAGES)
    for request in requests:
        assert "/flights/flights_" not in request
        assert "copied" in request
    assert bag.dags["copied_retraining"].get_task("train").trigger_dag_id == "copied_training"
