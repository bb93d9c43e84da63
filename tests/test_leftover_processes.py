"""The suite sees a process that a test forgot, also one that was started by a process which has ended."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.leftover_processes import living_children
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="there is no /proc here")
FORGETFUL = """
    import subprocess, sys

    def test_with_a_child():
        subprocess.Popen(["sleep", "300"], start_new_session=True)

    def test_with_an_orphan():
        begin = "import subprocess; subprocess.Popen(['sleep', '301'])"
        subprocess.run([sys.executable, "-c", begin], check=True)

    def test_that_tidies_up():
        with subprocess.Popen(["sleep", "302"]) as child:
            child.kill()
"""


def test_whoever_is_left_fails_the_run_is_named_and_is_ended(tmp_path):
    (tmp_path / "test_forgetful.py").write_text(textwrap.dedent(FORGETFUL))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    words = ["-q", "-p", "tests.leftover_processes", "-p", "no:cacheprovider", "-p", "no:django"]
    words += ["-c", str(tmp_path / "pytest.ini"), "--rootdir", str(tmp_path), str(tmp_path)]
    hasty = "import tests.leftover_processes as left; left.leftovers.__defaults__ = (0.5,)"
    start = [sys.executable, "-c", f"{hasty}; import pytest; raise SystemExit(pytest.main({words!r}))"]

    done = subprocess.run(start, cwd=os.getcwd(), capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "(sleep 300 ) came with test_forgetful.py::test_with_a_child" in done.stdout
    assert "(sleep 301 ) came with test_forgetful.py::test_with_an_orphan" in done.stdout
    assert "sleep 302" not in done.stdout
    commands = {path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if _readable(path)}
    assert not {b"sleep\x00300\x00", b"sleep\x00301\x00"} & commands


def _readable(path):
    try:
        return bool(path.read_bytes())
    except OSError:
        return False


def test_a_child_is_seen_while_it_lives():
    before = living_children()
    child = subprocess.Popen(["sleep", "60"])
    try:
        assert living_children() - before == {child.pid}
    finally:
        child.send_signal(signal.SIGKILL)
        wait_until(lambda: child.pid not in living_children())
        child.wait()
