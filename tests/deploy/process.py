"""A server in a process of its own, and what it uses."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Process:
    """Started, waited for, and ended with the test whatever happens."""

    def __init__(self, *command: str, port: int, **environment: str) -> None:
        self.port = port
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - read after the process has ended
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=os.environ | environment,
            stderr=self.log,
            stdout=self.log,
        )

    def __enter__(self) -> Process:
        for _ in range(600):
            with socket.socket() as knocking:
                if knocking.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.__exit__()
        raise AssertionError(f"the server did not open:\n{self.said()}")

    def __exit__(self, *trouble: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._said = self.said()
        self.log.close()

    def said(self) -> str:
        if self.log.closed:
            return self._said
        self.log.seek(0)
        return self.log.read()

    def memory(self, kind: str = "VmRSS") -> float:
        """MB in use, or with VmHWM the most there ever were."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(rf"{kind}:\s+(\d+)", text)[0]) / 1024

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> tuple[int, str]:
        guest = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        guest.request(method, path, body, headers)
        answer = guest.getresponse()
        said = answer.status, answer.read().decode(errors="replace")
        guest.close()
        return said

    def terminate(self, within: float = 15) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(within)


def stage(server: str = "house") -> Process:
    port = free_port()
    return Process("-m", "tests.deploy.stage", str(port), server, port=port)
