"""A vendor that answers every request with far more than anybody asked for, on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MB = 1 << 20


class FloodServer(ThreadingHTTPServer):
    """`sent` counts the bytes that were really taken from it, in all answers together."""

    daemon_threads = True

    def __init__(self, piece: bytes, size: int, kind: str, headers: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _FloodHandler)
        self.piece, self.size, self.kind, self.headers = piece, size, kind, headers
        self.sent = 0
        self.address = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever has had enough hangs up: that is what is tested."""


class _FloodHandler(BaseHTTPRequestHandler):
    server: FloodServer

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.do_GET()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", self.server.kind)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        left = self.server.size
        with suppress(OSError):
            while left > 0:
                self.wfile.write(self.server.piece)
                self.server.sent += len(self.server.piece)
                left -= len(self.server.piece)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def flood(
    piece: bytes, size: int = 80 * MB, kind: str = "application/json", **headers: str
) -> Iterator[FloodServer]:
    server = FloodServer(
        piece, size, kind, {name.replace("_", "-"): value for name, value in headers.items()}
    )
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
