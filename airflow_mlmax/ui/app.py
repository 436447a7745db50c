"""The FastAPI application of the plugin: one router for each kind of page, one way to say what is wrong."""

from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from airflow_mlmax.reports import MOUNT
from airflow_mlmax.ui import reports
from airflow_mlmax.ui.access import SIGNED_IN
from airflow_mlmax.ui.html import message_page

_TITLES = {
    403: "No access",
    404: "Not found",
    410: "Gone",
    502: "S3 refused",
    503: "S3 did not answer",
}
_TEXTS = {
    401: "Only people who are signed in to Airflow see this page.",
    403: "You may not see the runs of this DAG. Whoever administers this Airflow can give you access.",
}
_NO_PAGE = "There is no such page."


async def refused(request: Request, error: Exception) -> Response:
    """The page for a request that is answered with an error."""
    if not isinstance(error, HTTPException):  # the address is none of ours
        return message_page(404, _TITLES[404], _NO_PAGE)
    status = error.status_code
    if status == HTTPStatus.UNAUTHORIZED:
        return message_page(status, "Not signed in", _TEXTS[status], ("Sign in", _login(request)))
    said = _NO_PAGE if error.detail == HTTPStatus(status).phrase else str(error.detail)
    return message_page(status, _TITLES.get(status, "Not possible"), _TEXTS.get(status, said))


def _login(request: Request) -> str:
    """Address of Airflow's login, which leads back to this page."""
    airflow = request.scope.get("root_path", "").removesuffix(MOUNT)
    return f"{airflow}/api/v2/auth/login?next={quote(request.url.path, safe='')}"


async def failed(_request: Request, _error: Exception) -> Response:
    """The page for what nobody foresaw; Starlette raises it again, for the server's log only."""
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
