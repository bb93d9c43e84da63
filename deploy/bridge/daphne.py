"""Our graceful Daphne in a process of its own, on a socket that only this container sees."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ENTRY_COMMAND = (sys.executable, "-m", "deploy.serve")
START_TIMEOUT_SECONDS = 60.0
# It says goodbye to its guests within ten seconds.
STOP_TIMEOUT_SECONDS = 15.0
LIVENESS_REQUEST = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class DaphneProcess:
    def __init__(self, path: Path, entry: Sequence[str] = ENTRY_COMMAND) -> None:
        self.path, self.entry = path, entry
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers: a request that came earlier would only queue."""
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(self.path))
        listening.listen(511)
        listening.set_inheritable(True)
        descriptor = listening.fileno()
        self.process = subprocess.Popen([*self.entry, "--descriptor", str(descriptor)], pass_fds=[descriptor])
        listening.close()
        end = time.monotonic() + START_TIMEOUT_SECONDS
        while not self._is_responding():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError("Daphne did not open; its own words stand above")
            time.sleep(0.02)

    def _is_responding(self) -> bool:
        with socket.socket(socket.AF_UNIX) as knocking:
            knocking.settimeout(1)
            try:
                knocking.connect(str(self.path))
                knocking.sendall(LIVENESS_REQUEST)
                return knocking.recv(12).startswith(b"HTTP/1.1 ")
            except OSError:
                return False

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.path.unlink(missing_ok=True)
