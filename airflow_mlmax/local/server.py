"""The local runtime: an AWS endpoint for one machine that really runs SageMaker jobs."""

import fcntl
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, Self

from werkzeug import Request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

import airflow_mlmax
from airflow_mlmax.local.calls import Calls
from airflow_mlmax.local.faults import Faults
from airflow_mlmax.local.http import control
from airflow_mlmax.local.http.application import Application
from airflow_mlmax.local.jobs.engine import Engine
from airflow_mlmax.local.monitoring.scheduler import Scheduler
from airflow_mlmax.local.parts import Parts
from airflow_mlmax.local.s3.objects import ObjectStore
from airflow_mlmax.local.services.events import EventStore
from airflow_mlmax.local.services.logs import LogStore
from airflow_mlmax.local.services.metrics import MetricStore
from airflow_mlmax.local.store import Store

_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class StartError(Exception):
    """The runtime cannot start; the text says why and what to do."""


class LocalRuntime:
    """A running endpoint, as a context manager or between `start` and `close`. Its state lives in `data_dir`."""

    def __init__(
        self,
        data_dir: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        workers: int = 2,
        isolation: str = "auto",
        interpreters: Path | None = None,
        stop_grace: float = 120.0,
    ) -> None:
        """Bind the port (0: any free one) and open the state.

        `workers`: jobs at a time; `isolation`: how a job gets its own /opt/ml; `interpreters`: a file of images and
        the Pythons that stand for them; `stop_grace`: seconds between SIGTERM and SIGKILL.

        Raises StartError for a host that others can reach, a taken port and a data folder that is in use.
        """
        if host not in _LOOPBACK:
            raise StartError(
                f"refusing to listen on {host}: signatures are not verified, so whoever reaches the endpoint runs"
                " programs as you. Use 127.0.0.1."
            )
        self._server = _bound(port, self._answer)
        try:
            self._lock = _locked(data_dir)
        except StartError:
            self._server.server_close()
            raise
        self._engine_options: dict[str, Any] = {
            "folder": data_dir / "jobs",
            "endpoint": lambda: self.url,
            "workers": workers,
            "isolation": isolation,
            "interpreters": interpreters,
            "stop_grace": stop_grace,
        }
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="server", daemon=True
        )
        self.store = Store(data_dir / "state.db")
        self.objects = ObjectStore(data_dir / "s3")
        self.logs = LogStore(data_dir / "logs.db")
        self.metrics = MetricStore(data_dir / "metrics.db")
        self.events = EventStore(data_dir / "events.db")
        self.faults = Faults()
        self.calls = Calls()
        self._renew()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    def start(self) -> Self:
        """Settle what a crash left behind, run what is queued, answer."""
        self.engine.start()
        self.schedules.start()
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop answering, kill what runs, close the state. A job that was running is Failed at the next start."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._application.closing = True
        self.schedules.close()
        self.engine.close()
        for part in (self.store, self.objects, self.logs, self.metrics, self.events, self._lock):
            part.close()

    def reset(self) -> None:
        """Kill what runs and forget everything: jobs, schedules, models, objects, logs, metrics, events, faults, calls."""
        self.schedules.close()
        self.engine.close()
        for part in (self.store, self.objects, self.logs, self.metrics, self.events, self.faults, self.calls):
            part.clear()
        self._renew()
        self.engine.start()
        self.schedules.start()

    def health(self) -> dict[str, Any]:
        return {
            "status": "ok",
            "version": airflow_mlmax.__version__,
            "url": self.url,
            "isolation": self.engine.site.jail.name,
        }

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _renew(self) -> None:
        """A new engine and scheduler, which end only once, and the application that knows them."""
        self.engine = Engine(
            self.store,
            self.objects,
            self.logs,
            self.metrics,
            self.events,
            self.faults,
            **self._engine_options,
        )
        self.schedules = Scheduler(self.store, self.objects, self.engine)
        self._application = Application(
            Parts(
                self.store,
                self.objects,
                self.logs,
                self.metrics,
                self.events,
                self.engine,
                self.schedules,
                self.faults,
                self.calls,
            )
        )

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if str(environ["PATH_INFO"]).startswith(control.PREFIX):
            return control.answer(Request(environ), self)(environ, start_response)
        return self._application(environ, start_response)


class _Quiet(WSGIRequestHandler):
    """Calls are in the call log; the terminal stays free for what goes wrong."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def _bound(port: int, application: Any) -> BaseWSGIServer:
    """A server on a port of the loopback interface. The socket is made here, since werkzeug exits when it is taken."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        listening.close()
        raise StartError(
            f"port {port} of 127.0.0.1 is not free ({error.strerror}): choose another one"
        ) from error
    with listening:
        listening.listen(128)
        return make_server(
            "127.0.0.1", port, application, threaded=True, request_handler=_Quiet, fd=listening.fileno()
        )


def _locked(data_dir: Path) -> IO[str]:
    """Take a data folder for this process; the lock ends with it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = (data_dir / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise StartError(
            f"another local runtime works in {data_dir}: end it or choose another folder"
        ) from None
    return lock
