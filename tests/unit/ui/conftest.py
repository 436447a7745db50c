"""The plugin below a real API server's parts: Airflow's database, auth manager and tokens, over HTTP."""

import secrets
import socket
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

DAG, RUN, TASK = "shop", "manual__2026-11-21T06:00:00+00:00", "gate"
BUCKET = "reports"


@dataclass
class Site:
    """What a browser and a task do."""

    browser: httpx.Client
    s3: Any

    def get(self, path: str, *, role: str | None = "viewer") -> httpx.Response:
        """The answer for a user of a role of Airflow's, or for nobody."""
        cookie = {} if role is None else {"Cookie": f"_token={_token(role)}"}
        return self.browser.get(path, headers=cookie)

    def put(self, key: str, body: bytes) -> str:
        """Writes an object and gives its URI."""
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def announce(self, **files: str) -> None:
        """What a task pushes."""
        self.push({"files": files, "aws_conn_id": "aws_default", "region_name": "us-east-1", "links": {}})

    def push(self, value: Any) -> None:
        """Any XCom under the report's key, as the Execution API stores it; None for no XCom."""
        from airflow.models.xcom import XComModel
        from airflow.utils.session import create_session
        from sqlalchemy import delete

        place = {"key": "mlmax_report", "dag_id": DAG, "task_id": TASK, "run_id": RUN, "map_index": -1}
        with create_session() as session:
            session.execute(delete(XComModel))
            if value is not None:
                session.add(XComModel(**place, dag_run_id=1, value=value, timestamp=datetime.now(UTC)))


def _token(role: str) -> str:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    user = SimpleAuthManagerUser(username=f"a {role}", role=role, teams=[])
    return get_auth_manager().generate_jwt(user)


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """An API server that has only the plugin, as a browser sees it."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what Airflow's own modules import
        passwords = tmp_path_factory.mktemp("airflow") / "passwords.json"
        patch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE", str(passwords))
        patch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", secrets.token_hex(64))
        import uvicorn
        from airflow.api_fastapi.app import init_auth_manager, purge_cached_app
        from fastapi import FastAPI

        from airflow_mlmax.ui.app import app as _imported_without_warnings  # noqa: F401
        from airflow_mlmax.ui.plugin import MLMaxPlugin

        _make_tables()
        airflow = FastAPI()
        init_auth_manager(airflow)
        for mounted in MLMaxPlugin.fastapi_apps:
            airflow.mount(mounted["url_prefix"], mounted["app"])
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(airflow, log_config=None, lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        with httpx.Client(base_url="http://{}:{}".format(*listener.getsockname()), trust_env=False) as client:
            yield client
        server.should_exit = True
        thread.join(timeout=10)
        purge_cached_app()


def _make_tables() -> None:
    from airflow import settings
    from airflow.models import import_all_models
    from airflow.models.base import Base
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import insert

    import_all_models()
    Base.metadata.create_all(settings.engine)
    with create_session() as session:
        session.add(DagRun(dag_id=DAG, run_id=RUN, run_type="manual"))
        session.flush()
        place = {"dag_id": DAG, "run_id": RUN, "task_id": TASK, "map_index": -1}
        session.execute(insert(TaskInstance).values(**place, pool="default_pool"))


@pytest.fixture
def site(api_server: httpx.Client, runtime: Any) -> Site:
    """The pages, with nothing announced and an empty bucket."""
    s3 = runtime.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    found = Site(api_server, s3)
    found.push(None)
    return found
