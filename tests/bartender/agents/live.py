"""A bar with agents behind its real server: a guest without scripts, and the stock MCP client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.drills.bar import BarProcess
from tests.html_dom import Element, parse_html
from tests.live_server import temporary_database

TIMEOUT_SECONDS = 60
SWITCH = "from bartender.models.menu import Venue; Venue.objects.update(agents_enabled={})"


@contextmanager
def bar_with_agents(folder: Path, **environment: str) -> Iterator[BarProcess]:
    """An open bar with a database of its own, which takes agents."""
    with temporary_database(folder) as database:
        bar = BarProcess(folder, database, JOB_RUNNER="server", **environment)
        bar.prepare()
        switch_agents(bar, on=True)
        bar.open()
        try:
            yield bar
        finally:
            bar.close()


def switch_agents(bar: BarProcess, *, on: bool) -> None:
    bar.manage("shell", "-v", "0", "-c", SWITCH.format(on))


class LiveGuest:
    """A browser without scripts: it opens pages and sends the forms that are on them."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.http = httpx2.Client(base_url=address, follow_redirects=True, timeout=TIMEOUT_SECONDS)
        self.page = ""

    def open(self, path: str = "/") -> str:
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.status_code
        self.page = answer.text
        return self.page

    def send(self, action: str, **filled: Any) -> str:
        """The first form of this page that goes there, with what it holds and what the guest chose."""
        form = next(one for one in self.dom.find_all("form") if one.get("action") == action)
        fields = _fields(form) | {name: str(value) for name, value in filled.items()}
        headers = {"Origin": self.address, "Referer": self.address + "/"}
        answer = self.http.post(action, data=fields, headers=headers)
        assert answer.status_code == 200, answer.text[:300]
        self.page = answer.text
        return self.page

    @property
    def dom(self) -> Element:
        return parse_html(self.page)

    def pairing_code(self, **allowed: Any) -> str:
        """A new code from the guest's page."""
        self.open("/agents/")
        self.send("/agents/code/", **allowed)
        return next(one.text for one in self.dom.find_all("p") if one.get("class") == "pairing-code").strip()


@contextmanager
def sit_down(address: str) -> Iterator[LiveGuest]:
    """A new guest, whose browser is closed in the end."""
    guest = LiveGuest(address)
    with guest.http:
        yield guest


def _fields(form: Element) -> dict[str, str]:
    """What a browser would send of a form that nobody has touched."""
    found = {one.get("name"): one.get("value") for one in form.find_all("input") if one.get("name")}
    for select in form.find_all("select"):
        options = list(select.find_all("option"))
        chosen = [one for one in options if one.has_attribute("selected")] or options[:1]
        found[select.get("name")] = chosen[0].get("value")
    return found


def pair(address: str, code: str, name: str = "Hal") -> str:
    """The token that the code is exchanged for."""
    answer = httpx2.post(f"{address}/mcp/pair", json={"code": code, "name": name}, timeout=TIMEOUT_SECONDS)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


@asynccontextmanager
async def stock_client(address: str, token: str, mode: str = "auto") -> AsyncIterator[Client]:
    """The SDK's own client. "auto" speaks the protocol of 2026-07-28, "legacy" the ones with a handshake."""
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT_SECONDS) as http,
        Client(
            streamable_http_client(f"{address}/mcp", http_client=http),
            mode=mode,
            read_timeout_seconds=TIMEOUT_SECONDS,
        ) as client,
    ):
        yield client


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """What a tool answered. A refusal is no answer."""
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content
    data: dict[str, Any] = answer.structured_content["data"]
    return data


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    answer = await client.call_tool(tool, arguments)
    assert answer.is_error, answer.structured_content
    return str(getattr(answer.content[0], "text", ""))


def run(work: Any) -> Any:
    return asyncio.run(work)
