"""A bar for a drill, with a guest at hand, and its book in order at the end."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.drills.bar import ROOT, BarProcess
from tests.live_server import temporary_database
from tests.websocket_client import GuestConnection


class NotSupported(Exception):
    """This machine lacks what the row needs."""


@dataclass(frozen=True)
class OutageRow:
    id: str
    fault: str
    expected: str
    action: Callable[[Path], str]


@contextmanager
def open_bar(folder: Path, **environment: str) -> Iterator[BarProcess]:
    """Open, and at its end in order: the ledger is computed anew, and nothing in the log is a bug."""
    with temporary_database(folder) as database:
        bar = BarProcess(folder, database, **{"REDIS_URL": "", **environment})
        with bar:
            yield bar
            bar.manage("ledger_check")
        assert "Traceback" not in bar.log.read_text(), bar.log.read_text()[-3000:]


def read(bar: BarProcess, code: str) -> str:
    run = [sys.executable, "manage.py", "shell", "-c", code]
    done = subprocess.run(run, cwd=ROOT, env=bar.environment, capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


def page_status(bar: BarProcess, path: str = "/") -> int:
    try:
        with urllib.request.urlopen(bar.address + path, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def tap_item(bar: BarProcess, cookie: str, id: str, item: str = "IPA") -> tuple[str, int]:
    """What a guest's tap was answered, and how many of it stand on the tab then."""

    async def visit() -> tuple[str, int]:
        async with GuestConnection(bar.address, cookie) as guest:
            await guest.send_client_ready()
            answer = await guest.send_client_message("tap-item", id, item=item)
            await guest.send_client_ready()
            return str(answer["type"]), count_on_tab(guest, item)

    return asyncio.run(visit())


def count_on_tab(guest: GuestConnection, item: str) -> int:
    return sum(line["quantity"] for line in guest.last_tab()["order"] if line["item"] == item)


def server_pid(bar: BarProcess) -> int:
    assert bar.server is not None
    return bar.server.pid


def is_listening(port: int) -> bool:
    with socket.socket() as knocking:
        return knocking.connect_ex(("127.0.0.1", port)) == 0
