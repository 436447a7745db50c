"""A server that takes what Amazon SNS and Slack would take over HTTP, and keeps it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

PUBLISHED = "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"


@dataclass
class Inbox:
    """What has come, as (path, fields), oldest first."""

    url: str
    letters: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def aws_connection(self) -> dict[str, Any]:
        """An Airflow connection that leads here instead of to AWS."""
        return {
            "conn_type": "aws",
            "login": "test",
            "password": "test",
            "extra": json.dumps({"endpoint_url": self.url}),
        }


@contextmanager
def open_inbox() -> Iterator[Inbox]:
    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            is_json = body.startswith("{")
            fields = json.loads(body) if is_json else {key: value for key, [value] in parse_qs(body).items()}
            inbox.letters.append((self.path, fields))
            answer = PUBLISHED if "Action" in fields else '{"ok": true}'
            self.send_response(200)
            self.send_header("Content-Type", "text/xml" if "Action" in fields else "application/json")
            self.end_headers()
            self.wfile.write((answer if self.path != "/hook" else "ok").encode())

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taker) as server:
        inbox = Inbox(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield inbox
        finally:
            server.shutdown()
            thread.join()
