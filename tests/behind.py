"""Behind the bar of a real server: who works there by forms, and the live line of a display."""

import asyncio
import json
import re
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

from websockets.asyncio.client import ClientConnection, connect

from tests.drills.bar import Bar

PASSWORD = "pour-me-one"
PATIENCE = 30


def hire_tess(bar: Bar) -> None:
    """She owns the place. Before the bar opens, and with PASSWORD in its environment."""
    bar.manage("createsuperuser", "--noinput", "--username", "tess", "--email", "tess@moksha.example")


class Tess:
    """A browser's cookies and its forms."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.jar = CookieJar()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.get("/admin/login/")
        self.post("/admin/login/?next=/bar/", username="tess", password=PASSWORD)

    def get(self, path: str) -> str:
        found: str = self.browser.open(self.address + path, timeout=PATIENCE).read().decode()
        return found

    def post(self, path: str, **fields: str) -> None:
        token = next(one.value for one in self.jar if one.name == "csrftoken")
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
        answer = "application/json" if path.startswith("/bar/") else "text/html"
        headers = {"Origin": self.address, "Accept": answer}
        request = urllib.request.Request(self.address + path, body, headers)
        self.browser.open(request, timeout=PATIENCE).close()

    def display(self) -> connect:
        url = self.address.replace("http", "ws", 1) + "/ws/bar/"
        cookies = "; ".join(f"{one.name}={one.value}" for one in self.jar)
        return connect(url, origin=self.address, additional_headers={"Cookie": cookies})  # type: ignore[arg-type]


class Display:
    """`seen` is when each ticket was first on the screen, as a new one."""

    def __init__(self, line: ClientConnection) -> None:
        self.line = line
        self.seen: dict[int, float] = {}
        self.shown: dict[str, str] = {}
        self.news = asyncio.Event()

    async def watch(self) -> None:
        async for text in self.line:
            now = time.perf_counter()
            pieces = json.loads(text).get("pieces", {})
            for ticket in re.findall(r'id="ticket-(\d+)"', pieces.get("lane-new", "")):
                self.seen.setdefault(int(ticket), now)
            self.shown |= pieces
            self.news.set()

    async def shows(self, ticket: int) -> float:
        async with asyncio.timeout(PATIENCE):
            while ticket not in self.seen:
                self.news.clear()
                await self.news.wait()
        return self.seen[ticket]
