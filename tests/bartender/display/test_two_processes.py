"""The display hangs on one process, the guest on another, as where the house runs on several."""

import asyncio
from contextlib import suppress

import pytest

from tests.behind import PASSWORD, PATIENCE, Display, Tess, hire_tess
from tests.drills.bar import Bar
from tests.live import Guest, cookies, kind
from tests.served import own_database

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def two_bars(tmp_path_factory):
    """Of one database; and of one Redis, where the tests have one."""
    folder = tmp_path_factory.mktemp("two")
    with own_database(folder) as database:
        bars = [Bar(folder, database, DJANGO_SUPERUSER_PASSWORD=PASSWORD) for _ in range(2)]
        bars[0].prepare()
        hire_tess(bars[0])
        for bar in bars:
            bar.open()
        yield bars
        for bar in bars:
            bar.close()


async def test_a_guest_of_one_process_is_on_the_display_of_the_other(two_bars):
    here, there = two_bars
    tess = await asyncio.to_thread(Tess, here.address)
    async with tess.display() as line, Guest(there.address, cookies(1)[0]) as guest:
        display = Display(line)
        watching = asyncio.create_task(display.watch())
        await guest.ready()
        await guest.press("tap-item", item="Lemonade")
        await guest.press("place-order")
        sent = [one["data"] for one in guest.seen if kind(one) == "ticket"]
        ticket = sent[0] if sent else (await guest.until("ticket", PATIENCE))["data"]
        await display.shows(ticket["ticket"])
        await asyncio.to_thread(tess.post, f"/bar/ticket/{ticket['ticket']}/bump/", seen="0")
        heard = await guest.until(lambda one: "is being made now" in str(one["data"]), PATIENCE)
        item = display.shown["off_sale"].partition("/bar/86/")[2].partition("/")[0]
        await asyncio.to_thread(tess.post, f"/bar/86/{item}/", available="0")
        menu = await guest.until("menu", PATIENCE)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

    assert heard["data"]["text"] == "One Lemonade is being made now."
    assert len(menu["data"]["sold_out"]) == 1
