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

from tests.live import COOKIE, Guest, cookies
from tests.served import served
from tests.vendors.gemini import KEY, ScriptedGemini
from tests.vendors.gemini.evening import evening
from tests.vendors.gemini.faults import overloaded

TOKEN = "a-token-that-nobody-guesses"


@dataclass
class Open:
    address: str
    gemini: ScriptedGemini

    def metrics(self) -> str:
        return httpx.get(
            f"{self.address}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10
        ).text


class Listener(Guest):
    """A guest who hears Maya: the sound itself is for ears."""

    async def hear(self) -> dict[str, Any]:
        while isinstance(frame := await self.socket.recv(), bytes):
            pass
        self.seen.append(json.loads(frame))
        return self.seen[-1]

    async def hears_her(self) -> None:
        began = "bot-started-speaking"
        if not any(frame["type"] == began for frame in self.seen):
            await self.until(began, timeout=30)


@contextmanager
def open_bar(folder: Path) -> Iterator[Open]:
    """A bar with a language model, a voice of this machine, a backup of each day and a door for Stripe."""
    with ScriptedGemini() as gemini:
        gemini.always(evening)
        settings = {
            "GEMINI_API_KEY": KEY,
            "GEMINI_BASE_URL": gemini.address,
            "METRICS_TOKEN": TOKEN,
            "BACKUP_STORE": str(folder / "backups"),
            "JOB_RUNNER": "server",  # nobody runs Celery's worker here
            "STRIPE_WEBHOOK_SECRET": "whsec_" + "not_guessed" * 3,
        }
        with served(folder, **settings) as address:
            yield Open(address, gemini)


def spend(bar: Open) -> None:
    """The whole evening, once."""
    asyncio.run(_guests(bar))
    _strangers(bar)


async def _guests(bar: Open) -> None:
    for number, cookie in enumerate(cookies(2)):
        async with Listener(bar.address, cookie) as guest:
            await guest.ready()
            await guest.press("set-voice", on=True)
            if number == 1:
                bar.gemini.play(overloaded())  # one turn for which Gemini is no help
            await guest.say("two martinis please")
            await guest.hears_her()
            await guest.press("tap-item", item="IPA")
            await guest.press("set-tip", percent=20)
            await guest.press("place-order")
            await _pay(guest, bar.address)


async def _pay(guest: Guest, address: str) -> None:
    """At the simulated till, as its page would."""
    await guest.press("pay")
    await guest.press("pay", nonce=guest.tab()["payment"]["nonce"])
    till = guest.tab()["payment"]["url"]
    async with httpx.AsyncClient(base_url=address, cookies={COOKIE: guest.cookie}, timeout=10) as browser:
        await browser.get(till)
        token = browser.cookies["csrftoken"]
        asked = {"csrfmiddlewaretoken": token, "choice": "approve"}
        await browser.post(till, data=asked, headers={"Origin": address})
    await guest.until(lambda frame: bool(frame["data"].get("receipt")))


def _strangers(bar: Open) -> None:
    with httpx.Client(base_url=bar.address, timeout=10) as browser:
        for path in ("/", "/tab/", "/healthz", "/livez", "/nothing-here", "/tab/00000000/receipt/", "/me/"):
            browser.get(path)
        browser.post("/payments/stripe/webhook/", content=b"{}", headers={"Stripe-Signature": "forged"})
