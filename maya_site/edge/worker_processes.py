"""Several processes that share one listening socket."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tempfile
import time
from types import FrameType

STOP_TIMEOUT_SECONDS = 15.0


def supervise(listening: socket.socket, count: int) -> int:
    """Runs `count` servers on one socket until a signal arrives, or one of them ends by itself. Then it
    stops all. Returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="maya-metrics-") as metrics:
        workers = [_start_worker(listening, metrics) for _ in range(count)]
        listening.close()  # so that nobody queues here once they have stopped
        signals: list[int] = []

        def record_signal(signum: int, frame: FrameType | None) -> None:
            signals.append(signum)

        signal.signal(signal.SIGTERM, record_signal)
        signal.signal(signal.SIGINT, record_signal)
        while not signals and all(worker.poll() is None for worker in workers):
            time.sleep(0.1)
        _stop_workers(workers)
        return 0 if signals else 1


def _start_worker(listening: socket.socket, metrics: str) -> subprocess.Popen[bytes]:
    descriptor = listening.fileno()
    # `env` stays out of the way: it becomes the interpreter. Its own session keeps Ctrl-C from it.
    shared = ["env", f"PROMETHEUS_MULTIPROC_DIR={metrics}"]
    command = [*shared, sys.executable, "-m", "deploy.serve", "--descriptor", str(descriptor)]
    return subprocess.Popen(command, pass_fds=[descriptor], start_new_session=True)


def _stop_workers(workers: list[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        worker.terminate()
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    for worker in workers:
        try:
            worker.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            worker.kill()
