"""The plugin as Airflow loads it: light everywhere, guarded in the API server."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PLUGINS = Path(__file__).parents[3] / "plugins"
LOADED_BY_AIRFLOW = """
import json, sys
from airflow import plugins_manager
plugins_manager.ensure_plugins_loaded()
heavy = {"boto3", "fastapi", "airflow_mlmax.links", "airflow_mlmax.ui.app"} & set(sys.modules)
apps, _ = plugins_manager.get_fastapi_plugins()
mounted = [each["url_prefix"] for each in apps]
print(json.dumps([sorted(heavy), mounted]))
"""


def test_airflow_finds_the_plugin_and_loads_nothing_heavy(tmp_path: Path) -> None:
    """Schedulers, DAG processors and workers import it too: no page's code comes with it."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PLUGINS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    command = [sys.executable, "-c", LOADED_BY_AIRFLOW]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [[], ["/mlmax"]]


@pytest.mark.parametrize(
    "guard",
    ["airflow.api_fastapi.core_api.security", "airflow.api_fastapi.auth.managers.models.resource_details"],
)
def test_without_its_guards_it_serves_nothing(site: Any, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    """On an Airflow that has other names for them, every page is refused."""
    for name in [name for name in sys.modules if name.startswith("airflow_mlmax.ui.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, guard, None)
    answer = site.get("/mlmax/report/shop/run/gate/-1")
    assert (answer.status_code, answer.text) == (503, "These pages do not work with this version of Airflow.")


@pytest.mark.usefixtures("api_server")
def test_every_route_asks_for_the_login_and_the_rights_on_its_dag() -> None:
    """Also one that is added later: who is signed in always, and what the DAG allows where the path names one."""
    from airflow_mlmax.ui.access import MAY_READ_RUN, SIGNED_IN
    from airflow_mlmax.ui.app import app

    routes: list[Any] = [route for route in app.routes if hasattr(route, "dependencies")]
    assert len(routes) == len(app.routes) >= 2
    for route in routes:
        assert SIGNED_IN in route.dependencies
        assert "{dag_id}" not in route.path or set(MAY_READ_RUN) <= set(route.dependencies)
        assert route.methods == {"GET"}
