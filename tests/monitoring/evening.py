"""A short evening with something in every figure: guests who write, hear, pay and leave, and a few faults."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.live_server import run_live_server
from tests.vendors.gemini import KEY, ScriptedGemini
from tests.vendors.gemini.evening import answer_request
from tests.vendors.gemini.faults import overloaded
from tests.websocket_client import COOKIE, GuestConnection, make_visit_cookies

TOKEN = "a-token-that-nobody-guesses"


@dataclass
class OpenBar:
    address: str
    gemini: ScriptedGemini

    def metrics(self) -> str:
        return httpx.get(
            f"{self.address}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10
        ).text


class ListeningGuest(GuestConnection):
    """A guest who hears Maya: the sound itself is for ears."""

    async def receive(self) -> dict[str, Any]:
        while isinstance(frame := await self.socket.recv(), bytes):
            pass
        self.received.append(json.loads(frame))
        return self.received[-1]

    async def wait_for_speech(self) -> None:
        began = "bot-started-speaking"
        if not any(frame["type"] == began for frame in self.received):
            await self.wait_for(began, timeout=30)


@contextmanager
def open_bar(folder: Path) -> Iterator[OpenBar]:
    """A bar with a language model, a voice of this machine, a backup of each day and a door for Stripe."""
    with ScriptedGemini() as gemini:
        gemini.always(answer_request)
        settings = {
            "GEMINI_API_KEY": KEY,
            "GEMINI_BASE_URL": gemini.address,
            "METRICS_TOKEN": TOKEN,
            "BACKUP_STORE": str(folder / "backups"),
            "JOB_RUNNER": "server",  # nobody runs Celery's worker here
            "STRIPE_WEBHOOK_SECRET": "whsec_" + "not_guessed" * 3,
        }
        with run_live_server(folder, **settings) as address:
            yield OpenBar(address, gemini)


def play_evening(bar: OpenBar) -> None:
    """The whole evening, once."""
    asyncio.run(_guests(bar))
    _strangers(bar)


async def _guests(bar: OpenBar) -> None:
    for number, cookie in enumerate(make_visit_cookies(2)):
        async with ListeningGuest(bar.address, cookie) as guest:
            await guest.send_client_ready()
            await guest.send_client_message("set-voice", on=True)
            if number == 1:
                bar.gemini.play(overloaded())  # one turn for which Gemini is no help
            await guest.send_text("two martinis please")
            await guest.wait_for_speech()
            await guest.send_client_message("tap-item", item="IPA")
            await guest.send_client_message("set-tip", percent=20)
            await guest.send_client_message("place-order")
            await _pay(guest, bar.address)


async def _pay(guest: GuestConnection, address: str) -> None:
    """At the simulated till, as its page would."""
    await guest.send_client_message("pay")
    await guest.send_client_message("pay", nonce=guest.last_tab()["payment"]["nonce"])
    till = guest.last_tab()["payment"]["url"]
    async with httpx.AsyncClient(base_url=address, cookies={COOKIE: guest.cookie}, timeout=10) as browser:
        await browser.get(till)
        token = browser.cookies["csrftoken"]
        asked = {"csrfmiddlewaretoken": token, "choice": "approve"}
        await browser.post(till, data=asked, headers={"Origin": address})
    await guest.wait_for(lambda frame: bool(frame["data"].get("receipt")))


def _strangers(bar: OpenBar) -> None:
    with httpx.Client(base_url=bar.address, timeout=10) as browser:
        for path in ("/", "/tab/", "/healthz", "/livez", "/nothing-here", "/tab/00000000/receipt/", "/me/"):
            browser.get(path)
        browser.post("/payments/stripe/webhook/", content=b"{}", headers={"Stripe-Signature": "forged"})
