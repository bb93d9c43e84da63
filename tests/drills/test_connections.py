"""Three hundred of them; ten thousand are run by hand: python -m tests.drills.connections"""

import os
import subprocess
import sys

import pytest

from tests.drills.bar import ROOT
from tests.drills.connections import MB, Held, wrong
from tests.served import own_database


@pytest.mark.slow
def test_guests_who_come_and_go_leave_nothing_behind(tmp_path):
    with own_database(tmp_path) as database:
        run = [sys.executable, "-m", "tests.drills.connections", "--cycles", "300", "--database", database]
        drill = subprocess.run(run, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=300)

    assert drill.returncode == 0, drill.stdout[-3000:] + drill.stderr[-3000:]
    assert "wrong: 0" in drill.stdout


def test_a_leak_would_be_seen():
    warm = Held(100 * MB, 40, 20, 0)

    assert wrong(warm, Held(105 * MB, 41, 21, 0)) == []
    assert len(wrong(warm, Held(110 * MB, 60, 40, 0))) == 3
