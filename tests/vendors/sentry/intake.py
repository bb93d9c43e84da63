"""A Sentry on loopback: it takes envelopes as the real kit posts them.

with Intake() as intake:
    intake.dsn
    intake.wait(1)      # events
"""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import brotli

from tests.waiting import wait_until

PACKED = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}


class SentryIntake:
    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.events: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.dsn = f"http://public@127.0.0.1:{self._server.server_port}/7"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> SentryIntake:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def wait_for_events(self, number: int) -> list[dict[str, Any]]:
        wait_until(lambda: len(self.events) >= number)
        return self.events

    def receive(self, body: str) -> None:
        """An envelope: its head, then for each item a line that says what it is, and the item."""
        self.bodies.append(body)
        _head, *items = body.strip().split("\n")
        for what, item in zip(items[::2], items[1::2], strict=True):
            if json.loads(what)["type"] == "event":
                self.events.append(json.loads(item))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        intake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                body = PACKED[self.headers.get("Content-Encoding", "")](body)
                right = self.path == "/api/7/envelope/"
                if right:
                    intake.receive(body.decode())
                self.send_response(200 if right else 404)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        return Handler
