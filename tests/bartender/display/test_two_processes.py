"""The display hangs on one process, the guest on another, as where the bar runs on several."""

import asyncio
import re
import urllib.request
from contextlib import suppress

import pytest

from tests.drills.bar import BarProcess
from tests.live_server import temporary_database
from tests.staff_client import PASSWORD, TIMEOUT_SECONDS, DisplayClient, StaffClient, create_owner
from tests.websocket_client import GuestConnection, make_visit_cookies, message_kind

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def two_bars(tmp_path_factory):
    """Of one database; and of one Redis, where the tests have one."""
    folder = tmp_path_factory.mktemp("two")
    with temporary_database(folder) as database:
        bars = [BarProcess(folder, database, DJANGO_SUPERUSER_PASSWORD=PASSWORD) for _ in range(2)]
        bars[0].prepare()
        create_owner(bars[0])
        for bar in bars:
            bar.open()
        yield bars
        for bar in bars:
            bar.close()


async def test_a_guest_of_one_process_is_on_the_display_of_the_other(two_bars):
    here, there = two_bars
    tess = await asyncio.to_thread(StaffClient, here.address)
    async with (
        tess.connect_display() as line,
        GuestConnection(there.address, make_visit_cookies(1)[0]) as guest,
    ):
        display = DisplayClient(line)
        watching = asyncio.create_task(display.read_updates())
        await guest.send_client_ready()
        await guest.send_client_message("tap-item", item="Lemonade")
        await guest.send_client_message("place-order")
        sent = [one["data"] for one in guest.received if message_kind(one) == "ticket"]
        ticket = sent[0] if sent else (await guest.wait_for("ticket", TIMEOUT_SECONDS))["data"]
        await display.wait_for_ticket(ticket["ticket"])
        await asyncio.to_thread(tess.post, f"/bar/ticket/{ticket['ticket']}/bump/", seen="0")
        heard = await guest.wait_for(lambda one: "is being made now" in str(one["data"]), TIMEOUT_SECONDS)
        item = display.fragments["off_sale"].partition("/bar/86/")[2].partition("/")[0]
        await asyncio.to_thread(tess.post, f"/bar/86/{item}/", available="0")
        menu = await guest.wait_for("menu", TIMEOUT_SECONDS)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

    assert heard["data"]["text"] == "One Lemonade is being made now."
    assert len(menu["data"]["sold_out"]) == 1


def test_a_drink_that_one_process_sells_out_is_so_on_the_others_next_page(two_bars):
    """Each process has the menu's rows in its own memory."""
    tess = StaffClient(two_bars[0].address)
    item = re.findall(r'name="id" value="\w+-(\d+)"', row_of(read_page(two_bars[1]), "negroni"))[0]

    for available in ("1", "0", "1"):
        tess.post(f"/bar/86/{item}/", available=available)
        rows = [row_of(read_page(bar), "negroni") for bar in two_bars]
        assert ["sold-out" in row for row in rows] == [available == "0"] * 2


def read_page(bar):
    with urllib.request.urlopen(bar.address, timeout=TIMEOUT_SECONDS) as answer:
        return answer.read().decode()


def row_of(page, slug):
    return next(row for row in page.split("<li")[1:] if f'data-drink="{slug}"' in row)
