"""The buttons of a closed gate, as a person meets them in a real browser."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from stack_site import OUTSIDER, Site

from airflow_mlmax.reports import path_of
from airflow_mlmax.stack.environment import CREDENTIALS, REGION
from airflow_mlmax.stack.processes import wait_until

pytestmark = pytest.mark.slow

WHY = "age: values to be between"


@pytest.fixture(scope="module")
def closed(_site: Site) -> str:
    """The id of a run whose gate closed."""
    s3: Any = boto3.client("s3", endpoint_url=_site.stack.endpoint, region_name=REGION, **CREDENTIALS)
    s3.create_bucket(Bucket="guarded")
    s3.put_object(Bucket="guarded", Key="people.csv", Body=b"age\n17\n20\n")
    wait_until(lambda: _site.airflow.has_dag("guarded"), "the DAG guarded", timeout=60)
    run_id = _site.start("guarded")
    over = {"success", "failed"}
    wait_until(lambda: _site.airflow.run("guarded", run_id)["state"] in over, "the gate closed", timeout=120)
    assert _site.airflow.run("guarded", run_id)["state"] == "failed"
    return run_id


@pytest.fixture
def page(closed: str) -> str:
    """The path of the closed gate's page."""
    return path_of("guarded", closed, "gate", -1)


def sign_in(tab: Any, user: str, password: str) -> None:
    """Fills the login form that is open."""
    tab.locator("input[name=username]").fill(user)
    tab.locator("input[name=password]").fill(password)
    tab.get_by_role("button", name="Sign in").click()


def test_the_buttons_of_a_closed_gate_lead_to_page_and_rows(
    site: Site, tab: Any, closed: str, page: str, tmp_path: Path
) -> None:
    """From the login over the failed task to its page, and to the bad rows as a file."""
    task = f"/dags/guarded/runs/{closed}/tasks/gate/details"
    tab.goto(task)
    sign_in(tab, site.stack.user, site.stack.password)
    tab.wait_for_url(f"**{task}")
    with tab.expect_download() as download:
        tab.get_by_role("link", name="Bad rows").click()
    download.value.save_as(tmp_path / "rows.csv")
    assert "17" in (tmp_path / "rows.csv").read_text()
    assert "20" not in (tmp_path / "rows.csv").read_text()
    tab.get_by_role("link", name="Report", exact=True).click()
    tab.get_by_text(WHY).wait_for()
    assert tab.url == f"{site.stack.url}{page}"
    assert tab.title().startswith("Data quality")


def test_without_a_login_there_is_the_way_to_it(site: Site, tab: Any, page: str) -> None:
    """A stranger sees nothing of the page, signs in, and is where the link led."""
    assert tab.goto(page).status == 401
    assert WHY not in tab.content()
    tab.get_by_role("link", name="Sign in").click()
    sign_in(tab, site.stack.user, site.stack.password)
    tab.get_by_text(WHY).wait_for()


@pytest.mark.parametrize("name", ["", "/file/bad_rows"], ids=["page", "file"])
def test_without_rights_on_the_dag_there_is_no_page(site: Site, tab: Any, page: str, name: str) -> None:
    """To be signed in is not enough."""
    tab.goto("/api/v2/auth/login")
    sign_in(tab, OUTSIDER, site.password_of(OUTSIDER))
    tab.wait_for_url(f"{site.stack.url}/")
    assert tab.goto(f"{page}{name}").status == 403
    assert tab.get_by_role("heading").inner_text() == "No access"
