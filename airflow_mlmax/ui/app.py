"""The FastAPI application of the plugin: one router for each kind of page, one way to say what is wrong."""

import logging
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from airflow_mlmax.reports import MOUNT
from airflow_mlmax.ui import reports
from airflow_mlmax.ui.access import SIGNED_IN
from airflow_mlmax.ui.html import message_page

log = logging.getLogger(__name__)

_TITLES = {
    403: "No access",
    404: "Not found",
    410: "Gone",
    502: "S3 refused",
    503: "S3 did not answer",
}


async def refused(request: Request, error: Exception) -> Response:
    """The page for a request that is answered with an error."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status == 401:  # noqa: PLR2004
        airflow = request.scope.get("root_path", "").removesuffix(MOUNT)
        login = f"{airflow}/api/v2/auth/login?next={quote(request.url.path, safe='')}"
        text = "Only people who are signed in to Airflow see this page."
        return message_page(401, "Not signed in", text, ("Sign in", login))
    text = str(error.detail) if isinstance(error, HTTPException) else "There is no such page."
    if status == 403:  # noqa: PLR2004
        text = "You may not see the runs of this DAG. Whoever administers this Airflow can give you access."
    return message_page(status, _TITLES.get(status, "Not possible"), text)


async def failed(request: Request, error: Exception) -> Response:
    """The page for what nobody foresaw; what it was stands in the log only."""
    log.error("%s failed", request.url.path, exc_info=error)
    return message_page(500, "Failed", "The page could not be made. The log of the API server says why.")


app = FastAPI(
    title="MLMax",
    dependencies=[SIGNED_IN],
    exception_handlers={HTTPException: refused, RequestValidationError: refused, Exception: failed},
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
    redirect_slashes=False,
)
app.include_router(reports.router)
