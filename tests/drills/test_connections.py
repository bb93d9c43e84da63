"""Three hundred of them; ten thousand are run by hand: python -m tests.drills.connections"""

import os
import subprocess
import sys

import pytest

from tests.drills.bar import ROOT
from tests.drills.connections import MB, ServerResources, find_leaks
from tests.live_server import temporary_database


@pytest.mark.slow
def test_guests_who_come_and_go_leave_nothing_behind(tmp_path):
    with temporary_database(tmp_path) as database:
        run = [sys.executable, "-m", "tests.drills.connections", "--cycles", "300", "--database", database]
        drill = subprocess.run(run, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=300)

    assert drill.returncode == 0, drill.stdout[-3000:] + drill.stderr[-3000:]
    assert "wrong: 0" in drill.stdout


def test_a_leak_would_be_seen():
    warm = ServerResources(100 * MB, 40, 20, 0)

    assert find_leaks(warm, ServerResources(105 * MB, 41, 21, 0)) == []
    assert len(find_leaks(warm, ServerResources(110 * MB, 60, 40, 0))) == 3
