"""The Airflow plugin. Every Airflow process imports it, so it imports nothing until a page is asked for."""

import logging
from typing import Any

from airflow.plugins_manager import AirflowPlugin

from airflow_mlmax.reports import MOUNT

log = logging.getLogger(__name__)


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application of all pages. If Airflow lacks what guards them, none is served."""
    await _application()(scope, receive, send)


def _application() -> Any:
    try:
        from airflow_mlmax.ui.app import app
    except ImportError:
        from starlette.responses import PlainTextResponse

        log.exception("This Airflow lacks what guards the pages below %s, so none is served", MOUNT)
        return PlainTextResponse("These pages do not work with this version of Airflow.", status_code=503)
    return app


class MLMaxPlugin(AirflowPlugin):
    """Mounts the pages below `/mlmax` in the API server."""

    name = "mlmax"
    fastapi_apps = [{"name": "MLMax", "app": pages, "url_prefix": MOUNT}]  # noqa: RUF012  # Airflow's own form
