"""A whole Airflow, one for all tests of this package but the demo's, which starts its own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from stack_site import Site, started_site


@pytest.fixture(scope="package")
def state_folder() -> Iterator[Path]:
    """A folder for the stack. Not below pytest's own, which every test run closes to PostgreSQL's user again."""
    with tempfile.TemporaryDirectory(prefix="mlmax-e2e-") as folder:
        yield Path(folder)


@pytest.fixture(scope="package")
def _site(state_folder: Path) -> Iterator[Site]:
    with started_site(state_folder / "stack") as started:
        yield started


@pytest.fixture
def site(_site: Site) -> Site:
    """A whole Airflow with its runtime, which has no fault set and an empty call log."""
    _site.reset()
    return _site
