"""What happens elsewhere reaches the page, and only the pages of that visit."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from bartender.brains.status import Thinking
from bartender.menu.snapshot import set_available
from bartender.records.menu import MenuItem
from bartender.records.visits import Ticket, Visit
from bartender.services import orders, tickets
from bartender.stream import relay, talk
from bartender.stream.news import look
from bartender.stream.show import Show
from tests.bartender.stream.page import Page
from tests.cast import cause

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def soon(monkeypatch):
    """Look at the database often, so that no test waits five seconds."""
    monkeypatch.setattr(relay, "LOOK_EVERY", 0.1)


async def test_an_order_in_another_window_appears_in_this_one(ada):
    async with Page(ada) as here, Page(ada) as there:
        await here.ready()
        await there.ready()
        await there.press("tap-item", item="Martini")
        tab = await here.until("tab")

    assert tab["data"]["order"][0]["item"] == "Martini"


async def test_an_order_by_a_form_appears_on_the_stream(ada):
    async with Page(ada) as page:
        await page.ready()
        await sync_to_async(orders.add)(ada, "Martini", 1, [], cause())
        tab = await page.until("tab")

    assert tab["data"]["tab"]["subtotal_cents"] == 1300


async def test_nobody_hears_of_another_guests_order(ada, ben):
    async with Page(ada) as hers, Page(ben) as his:
        await hers.ready()
        await his.ready()
        await hers.press("tap-item", item="Martini")
        await asyncio.sleep(0.2)
        await his.press("ping")

    assert [tab["order"] for tab in his.all("tab")] == [[]]


async def test_a_ticket_is_followed_from_the_bar_to_the_guest(ada):
    async with Page(ada) as page:
        await page.ready()
        await page.press("tap-item", item="Martini")
        await page.press("place-order")
        ticket = await Ticket.objects.aget()
        for _ in range(3):
            await sync_to_async(tickets.bump)(ticket)
            await page.until("ticket")

    assert [said["status"] for said in page.all("ticket")] == ["new", "in_prep", "ready", "served"]
    assert page.all("tab")[-1]["lines"][0]["changeable"] is False


async def test_news_that_nobody_announced_are_found_by_looking(ada, soon):
    """As from another process whose hint was lost."""
    async with Page(ada) as page:
        await page.ready()
        await sync_to_async(set_available)(
            [(await MenuItem.objects.aget(name="Martini")).pk], available=False
        )
        menu = await page.until("menu")
        notice = await page.until("notice")

    assert menu["data"]["sold_out"] == ["Martini"]
    assert "Martini is sold out" in notice["data"]["text"]


async def test_a_visit_that_is_closed_says_goodbye(ada, soon):
    async with Page(ada) as page:
        await page.ready()
        await Visit.objects.filter(pk=ada.pk).aupdate(closed_at=ada.opened_at)
        said, code = await page.goodbye()

    assert (said["reason"], code) == ("visit over", 4410)


async def test_when_the_last_page_leaves_nothing_listens_on(ada):
    async with Page(ada) as page:
        await page.ready()
        assert len(relay.RELAYS) == 1

    assert set() == relay.RELAYS
    assert talk.RUNNING == {}


async def test_a_look_that_was_begun_before_what_is_shown_is_not_shown_over_it(ada):
    said: list[Any] = []
    show = Show(ada, said.append, over=lambda: None, aloud=lambda _remark: False)
    show.ready = True
    before = await sync_to_async(look)(ada)
    await sync_to_async(orders.add)(ada, "Martini", 1, [], cause())
    ordered = await sync_to_async(look)(ada)
    await sync_to_async(tickets.fire)(ada, cause())
    fired = await sync_to_async(look)(ada)
    for now in (before, fired, ordered):
        show.update(now)
    show.stop()

    tabs = [frame["data"] for frame in said if frame["data"]["kind"] == "tab"]
    assert [line["status"] for tab in tabs for line in tab["lines"]] == ["sent"]
    assert ordered.bill.version == fired.bill.version


async def test_the_page_hears_when_somebody_else_answers(ada, monkeypatch):
    away = Thinking("", "gemini-3.8-flash")
    async with Page(ada) as page:
        await page.ready()
        first = await page.until("parts")
        monkeypatch.setattr("bartender.honest.thinking", lambda: away)
        await page.say("Hello")
        then = await page.until("parts")

    assert "no language model key" in first["data"]["parts"][0]["says"]
    assert then["data"]["parts"][0] == {
        "state": "simulated",
        "says": "House brain · Gemini does not answer just now",
    }
