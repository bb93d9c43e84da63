"""How soon a started process says 200 on /healthz, and what it holds: `python -m tests.bench.bench_start`.

Beside it, in turns on the same machine: Django with its admin on a stock Daphne. The database is made before.
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.deploy.process import ROOT, free_port
from tests.drills.bar import cpu_seconds

PATIENCE = 60.0
# As run_maya.sh and the image start it: nothing is compiled twice.
BYTE_CODE = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def maya(folder: Path, port: int) -> tuple[list[str], dict[str, str]]:
    return ["-m", "deploy.serve"], environment(folder) | {"PORT": str(port)}


def bare(folder: Path, port: int) -> tuple[list[str], dict[str, str]]:
    return ["-m", "tests.bench.bare_server", str(port), str(folder / "bare.sqlite3")], {}


def environment(folder: Path) -> dict[str, str]:
    database = f"sqlite:///{folder / 'maya.sqlite3'}"
    return {"ENV_FILE": os.devnull, "DATABASE_URL": database, "REDIS_URL": "", "HOST": "127.0.0.1"}


KINDS = {"Maya": maya, "bare Django and Daphne": bare}


def started(kind: str, folder: Path) -> tuple[float, float, float]:
    """Seconds until the first 200, those of the processor, and MB that the process holds then."""
    port = free_port()
    command, told = KINDS[kind](folder, port)
    began = time.perf_counter()
    with (folder / "log").open("ab") as log:
        server = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=BYTE_CODE | told, stdout=log, stderr=log
        )
    try:
        while not healthy(port):
            if server.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise RuntimeError((folder / "log").read_text()[-2000:])
            time.sleep(0.005)
        took = time.perf_counter() - began
        status = Path(f"/proc/{server.pid}/status").read_text()
        held = int(status.partition("VmRSS:")[2].split()[0]) / 1024
        return took, cpu_seconds(server.pid), held
    finally:
        server.kill()
        server.wait()


def healthy(port: int) -> bool:
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        asking.request("GET", "/healthz")
        return asking.getresponse().status == 200
    except OSError:
        return False
    finally:
        asking.close()


def measured(folder: Path, times: int) -> dict[str, list[tuple[float, float, float]]]:
    prepare = [sys.executable, "manage.py", "prepare"]
    told = BYTE_CODE | environment(folder)
    subprocess.run(prepare, cwd=ROOT, env=told, check=True, capture_output=True)
    for kind in KINDS:
        started(kind, folder)  # byte code and the disk's cache are warm from here on
    found: dict[str, list[tuple[float, float, float]]] = {kind: [] for kind in KINDS}
    for _ in range(times):
        for kind, rows in found.items():
            rows.append(started(kind, folder))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as name:
        found = measured(Path(name), times)
    print(f"{times} starts each, in turns; median (least)")
    print(f"{'':24} {'until 200 on /healthz':>24} {'of the processor':>18} {'memory then':>16}")
    for kind, rows in found.items():
        seconds, processor, memory = zip(*rows, strict=True)
        worked = f"{statistics.median(processor):.2f} s ({min(processor):.2f})"
        took = f"{statistics.median(seconds):.2f} s ({min(seconds):.2f})"
        held = f"{statistics.median(memory):.0f} MB ({min(memory):.0f})"
        print(f"{kind:24} {took:>24} {worked:>18} {held:>16}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
