"""A Stripe that nobody here wrote: localstripe, in a process and an environment of its own (it is GPL).

The first test that asks for it installs it beside our packages; where it cannot be had, they are skipped.
"""

from __future__ import annotations

import fcntl
import http.server
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.live_server import free_port

VERSION = "1.15.10"
HOME = Path(sys.prefix) / f"localstripe-{VERSION}"
PROGRAM = HOME / "bin" / "localstripe"
TIMEOUT_SECONDS = 30.0


def install_error() -> str:
    """Why it is not there; "" where it is. Tried once: what failed is not tried again in every test."""
    failed = HOME / "failed.txt"
    HOME.mkdir(exist_ok=True)
    with (HOME / "turnstile").open("w") as turnstile:
        fcntl.flock(turnstile, fcntl.LOCK_EX)
        if not PROGRAM.exists() and not (failed.exists() and time.time() - failed.stat().st_mtime < 3600):
            _install(failed)
    return "" if PROGRAM.exists() else f"localstripe could not be installed: {failed.read_text()[-200:]}"


def _install(failed: Path) -> None:
    pip = [str(HOME / "bin" / "python"), "-m", "pip", "install", "--quiet", f"localstripe=={VERSION}"]
    for words in ([sys.executable, "-m", "venv", str(HOME)], pip):
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            failed.write_text(done.stderr or "pip failed")
            return


@dataclass
class LocalStripe:
    address: str
    letters: list[tuple[bytes, str]] = field(default_factory=list)

    def wait_for(self, kind: str) -> tuple[bytes, str]:
        """The body and signature of the first event of that kind that it has sent."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            for body, signature in self.letters:
                if json.loads(body)["type"] == kind:
                    return body, signature
            time.sleep(0.05)
        raise TimeoutError(f"no {kind} came")


@contextmanager
def local_stripe(secret: str) -> Iterator[LocalStripe]:
    port = free_port()
    stripe = LocalStripe(f"http://127.0.0.1:{port}")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": HOME}
    with _webhook_receiver(stripe) as box:
        process = subprocess.Popen([PROGRAM, "--port", str(port), "--from-scratch"], **quiet)  # type: ignore[call-overload]
        try:
            _wait_until_open(port)
            hook = json.dumps({"url": box, "secret": secret}).encode()
            urllib.request.urlopen(f"{stripe.address}/_config/webhooks/maya", hook, TIMEOUT_SECONDS).close()
            yield stripe
        finally:
            process.kill()
            process.wait()


@contextmanager
def _webhook_receiver(stripe: LocalStripe) -> Iterator[str]:
    class Box(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stripe.letters.append((body, self.headers["Stripe-Signature"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Quiet."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Box)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _wait_until_open(port: int) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise TimeoutError("localstripe did not open")
