"""Behind the bar of a real server: who works there by forms, and the live line of a display."""

import asyncio
import json
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

from tests.drills.bar import BarProcess
from tests.live_server import temporary_database

PASSWORD = "pour-me-one"
TIMEOUT_SECONDS = 30


def create_owner(bar: BarProcess) -> None:
    """She owns the place. Before the bar opens, and with PASSWORD in its environment."""
    bar.manage("createsuperuser", "--noinput", "--username", "tess", "--email", "tess@moksha.example")


@contextmanager
def bar_with_owner(folder: Path, **environment: str) -> Iterator[BarProcess]:
    """An open bar with a database of its own, that she owns."""
    with temporary_database(folder) as database:
        bar = BarProcess(folder, database, DJANGO_SUPERUSER_PASSWORD=PASSWORD, **environment)
        bar.prepare()
        create_owner(bar)
        bar.open()
        try:
            yield bar
        finally:
            bar.close()


class StaffClient:
    """A browser's cookies and its forms."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.jar = CookieJar()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.get("/admin/login/")
        self.post("/admin/login/?next=/bar/", username="tess", password=PASSWORD)

    def get(self, path: str) -> str:
        found: str = self.browser.open(self.address + path, timeout=TIMEOUT_SECONDS).read().decode()
        return found

    def post(self, path: str, **fields: str) -> None:
        token = next(one.value for one in self.jar if one.name == "csrftoken")
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
        answer = "application/json" if path.startswith("/bar/") else "text/html"
        headers = {"Origin": self.address, "Accept": answer}
        request = urllib.request.Request(self.address + path, body, headers)
        self.browser.open(request, timeout=TIMEOUT_SECONDS).close()

    def connect_display(self) -> connect:
        url = self.address.replace("http", "ws", 1) + "/ws/bar/"
        cookies = "; ".join(f"{one.name}={one.value}" for one in self.jar)
        return connect(url, origin=self.address, additional_headers={"Cookie": cookies})  # type: ignore[arg-type]


class DisplayClient:
    """`seen` is when each ticket was first on the screen, as a new one."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.first_seen_at: dict[int, float] = {}
        self.fragments: dict[str, str] = {}
        self.updated = asyncio.Event()

    async def read_updates(self) -> None:
        async for text in self.connection:
            now = time.perf_counter()
            fragments = json.loads(text).get("fragments", {})
            for ticket in re.findall(r'id="ticket-(\d+)"', fragments.get("lane-new", "")):
                self.first_seen_at.setdefault(int(ticket), now)
            self.fragments |= fragments
            self.updated.set()

    async def wait_for_ticket(self, ticket: int) -> float:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while ticket not in self.first_seen_at:
                self.updated.clear()
                await self.updated.wait()
        return self.first_seen_at[ticket]
