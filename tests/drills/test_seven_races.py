"""A few rounds of the races between two processes; more of them by hand, see tests/drills/seven_races.py."""

import os
import subprocess
import sys

import pytest
from django.db import connection

from tests.drills.bar import ROOT
from tests.live_server import temporary_database

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer and no such race"),
]


def test_two_processes_on_one_tab_lose_nothing_and_would_without_locks(tmp_path):
    with temporary_database(tmp_path) as database:
        run = [sys.executable, "-m", "tests.drills.seven_races", "--rounds", "3"]
        environment = os.environ | {"DATABASE_URL": database}
        drill = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert drill.returncode == 0, drill.stdout[-3000:] + drill.stderr[-3000:]
    assert "wrong: 0 in 3 rounds" in drill.stdout
    assert "seen in 7 of 7" in drill.stdout
