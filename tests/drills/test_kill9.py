"""Three of the power cuts; the fifty are run by hand: python -m tests.drills.kill9 --times 50"""

import os
import subprocess
import sys

import pytest

from tests.drills.bar import ROOT
from tests.live_server import temporary_database


@pytest.mark.slow
def test_after_power_cuts_in_the_middle_of_turns_every_tab_is_what_the_guests_were_promised(tmp_path):
    with temporary_database(tmp_path) as database:
        run = [sys.executable, "-m", "tests.drills.kill9", "--times", "3", "--database", database]
        drill = subprocess.run(run, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=300)

    assert drill.returncode == 0, drill.stdout[-3000:] + drill.stderr[-3000:]
    assert "wrong: 0" in drill.stdout
