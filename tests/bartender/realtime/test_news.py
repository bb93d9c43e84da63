"""What happens elsewhere reaches the page, and only the pages of that visit."""

import asyncio
import itertools
import threading
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from bartender.brains.status import LLMStatus
from bartender.menu.snapshot import set_available
from bartender.models.menu import MenuItem
from bartender.models.visits import Ticket, Visit
from bartender.realtime import broadcast, turns
from bartender.realtime.session_view import SessionView
from bartender.realtime.snapshot import read_snapshot
from bartender.services import bills, orders, tickets
from maya_site.core.metrics import BROADCASTS_DROPPED
from payments import checkout
from payments.models import Payment
from tests.bartender.realtime.page_client import PageClient
from tests.guest_fixtures import make_context

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def soon(monkeypatch):
    """Look at the database often, so that no test waits five seconds."""
    monkeypatch.setattr(broadcast, "POLL_INTERVAL_SECONDS", 0.1)


async def test_an_order_in_another_window_appears_in_this_one(ada):
    async with PageClient(ada) as here, PageClient(ada) as there:
        await here.send_client_ready()
        await there.send_client_ready()
        await there.send_client_message("tap-item", item="Martini")
        tab = await here.wait_for("tab")

    assert tab["data"]["order"][0]["item"] == "Martini"


async def test_an_order_by_a_form_appears_on_the_stream(ada):
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await sync_to_async(orders.add_line)(ada, "Martini", 1, [], make_context())
        tab = await page.wait_for("tab")

    assert tab["data"]["tab"]["subtotal_cents"] == 1300


async def test_nobody_hears_of_another_guests_order(ada, ben):
    async with PageClient(ada) as hers, PageClient(ben) as his:
        await hers.send_client_ready()
        await his.send_client_ready()
        await hers.send_client_message("tap-item", item="Martini")
        await asyncio.sleep(0.2)
        await his.send_client_message("ping")

    assert [tab["order"] for tab in his.all_matching("tab")] == [[]]


async def test_a_ticket_is_followed_from_the_bar_to_the_guest(ada):
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.send_client_message("tap-item", item="Martini")
        await page.send_client_message("place-order")
        ticket = await Ticket.objects.aget()
        for _ in range(3):
            await sync_to_async(tickets.bump_ticket)(ticket)
            await page.wait_for("ticket")

    assert [said["status"] for said in page.all_matching("ticket")] == ["new", "in_prep", "ready", "served"]
    assert page.all_matching("tab")[-1]["lines"][0]["changeable"] is False


async def test_news_that_nobody_announced_are_found_by_looking(ada, soon):
    """As from another process whose hint was lost."""
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await sync_to_async(set_available)(
            [(await MenuItem.objects.aget(name="Martini")).pk], available=False
        )
        menu = await page.wait_for("menu")
        notice = await page.wait_for("notice")

    assert menu["data"]["sold_out"] == ["Martini"]
    assert "Martini is sold out" in notice["data"]["text"]


async def test_a_drink_that_is_back_on_sale_is_told_in_the_place_of_its_being_sold_out(ada, soon):
    martini = [(await MenuItem.objects.aget(name="Martini")).pk]
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await sync_to_async(set_available)(martini, available=False)
        gone = await page.wait_for("notice")
        await sync_to_async(set_available)(martini, available=True)
        back = await page.wait_for("notice")

    assert "Martini is back on the menu" in back["data"]["text"]
    assert back["data"]["about"] == gone["data"]["about"]


async def test_a_visit_that_is_closed_says_goodbye(ada, soon):
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await Visit.objects.filter(pk=ada.pk).aupdate(closed_at=ada.opened_at)
        said, code = await page.wait_for_close()

    assert (said["reason"], code) == ("visit over", 4410)


async def test_when_the_last_page_leaves_nothing_listens_on(ada):
    async with PageClient(ada) as page:
        await page.send_client_ready()
        assert len(broadcast.ACTIVE_HUBS) == 1

    assert set() == broadcast.ACTIVE_HUBS
    assert turns.RUNNING_TURNS == {}


async def test_a_look_that_was_begun_before_what_is_shown_is_not_shown_over_it(ada):
    said: list[Any] = []
    show = view_of(ada, said)
    before = await sync_to_async(read_snapshot)(ada)
    await sync_to_async(orders.add_line)(ada, "Martini", 1, [], make_context())
    ordered = await sync_to_async(read_snapshot)(ada)
    await sync_to_async(tickets.fire_ticket)(ada, make_context())
    fired = await sync_to_async(read_snapshot)(ada)
    show.apply_snapshot(before)
    show.send_bill(fired.bill)  # a turn's
    show.apply_snapshot(ordered)
    show.stop()

    tabs = [frame["data"] for frame in said if frame["data"]["kind"] == "tab"]
    assert [line["status"] for tab in tabs for line in tab["lines"]] == ["sent"]
    assert ordered.bill.version == fired.bill.version


async def test_a_slow_look_is_never_sent_after_a_newer_one(ada, monkeypatch):
    """A button's look and a notice's look at the same time: the bill went back to an earlier state."""
    said: list[Any] = []
    show = view_of(ada, said)
    has_read, may_go_on, reads = threading.Event(), threading.Event(), itertools.count()

    def read_slowly_at_first(visit):
        found = read_snapshot(visit)
        if next(reads) == 0:
            has_read.set()
            may_go_on.wait(5)
        return found

    monkeypatch.setattr("bartender.realtime.session_view.read_snapshot", read_slowly_at_first)
    await sync_to_async(orders.add_line)(ada, "Martini", 1, [], make_context())
    await sync_to_async(bills.request_bill)(ada, make_context())
    slow = asyncio.create_task(show.refresh())
    await asyncio.to_thread(has_read.wait, 5)
    await sync_to_async(_pay_in_full)(ada)
    quick = asyncio.create_task(show.refresh())
    await asyncio.wait({quick}, timeout=0.3)  # it overtakes the slow one, if it can
    may_go_on.set()
    assert await slow
    assert await quick
    show.stop()

    told = [frame["data"]["status"] for frame in said if frame["data"]["kind"] == "payment"]
    assert told == ["created", "succeeded"]


def view_of(visit, said):
    view = SessionView(
        visit, said.append, on_visit_closed=lambda: None, speak_announcement=lambda _remark: False
    )
    view.is_client_ready = True
    return view


def _pay_in_full(visit):
    payment = Payment.objects.get(tab__visit_code=visit.code)
    bills.confirm_payment(visit, payment.nonce)
    checkout.mark_paid(Payment.objects.get(pk=payment.pk), make_context())


async def test_the_page_hears_when_somebody_else_answers(ada, monkeypatch):
    away = LLMStatus("", "gemini-3.8-flash", "Gemini")
    async with PageClient(ada) as page:
        await page.send_client_ready()
        first = await page.wait_for("components")
        monkeypatch.setattr("bartender.provider_status.badges.current_llm_status", lambda: away)
        await page.send_text("Hello")
        then = await page.wait_for("components")

    assert "no language model key" in first["data"]["components"][0]["says"]
    assert then["data"]["components"][0] == {
        "state": "simulated",
        "says": "Built-in answers · Gemini is not answering right now",
    }


class QuietLayer:
    """A layer that hands on only some of what is sent to it, as Redis does when it has too much of it."""

    def __init__(self, messages):
        self.messages = list(messages)

    async def receive(self, channel):
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)


async def test_notices_that_the_layer_dropped_without_a_word_are_counted(monkeypatch):
    def news(number, sender="another process"):
        return {"visit": "ada", "from": sender, "number": number}

    monkeypatch.setattr(broadcast, "GROUP_RENEWAL_SECONDS", 0.2)
    heard: list[str] = []
    hub = broadcast.BroadcastHub(asyncio.get_running_loop())
    monkeypatch.setattr(hub, "notify", heard.append)
    before = BROADCASTS_DROPPED._value.get()
    layer = QuietLayer([news(7), news(8), news(3, "a third"), news(12), news(12), news(4, "a third")])

    await hub._receive_until_renewal(layer, "here")

    assert BROADCASTS_DROPPED._value.get() - before == 3
    assert heard == ["ada"] * 6
