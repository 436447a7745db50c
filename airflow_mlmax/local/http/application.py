"""The HTTP application: one port for every service, told apart by the signature's scope."""

import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from werkzeug import Request, Response

from airflow_mlmax.local import operations
from airflow_mlmax.local.calls import Call
from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.http import disturb, wire
from airflow_mlmax.local.parts import Parts
from airflow_mlmax.local.s3.app import S3App
from airflow_mlmax.local.services.endpoint import endpoints

Service = Callable[[Request, str], Response]
"""Answers a request for one service in one Region."""


class Application:
    """WSGI application over the parts of the runtime."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.closing = False
        """Set before the parts are closed: a call that is still under way then loses its connection."""
        self._services: Mapping[str, Service] = {
            "sagemaker": self._sagemaker,
            "s3": S3App(parts.objects).handle,
            **endpoints(parts.logs, parts.metrics, parts.events),
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self.answer(request)
        except disturb.Dropped:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError from None
        return response(environ, start_response)

    def answer(self, request: Request) -> Response:
        """Dispatch, disturb and record one call. Raises Dropped if the connection shall be closed."""
        scope = wire.scope_of(request)
        if scope is None:
            text = "The request has no AWS signature; use an AWS client with this endpoint URL and any credentials"
            return wire.json_answer({"__type": "MissingAuthenticationToken", "message": text}, 403)
        operation = wire.operation_of(request, scope)
        name = wire.name_in(request, scope, operation)
        status = 0
        try:
            response = self._disturbed(request, scope, operation, name)
            status = response.status_code
        finally:
            self._parts.calls.add(Call(time.time(), scope.region, scope.service, operation, name, status))
        return response

    def _disturbed(self, request: Request, scope: wire.Scope, operation: str, name: str) -> Response:
        faults = self._parts.faults
        try:
            disturb.before(faults, operation, name)
            response = self._serve(request, scope)
        except ServiceError as error:
            return wire.error_answer(error, request, scope)
        disturb.after(faults, operation, name)
        return response

    def _serve(self, request: Request, scope: wire.Scope) -> Response:
        service = self._services.get(scope.service)
        if service is None:
            known = ", ".join(sorted(self._services))
            raise ServiceError(
                "UnknownOperationException",
                f"The local runtime does not implement the service {scope.service}; it has {known}",
            )
        try:
            return service(request, scope.region)
        except (ServiceError, disturb.Dropped):
            raise
        except Exception as error:
            if self.closing:
                raise disturb.Dropped from error
            traceback.print_exc(file=sys.stderr)
            raise ServiceError("InternalFailure", f"the local runtime failed: {error!r}", 500) from error

    def _sagemaker(self, request: Request, region: str) -> Response:
        operation = wire.target_of(request)
        return wire.json_answer(operations.answer(self._parts, region, operation, wire.json_body(request)))
