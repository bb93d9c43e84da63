"""A worker killed and a Redis flushed, once: a minute, in which the next worker waits for its clock."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from tests.drills.bar import ROOT
from tests.live_server import temporary_database

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="set DATABASE_URL to a PostgreSQL server"),
    pytest.mark.skipif(not settings.REDIS_URL, reason="REDIS_URL names no broker"),
]


def test_a_killed_worker_and_a_flushed_redis_lose_no_payment_no_event_and_no_refund(tmp_path):
    with temporary_database(tmp_path) as database:
        run = [sys.executable, "-m", "tests.drills.lost_workers", "--payments", "6"]
        environment = os.environ | {"DATABASE_URL": database, "REDIS_URL": settings.REDIS_URL}
        drill = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=420)
    assert drill.returncode == 0, drill.stdout[-3000:] + drill.stderr[-3000:]
