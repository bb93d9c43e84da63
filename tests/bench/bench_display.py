"""From a guest's order to the ticket on the bar display, over real sockets, database and all.

    python -m tests.bench.bench_display --orders 200 --guests 10
    python -m tests.bench.bench_display --database postgres://postgres@127.0.0.1/bench   (an empty one)

Measured at the display: from the guest's press of "Send to the bar" until the line of the display brings the
ticket; then from the bump, a form, until the guest's page says that it is being made; and from an 86 until a
guest's open page has it. Meanwhile other guests talk with Maya, and `--waiting` tickets hang there already.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import tempfile
import time
from pathlib import Path

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.drills.bar import BarProcess
from tests.staff_client import PASSWORD, TIMEOUT_SECONDS, DisplayClient, StaffClient, create_owner
from tests.websocket_client import GuestConnection, make_visit_cookies, message_kind

EACH_GUEST = 4  # orders, so that no tab meets its limits


async def order(guest: GuestConnection, display: DisplayClient) -> tuple[int, float]:
    await guest.send_client_message("tap-item", item="Lemonade")
    began = time.perf_counter()
    await guest.send("client-message", {"t": "place-order", "d": {}})
    frame = await guest.wait_for(
        lambda one: message_kind(one) == "ticket" and one["data"]["status"] == "new", TIMEOUT_SECONDS
    )
    ticket: int = frame["data"]["ticket"]
    return ticket, await display.wait_for_ticket(ticket) - began


async def bump(guest: GuestConnection, tess: StaffClient, ticket: int) -> float:
    began = time.perf_counter()
    pressed = asyncio.create_task(asyncio.to_thread(tess.post, f"/bar/ticket/{ticket}/bump/", seen="0"))
    await guest.wait_for(lambda one: _says(one, ticket), TIMEOUT_SECONDS)
    took = time.perf_counter() - began
    await pressed
    return took


def _says(frame: dict[str, object], ticket: int) -> bool:
    data = frame["data"]
    assert isinstance(data, dict)
    return data.get("ticket") == ticket and data.get("status") == "in_prep"


async def eighty_six(guest: GuestConnection, tess: StaffClient, item: str, times: int) -> list[float]:
    took = []
    for number in range(times):
        began = time.perf_counter()
        sold = str(number % 2)
        pressed = asyncio.create_task(asyncio.to_thread(tess.post, f"/bar/86/{item}/", available=sold))
        await guest.wait_for("menu", TIMEOUT_SECONDS)
        took.append(time.perf_counter() - began)
        await pressed
    return took


async def talk(address: str, number: int) -> None:
    """A guest who talks, as fast as one may, until the bench is over."""
    local = f"127.0.{1 + number // 10}.{1 + number % 10}"
    async with GuestConnection(address, make_visit_cookies(1)[0], local=local) as guest:
        await guest.send_client_ready()
        while True:
            await guest.send_text("how was your day?")
            await asyncio.sleep(5.5)


async def measure(bar: BarProcess, tess: StaffClient, asked: argparse.Namespace) -> None:
    async with tess.connect_display() as line:
        display = DisplayClient(line)
        going_on = [asyncio.create_task(display.read_updates())]
        await hang(bar, display, asked.waiting)
        going_on += [asyncio.create_task(talk(bar.address, number)) for number in range(asked.guests)]
        shown: list[float] = []
        heard: list[float] = []
        while len(shown) < asked.orders:
            async with GuestConnection(
                bar.address, make_visit_cookies(1)[0], local=f"127.1.{len(shown) % 200}.1"
            ) as guest:
                await guest.send_client_ready()
                for _ in range(EACH_GUEST):
                    ticket, took = await order(guest, display)
                    shown.append(took)
                    heard.append(await bump(guest, tess, ticket))
        async with GuestConnection(bar.address, make_visit_cookies(1)[0]) as guest:
            await guest.send_client_ready()
            item = re.findall(r"/bar/86/(\d+)/", display.fragments["off_sale"])[0]
            sold_out = await eighty_six(guest, tess, item, asked.sold_out)
        for one in going_on:
            one.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await one
    told = (("order to ticket on screen", shown), ("bump to the guest's page", heard))
    for name, waits in (*told, ("86 to a guest's open page", sold_out)):
        parts = (("p50", 50), ("p95", 95), ("most", 100))
        at = "   ".join(f"{what} {_ms(waits, part)}" for what, part in parts)
        print(f"{name:<26} {len(waits):>4}   {at} ms")


async def hang(bar: BarProcess, display: DisplayClient, waiting: int) -> None:
    while len(display.first_seen_at) < waiting:
        async with GuestConnection(
            bar.address, make_visit_cookies(1)[0], local=f"127.2.{len(display.first_seen_at) % 200}.1"
        ) as guest:
            await guest.send_client_ready()
            for _ in range(EACH_GUEST):
                await order(guest, display)


def _ms(values: list[float], percentile: int) -> str:
    ordered = sorted(values)
    return f"{ordered[min(len(ordered) - 1, len(ordered) * percentile // 100)] * 1000:6.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--orders", type=int, default=100)
    parser.add_argument("--guests", type=int, default=5, help="who talk meanwhile")
    parser.add_argument("--waiting", type=int, default=20, help="tickets on the board before")
    parser.add_argument("--sold-out", type=int, default=20, help="86 and back")
    parser.add_argument("--database", default="", help="an empty one; without it SQLite")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="display_bench_") as folder:
        quiet = {"LOG_LEVEL": "warning", "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        bar = BarProcess(Path(folder), asked.database, **quiet)
        bar.prepare()
        create_owner(bar)
        bar.open()
        try:
            load = os.getloadavg()[0]
            print(f"{bar.database.partition('://')[0]}, {os.cpu_count()} cores, load before: {load:.1f}")
            print(f"{asked.guests} guests talk, {asked.waiting} tickets hang on the board")
            asyncio.run(measure(bar, StaffClient(bar.address), asked))
        finally:
            bar.close()


if __name__ == "__main__":
    main()
