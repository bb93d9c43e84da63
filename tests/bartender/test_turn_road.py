"""How far a typed order travels through our own code, from the frame that comes in to the last one out.

Whoever changes an order has to find, and read, what it passes. So the limits below may only fall; a change
that has to raise one says in its commit what guests or staff get for it. On failure the road is listed by
file.
"""

import asyncio
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.db.backends.utils import CursorWrapper

from bartender.models.visits import OrderLine
from bartender.realtime import broadcast, session_view
from tests.bartender.realtime.page_client import PageClient


class Size(NamedTuple):
    functions: int
    files: int

    def is_within(self, limit: "Size") -> bool:
        return self.functions <= limit.functions and self.files <= limit.files

    def plus(self, other: "Size") -> "Size":
        return Size(self.functions + other.functions, self.files + other.files)


# Seven of the functions chain the ledger.
MAX_SIZE = Size(functions=290, files=55)
# The bar's own page shows the tab anew, and a moment later looks at all that it shows of the bar.
MAX_SIZE_WITH_REFRESH = Size(functions=342, files=70)
# With Redis the order also counts in the shared limits, and tells the other servers.
EXTRA_SIZE_WITH_REDIS = Size(functions=5, files=1)
MAX_QUERIES = 39

ORDER = "a dry gin martini please"
ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("bartender/", "payments/", "rag/", "maya_site/")
# How this brain understands a sentence is its own affair: another brain takes another way there.
RULE_BASED_BRAIN = ("bartender/brains/rule_based/", "bartender/spanish/")
NEVER_SECONDS = 3600.0

monitoring: Any = getattr(sys, "monitoring", None)
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(monitoring is None, reason="sys.monitoring came with Python 3.12"),
]


class Road:
    """What ran while it was recorded, in whichever thread. A coroutine that only went on ran, too."""

    def __init__(self) -> None:
        self.thread_by_code: dict[CodeType, str] = {}
        self.queries: list[str] = []

    @contextmanager
    def recorded(self) -> Iterator[None]:
        events = monitoring.events.PY_START | monitoring.events.PY_RESUME
        monitoring.use_tool_id(monitoring.PROFILER_ID, "road")
        for event in (monitoring.events.PY_START, monitoring.events.PY_RESUME):
            monitoring.register_callback(monitoring.PROFILER_ID, event, self._record)
        monitoring.restart_events()
        monitoring.set_events(monitoring.PROFILER_ID, events)
        with pytest.MonkeyPatch.context() as patch:
            for name in ("execute", "executemany"):
                patch.setattr(CursorWrapper, name, self._counting(getattr(CursorWrapper, name)))
            try:
                yield
            finally:
                monitoring.set_events(monitoring.PROFILER_ID, 0)
                monitoring.free_tool_id(monitoring.PROFILER_ID)

    def _record(self, code: CodeType, _offset: int) -> object:
        self.thread_by_code.setdefault(code, threading.current_thread().name)
        return monitoring.DISABLE  # once is enough, and the turn keeps its pace

    def _counting(self, execute: Any) -> Any:
        def counted(cursor: Any, sql: str, *given: Any) -> Any:
            self.queries.append(sql)
            return execute(cursor, sql, *given)

        return counted

    def passed(self, function: Any) -> bool:
        return function.__code__ in self.thread_by_code

    def functions_by_file(self) -> dict[str, set[str]]:
        """A lambda or a generator expression belongs to the function that it stands in."""
        found: dict[str, set[str]] = defaultdict(set)
        for code in list(self.thread_by_code):
            path = code.co_filename.removeprefix(f"{ROOT}/")
            if path.startswith(PRODUCT) and not path.startswith(RULE_BASED_BRAIN):
                found[path].add(code.co_qualname.split(".<locals>.<")[0])
        return found

    def size(self) -> Size:
        found = self.functions_by_file()
        return Size(sum(map(len, found.values())), len(found))

    def __str__(self) -> str:
        lines = ["{} functions in {} files, {} queries".format(*self.size(), len(self.queries))]
        for path, names in sorted(self.functions_by_file().items()):
            lines += [f"{path} ({len(names)})", *(f"    {name}" for name in sorted(names))]
        return "\n".join(lines)


async def record_order(visit, patch, *, is_refresh_awaited=False):
    """The same order as somebody gave just before, so that menu, caches and threads are warm."""
    patch.setattr(broadcast, "POLL_INTERVAL_SECONDS", NEVER_SECONDS)  # that look is no part of any order
    road = Road()
    async with PageClient(visit) as page:
        await page.send_client_ready()
        if is_refresh_awaited:  # by the bar's own page, which shows the tab as HTML
            await page.send("client-ready", {"version": "2.1.0", "fragments": True})
            await page.wait_for("fragments", timeout=60)
        else:
            patch.setattr(session_view, "DEBOUNCE_SECONDS", NEVER_SECONDS)
        with road.recorded():
            id = await page.send("send-text", {"content": ORDER})
            ended = await page.wait_for("bot-llm-stopped", timeout=60)
            async with asyncio.timeout(60):
                while is_refresh_awaited and not (
                    road.passed(session_view.SessionView.apply_snapshot)
                    and road.passed(session_view.TabFragments._send)
                ):
                    await asyncio.sleep(0.05)
    assert (ended["id"], ended["data"]["outcome"]) == (id, "done")
    assert await OrderLine.objects.filter(visit=visit, name="Martini").acount() == 1
    return road


async def test_a_typed_order_passes_no_more_of_our_code_than_it_needs(ada, ben, cy, monkeypatch):
    await record_order(ada, monkeypatch, is_refresh_awaited=True)
    full = await record_order(ben, monkeypatch, is_refresh_awaited=True)
    road = await record_order(cy, monkeypatch)

    extra = EXTRA_SIZE_WITH_REDIS if settings.REDIS_URL else Size(0, 0)
    print(road.size(), full.size(), len(road.queries))
    assert road.size().is_within(MAX_SIZE.plus(extra)), str(road)
    assert full.size().is_within(MAX_SIZE_WITH_REFRESH.plus(extra)), str(full)
    assert len(road.queries) <= MAX_QUERIES, "\n".join(road.queries)


async def test_the_record_sees_the_threads_that_were_there_before_it(ada, monkeypatch):
    def pour():
        return "poured"

    with ThreadPoolExecutor(1, thread_name_prefix="before") as pool:
        pool.submit(pour).result()
        road = Road()
        with road.recorded():
            pass
        assert not road.passed(pour)
        with road.recorded():
            pool.submit(pour).result()
        assert road.thread_by_code[pour.__code__].startswith("before")

    road = await record_order(ada, monkeypatch)
    by_thread = defaultdict(set)
    for code, thread in road.thread_by_code.items():
        by_thread[thread.split("_")[0]].add(code.co_qualname)
    assert {"add_line", "_write_journal", "start_turn"} <= by_thread["maya-db"]
    assert {"GuestConsumer.receive", "take_turn", "ClaimGate.feed"} <= by_thread["MainThread"]
