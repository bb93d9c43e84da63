"""What may fall over around a running bar, one row each: what is done to it, what must come of it, what did.

A row's deed returns what the guest saw, in a few words, and falls over where it is not as it must be.
Played by `python -m tests.drills.outages`, and some of them by the suite.
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import psycopg

from tests.drills.bar import ROOT, BarProcess
from tests.drills.evening import (
    NotSupported,
    OutageRow,
    count_on_tab,
    is_listening,
    open_bar,
    page_status,
    read,
    server_pid,
    tap_item,
)
from tests.live_server import free_port, temporary_database
from tests.vendors.gemini import KEY, FunctionCall, Pause, ScriptedGemini
from tests.waiting import wait_until
from tests.websocket_client import GuestConnection, make_visit_cookies, message_kind

MB = 1024 * 1024


# --- the server ---------------------------------------------------------------------------------------


def killed(folder: Path) -> str:
    """In the middle of a turn: the drink is on the tab, Maya still talks."""
    with (
        ScriptedGemini() as gemini,
        open_bar(folder, GEMINI_API_KEY=KEY, GEMINI_BASE_URL=gemini.address) as bar,
    ):
        gemini.play([FunctionCall("add_to_order", {"item": "Martini"})], ["Gladly. ", Pause(5), "There."])
        (cookie,) = make_visit_cookies(1)

        async def asks() -> None:
            async with GuestConnection(bar.address, cookie) as guest:
                await guest.send_client_ready()
                await guest.send("send-text", {"content": "a Martini please"}, "turn-1")
                await guest.wait_for(
                    lambda frame: message_kind(frame) == "tab" and bool(frame["data"]["order"])
                )
                await asyncio.to_thread(bar.kill)

        async def again() -> tuple[str, int]:
            async with GuestConnection(bar.address, cookie) as guest:
                await guest.send_client_ready()
                await guest.send_text("a Martini please", "turn-1")
                ended = next(frame for frame in guest.received if frame["type"] == "bot-llm-stopped")
                return str(ended["data"]["outcome"]), count_on_tab(guest, "Martini")

        with suppress(OSError):
            asyncio.run(asks())
        bar.open()
        outcome, count = asyncio.run(again())
    assert (outcome, count) == ("interrupted", 1)
    return "told that she was cut off; one Martini on the tab"


def clock_jumps(folder: Path) -> str:
    """The server's own clock, between two starts. What stands in the database has the old one."""
    (folder / "sitecustomize.py").write_text(
        "import datetime, os, time_machine\n"
        "now = datetime.datetime.now(datetime.timezone.utc)\n"
        "jump = datetime.timedelta(seconds=int(os.environ.get('CLOCK_JUMP', '0')))\n"
        "time_machine.travel(now + jump, tick=True).start()\n"
    )
    (cookie,) = make_visit_cookies(1)
    with open_bar(folder, PYTHONPATH=str(folder)) as bar:
        assert tap_item(bar, cookie, "one")[1] == 1
        for number, jump in enumerate((3600, -3600, 300), 2):
            bar.close()
            bar.environment["CLOCK_JUMP"] = str(jump)
            bar.open()
            assert tap_item(bar, cookie, f"tap-{number}") == ("server-response", number), jump
        bar.close()
        bar.environment["CLOCK_JUMP"] = str(24 * 3600)
        bar.open()
        assert page_status(bar) == 200
        assert page_status(bar, "/healthz") == 200
        left = read(bar, "from bartender.models.visits import OrderLine as O; print(O.objects.count())")
        assert int(left) == 4, "a tab was lost with its cookie"
    return "an hour either way: the same tab; a day: a new visit, the old tab kept"


POURED = (
    "from bartender.models.visits import OrderLine as Line;"
    "lines = Line.objects.filter(name='IPA').exclude(status='voided');"
    "print(sum(lines.values_list('quantity', flat=True)))"
)


def two_servers(folder: Path) -> str:
    (cookie,) = make_visit_cookies(1)
    with open_bar(folder) as bar:
        other = BarProcess(folder, bar.database, **{"REDIS_URL": ""})
        other.open()

        async def orders(address: str, name: str) -> int:
            async with GuestConnection(address, cookie, origin=address) as guest:
                await guest.send_client_ready()
                answers = [
                    await guest.send_client_message("tap-item", f"{name}-{number}", item="IPA")
                    for number in range(8)
                ]
                return sum(answer["type"] == "server-response" for answer in answers)

        async def both() -> list[int]:
            return list(await asyncio.gather(orders(bar.address, "a"), orders(other.address, "b")))

        try:
            done = asyncio.run(both())
        finally:
            other.close()
        shown = read(bar, POURED)
    assert sum(done) == int(shown) > 0
    return f"{sum(done)} of 16 wishes granted, {shown} on the tab"


def slow_guests(folder: Path) -> str:
    with open_bar(folder) as bar:
        (cookie,) = make_visit_cookies(1)
        assert tap_item(bar, cookie, "one")[1] == 1
        before = bar.memory_bytes()
        half_open = []
        for number in range(90):
            line = socket.create_connection(
                ("127.0.0.1", bar.port), source_address=(f"127.0.1.{number % 9 + 1}", 0)
            )
            line.send(b"POST /say/ HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4000\r\n\r\ntext=")
            half_open.append(line)
        began = time.monotonic()
        assert tap_item(bar, cookie, "two") == ("server-response", 2)
        took, grown = time.monotonic() - began, (bar.memory_bytes() - before) / MB
        for line in half_open:
            line.close()
        assert grown < 60
    return f"90 half-open requests: another guest served in {took:.1f} s, {grown:.0f} MB more"


# --- what the server stands on ------------------------------------------------------------------------


def database_away(folder: Path) -> str:
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        raise NotSupported("DATABASE_URL names no PostgreSQL")
    with open_bar(folder) as bar:
        server, _, name = bar.database.rpartition("/")
        (cookie,) = make_visit_cookies(1)
        assert tap_item(bar, cookie, "one")[1] == 1

        async def outage() -> tuple[float, str]:
            async with GuestConnection(bar.address, cookie) as guest:
                await guest.send_client_ready()
                with psycopg.connect(f"{server}/postgres", autocommit=True) as operator:
                    operator.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
                    operator.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
                    )
                    began = time.monotonic()
                    answer = await guest.send_client_message("tap-item", "two", item="IPA")
                    took = time.monotonic() - began
                    assert await asyncio.to_thread(page_status, bar, "/healthz") == 503
                    assert await asyncio.to_thread(page_status, bar, "/livez") == 200
                    operator.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
                return took, str(answer["type"])

        took, answer = asyncio.run(outage())
        wait_until(lambda: page_status(bar, "/healthz") == 200, 30)
        assert answer == "error-response"
        assert tap_item(bar, cookie, "two") == ("server-response", 2)
    return f"refused after {took:.1f} s on a stream that stays; the same tap again: done once"


def row_locked(folder: Path) -> str:
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        raise NotSupported("DATABASE_URL names no PostgreSQL")
    with open_bar(folder) as bar:
        ada, ben = make_visit_cookies(2)
        assert tap_item(bar, ada, "one")[1] == tap_item(bar, ben, "one")[1] == 1
        with psycopg.connect(bar.database) as somebody:
            somebody.execute(
                "SELECT * FROM payments_tab WHERE id = (SELECT min(id) FROM payments_tab) FOR UPDATE"
            )
            began = time.monotonic()
            answer, _count = tap_item(bar, ada, "two")
            waited = time.monotonic() - began
            began = time.monotonic()
            assert tap_item(bar, ben, "two") == ("server-response", 2)
            other = time.monotonic() - began
        assert answer == "error-response"
        assert tap_item(bar, ada, "two") == ("server-response", 2)
    return f"that tab: “busy” after {waited:.1f} s; another tab: served in {other:.1f} s"


def disk_full(folder: Path) -> str:
    """No file of the server may grow, its log not either, until there is room again."""
    with open_bar(folder, DATABASE_URL_KIND="sqlite") as bar:
        if not bar.database.startswith("sqlite"):
            raise NotSupported("PostgreSQL keeps its files elsewhere: this is a drill of SQLite")
        (cookie,) = make_visit_cookies(1)
        assert tap_item(bar, cookie, "one")[1] == 1
        _soft, hard = resource.prlimit(server_pid(bar), resource.RLIMIT_FSIZE)
        resource.prlimit(server_pid(bar), resource.RLIMIT_FSIZE, (0, hard))
        answer, count = tap_item(bar, cookie, "two")
        shown, healthy = page_status(bar), page_status(bar, "/healthz")
        resource.prlimit(server_pid(bar), resource.RLIMIT_FSIZE, (hard, hard))
        assert (answer, count, shown, healthy) == ("error-response", 1, 200, 503)
        assert page_status(bar, "/healthz") == 200
        assert tap_item(bar, cookie, "two") == ("server-response", 2)
    return "orders refused, pages and tab readable, health red; with room again the same tap is done once"


def redis_dies(folder: Path) -> str:
    if not shutil.which("redis-server"):
        raise NotSupported("there is no redis-server")
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]

    def start() -> subprocess.Popen[bytes]:
        redis = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(lambda: is_listening(port))
        return redis

    redis = start()
    try:
        with open_bar(folder, REDIS_URL=f"redis://127.0.0.1:{port}/0", JOB_RUNNER="server") as bar:
            (cookie,) = make_visit_cookies(1)

            async def outage() -> str:
                nonlocal redis
                async with GuestConnection(bar.address, cookie) as guest:
                    await guest.send_client_ready()
                    assert (await guest.send_client_message("tap-item", "one", item="IPA"))[
                        "type"
                    ] == "server-response"
                    redis.send_signal(signal.SIGKILL)
                    await asyncio.to_thread(redis.wait)
                    assert (await guest.send_client_message("tap-item", "two", item="IPA"))[
                        "type"
                    ] == "server-response"
                    assert await guest.send_text("what do I owe?", "turn-1")
                    status = await asyncio.to_thread(page_status, bar, "/healthz")
                    redis = await asyncio.to_thread(start)
                    assert (await guest.send_client_message("tap-item", "three", item="IPA"))[
                        "type"
                    ] == "server-response"
                    return f"stream and orders went on, /healthz {status}"

            said = asyncio.run(outage())
            assert tap_item(bar, cookie, "three") == ("server-response", 3)
            assert said.endswith("200")
    finally:
        redis.kill()
        redis.wait()
    return said


def broken_index(folder: Path) -> str:
    memory = folder / "memory"
    with open_bar(folder, MEMORY_STORE="faiss", MEMORY_DIR=str(memory)) as bar:
        wait_until(lambda: "maya_rag_available 1" in metrics(bar), 60)
        bar.close()
        broken = [path for path in memory.rglob("*") if path.is_file()]
        for path in broken:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        bar.open()
        (cookie,) = make_visit_cookies(1)
        assert tap_item(bar, cookie, "one")[1] == 1
        wait_until(lambda: "maya_rag_available 1" in metrics(bar), 90)
    return f"{len(broken)} files cut in half: the bar opened, the memory was built anew"


def metrics(bar: BarProcess) -> str:
    with urllib.request.urlopen(f"{bar.address}/metrics", timeout=30) as answer:
        return str(answer.read().decode()).replace(".0\n", "\n")


# --- who works beside it -------------------------------------------------------------------------------


def wrong_settings(folder: Path) -> str:
    mistyped = {
        "PORT": "abc",
        "DATABASE_URL": "garbage",
        "PYTHON_ENV": "prod",
        "REDIS_URL": "x",
        "WORKERS": "",
    }
    said = []
    for name, value in mistyped.items():
        told = os.environ | {"PORT": "0", "DATABASE_URL": f"sqlite:///{folder / 'none.sqlite3'}", name: value}
        run = [sys.executable, "manage.py", "check"] if not value else [sys.executable, "-m", "deploy.serve"]
        done = subprocess.run(
            run, cwd=ROOT, env=told, capture_output=True, text=True, check=False, timeout=60
        )
        sentence = done.stderr.strip()
        assert (done.returncode == 0) is (not value), sentence
        assert not value or (name in sentence and len(sentence.splitlines()) == 1), sentence
        said.append(name)
    return f"{len(said) - 1} refused in one sentence each, an empty one is not set"


def dead_worker(folder: Path) -> str:
    """For an hour nobody drained: what waits is done by the server that opens."""
    with open_bar(folder) as bar:
        bar.close()
        enqueue = (
            "from datetime import timedelta; from maya_site.tasks.enqueue import enqueue;"
            "print(enqueue('expire_visits', 'drill:late', after=-timedelta(hours=1)))"
        )
        assert read(bar, enqueue) == "True"
        bar.open()
        state = "from maya_site.tasks.models import Task; print(Task.objects.get(key='drill:late').state)"
        wait_until(lambda: read(bar, state) == "done", 30)
    return "the server's own sweep did what waited"


def killed_migration(folder: Path) -> str:
    chance, cut = random.Random(7), 0
    with temporary_database(folder) as database:
        bar = BarProcess(folder, database, **{"REDIS_URL": ""})
        for _ in range(4):
            run = [sys.executable, "manage.py", "migrate", "--no-input", "-v", "0"]
            migrating = subprocess.Popen(run, cwd=ROOT, env=bar.environment, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.8, 2.0))
            cut += migrating.poll() is None
            migrating.kill()
            migrating.wait()
        with bar:
            assert page_status(bar, "/healthz") == 200
            assert tap_item(bar, make_visit_cookies(1)[0], "one") == ("server-response", 1)
            bar.manage("ledger_check")
    return f"killed {cut} times on its way; the next run finished it"


ROWS = [
    OutageRow("F01", "kill -9 in the middle of a turn", "told after the return, done once", killed),
    OutageRow("F02", "PostgreSQL away, all connections cut", "“busy”, then done once", database_away),
    OutageRow("F02", "the row of a tab locked by somebody", "that tab busy, others served", row_locked),
    OutageRow("F03", "disk full", "writes refused, reads work", disk_full),
    OutageRow("F04", "Redis killed and started empty", "streams and orders go on", redis_dies),
    OutageRow("F19", "the clock jumps ±1 h, 5 min, a day", "no tab lost", clock_jumps),
    OutageRow("F20", "two servers on one tab", "as many drinks as yeses", two_servers),
    OutageRow("F21", "guests who never finish a request", "others do not notice", slow_guests),
    OutageRow("F22", "the memory's index cut in half", "opens, heals", broken_index),
    OutageRow("F23", "mistyped settings", "one sentence, no start", wrong_settings),
    OutageRow("F24", "no worker for an hour", "the server drains", dead_worker),
    OutageRow("F25", "a migration killed half-way", "the next run finishes it", killed_migration),
]
