"""A bar that can be killed and opened again: the same database, the same port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tests.live_server import collectstatic_lock, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
TIMEOUT_SECONDS = 60.0


def cpu_seconds(pid: int) -> float:
    """What a process has worked so far, user and system together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class BarProcess:
    def __init__(self, folder: Path, database: str = "", **environment: str) -> None:
        self.database = database or f"sqlite:///{folder / 'drill.sqlite3'}"
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "drill.log"
        mine = {"DATABASE_URL": self.database, "HOST": "127.0.0.1", "PORT": str(self.port)}
        self.environment = os.environ | mine | environment
        self.server: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        with collectstatic_lock():
            self.manage("prepare")

    def manage(self, *words: str) -> None:
        with self.log.open("ab") as log:
            run = [sys.executable, "manage.py", *words]
            subprocess.run(run, cwd=ROOT, env=self.environment, stdout=log, stderr=log, check=True)

    def open(self) -> None:
        with self.log.open("ab") as log:
            run = [sys.executable, "-m", "deploy.serve"]
            self.server = subprocess.Popen(run, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline and self.server.poll() is None:
            with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                urllib.request.urlopen(f"{self.address}/healthz", timeout=5).close()
                return
            time.sleep(0.05)
        raise TimeoutError(f"the bar did not open; see {self.log}")

    def kill(self) -> None:
        """As the power going out."""
        self._stop_process(signal.SIGKILL)

    def close(self) -> None:
        self._stop_process(signal.SIGTERM)

    def terminate(self) -> None:
        """Asked, not waited for."""
        if self.server:
            self.server.terminate()

    def memory_bytes(self) -> int:
        """What the server holds now, in bytes."""
        pid = self.server.pid if self.server else 0
        status = Path(f"/proc/{pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.server.pid if self.server else 0)

    def _stop_process(self, how: signal.Signals) -> None:
        if self.server is None:
            return
        self.server.send_signal(how)
        try:
            self.server.wait(TIMEOUT_SECONDS)
        finally:
            self.server.kill()
            self.server.wait()
            self.server = None

    def __enter__(self) -> BarProcess:
        self.prepare()
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
