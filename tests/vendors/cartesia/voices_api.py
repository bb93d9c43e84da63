"""Cartesia's list of voices on loopback: what a key is tried on."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10.0
VOICE = {
    "id": "f786b574-daa5-4673-aa0c-cbe3e8534c02",
    "name": "Katie",
    "description": "A clear voice",
    "language": "en",
    "is_owner": False,
    "is_public": True,
    "created_at": "2026-01-01T00:00:00Z",
}


class ScriptedVoicesApi:
    """Knows `keys`. Another `status` than 200 is for everybody, and `garbage` too."""

    def __init__(self, *keys: str) -> None:
        self.keys = set(keys)
        self.status = 200
        self.garbage = b""
        self.answers = threading.Event()
        self.answers.set()
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> ScriptedVoicesApi:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.answers.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(TIMEOUT_SECONDS)

    def answer(self, path: str, shown: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if self.garbage:
            return 200, self.garbage
        if self.status != 200:
            return self.status, b'{"error": "not now", "repeats": "%s"}' % shown.encode()
        if shown.removeprefix("Bearer ") not in self.keys:
            return 401, b'{"error": "invalid api key %s"}' % shown.encode()
        known = urlsplit(path).path == "/voices"
        return (200, json.dumps({"data": [VOICE], "has_more": True}).encode()) if known else (404, b"{}")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = desk.answer(self.path, self.headers.get("Authorization", ""))
                desk.answers.wait(TIMEOUT_SECONDS)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        return Handler
