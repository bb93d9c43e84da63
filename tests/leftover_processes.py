"""No test leaves a process behind: neither one that it started nor one that those started.

Who outlives its test belongs to a fixture of a module or session. When all fixtures are done, nobody may be
left; who is, is named with the test that it came with, ended, and fails the run.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

PR_SET_CHILD_SUBREAPER = 36
GRACE_SECONDS = 10.0  # an orphan that was told to stop may need a moment

_came_with: dict[int, str] = {}


def adopt_orphans() -> None:
    """A grandchild whose parent ended becomes a child of this process instead of init's, and is seen."""
    if Path("/proc/self/task").exists():
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def living_children() -> set[int]:
    """The processes that this one started or adopted and that still run. Empty where there is no /proc."""
    found: set[int] = set()
    for listed in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # the thread has ended
            found.update(int(pid) for pid in listed.read_text().split())
    return {pid for pid in found if _state(pid) not in "ZX"}


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return "X"


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:200]
    return "?"


def note_children(test: str, before: set[int]) -> None:
    """Remembers that the children who were not there `before` came with this test."""
    for pid in living_children() - before:
        _came_with[pid] = test


def leftovers(before: set[int], grace_seconds: float = GRACE_SECONDS) -> list[str]:
    """A line for each child beyond `before` that still runs after the grace. They are ended."""
    gc.collect()
    deadline = time.monotonic() + grace_seconds
    while (left := living_children() - before) and time.monotonic() < deadline:
        time.sleep(0.05)
    told = [f"{pid} ({_command(pid)}) came with {_came_with.get(pid, 'no test')}" for pid in sorted(left)]
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return told


@pytest.fixture(autouse=True, scope="session")
def _no_process_is_left() -> Iterator[None]:
    adopt_orphans()
    before = living_children()
    yield
    left = leftovers(before)
    assert not left, "these processes were left running:\n" + "\n".join(left)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    before = living_children()
    try:
        return (yield)
    finally:
        note_children(item.nodeid, before)
