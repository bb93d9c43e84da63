"""What happens in the house is on the display at once, and on nobody else's screen."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session

from bartender.menu.snapshot import set_available
from bartender.records.menu import MenuItem
from bartender.services import orders, tickets
from bartender.staff import STAFF
from bartender.stream import relay
from bartender.stream.tasks import ALIVE
from tests.bartender.display.screen import Screen, session_of
from tests.bartender.staff_cast import hire
from tests.bartender.stream.page import Page
from tests.cast import *  # noqa: F403 - the cast
from tests.cast import cause

pytestmark = [pytest.mark.django_db(transaction=True)]


@sync_to_async
def send(visit, item="Negroni"):
    orders.add(visit, item, 1, [], cause())
    return tickets.fire(visit, cause())


@sync_to_async
def draft(visit):
    orders.add(visit, "Martini", 1, [], cause())


@pytest.fixture
def person(menu):
    return hire("sam", STAFF)


@pytest.fixture
def never_by_looking(monkeypatch):
    """Only what is announced is heard of."""
    monkeypatch.setattr(relay, "LOOK_EVERY", 3600)


async def test_a_ticket_is_on_the_display_and_moves_through_its_lanes(person, ada, never_by_looking):
    async with Screen(await session_of(person)) as screen:
        await screen.until("lane-new", "Nothing new")
        ticket = await send(ada)
        await screen.until("lane-new", f"ticket-{ticket.pk}")
        for lane in ("making", "ready", "served"):
            await sync_to_async(tickets.bump)(ticket)
            await screen.until(f"lane-{lane}", f"ticket-{ticket.pk}")
        await sync_to_async(tickets.recall)(ticket)
        await screen.until("lane-making", "Recalled")

    assert "Nothing new" in screen.shown["lane-new"]
    assert "Negroni" in screen.shown["counts"]


async def test_what_did_not_change_is_not_sent_again(person, ada, never_by_looking):
    async with Screen(await session_of(person)) as screen:
        await screen.until("lane-new", "Nothing new")
        await send(ada)
        await screen.until("lane-new", "Negroni")

    later = {name for message in screen.seen[1:] for name in message["pieces"]}
    assert "lane-new" in later
    assert not {"off_sale", "lane-ready", "lane-served"} & later


async def test_a_draft_is_on_no_display(person, ada, ben, never_by_looking):
    async with Screen(await session_of(person)) as screen:
        await draft(ada)
        await send(ben)
        await screen.until("lane-new", "Negroni")

    assert not any("Martini" in screen.shown[f"lane-{lane}"] for lane in ("new", "making", "ready", "served"))
    assert "Martini" not in screen.shown["counts"]


async def test_86_is_on_the_display_and_on_open_guest_pages_at_once(person, ada, never_by_looking):
    martini = await MenuItem.objects.aget(name="Martini")
    async with Screen(await session_of(person)) as screen, Page(ada) as page:
        await page.ready()
        await page.until("parts")
        await screen.until("off_sale", "Martini")
        await sync_to_async(set_available)([martini.pk], available=False)
        heard = await page.until("menu", timeout=15)
        await screen.until("off_sale", "put back")

    assert heard["data"]["sold_out"] == ["Martini"]


async def test_a_conversation_is_listed_with_what_was_said_last(person, ada, never_by_looking):
    async with Screen(await session_of(person)) as screen, Page(ada) as page:
        await page.ready()
        await page.say("Is it always <b>this</b> quiet?")
        await screen.until("talks", ada.code[:4].upper())

    assert "<b>this</b>" not in screen.shown["talks"]


async def test_a_display_that_comes_later_sees_the_same(person, ada):
    ticket = await send(ada)
    await sync_to_async(tickets.bump)(ticket)
    async with Screen(await session_of(person)) as screen:
        await screen.until("lane-making", f"ticket-{ticket.pk}")


async def test_what_nobody_announced_is_found_by_looking(person, ada, monkeypatch):
    """As from another process whose hint was lost."""
    monkeypatch.setattr(relay, "LOOK_EVERY", 0.1)
    async with Screen(await session_of(person)) as screen:
        await screen.until("lane-new", "Nothing new")
        monkeypatch.setattr("bartender.receivers.announce", lambda _visit: None)
        await send(ada)
        await screen.until("lane-new", "Negroni")


async def test_a_stranger_and_a_colleague_without_a_group_are_shown_nothing(menu):
    colleague = await session_of(await sync_to_async(hire)("nat"))
    for session in ("", "made-up", colleague):
        async with Screen(session) as screen:
            said, code = await screen.goodbye()
        assert (said["reason"], code) == ("log in", 4401)
        assert screen.shown == {}


async def test_who_logs_out_sees_nothing_more(person, ada):
    session = await session_of(person)
    async with Screen(session) as screen:
        await screen.until("lane-new", "Nothing new")
        await Session.objects.all().adelete()
        await send(ada)
        said, _code = await screen.goodbye()

    assert said["reason"] == "log in"
    assert "Negroni" not in screen.shown["lane-new"]


async def test_who_leaves_the_group_sees_nothing_more(person, ada):
    async with Screen(await session_of(person)) as screen:
        await screen.until("lane-new", "Nothing new")
        await person.groups.aclear()
        await send(ada)
        said, _code = await screen.goodbye()

    assert said["reason"] == "log in"


async def test_a_beat_is_answered_with_the_time_and_anything_else_ends_the_line(person):
    async with Screen(await session_of(person)) as screen:
        await screen.until("lane-new", "Nothing new")
        await screen.line.send_to(text_data="ping")
        assert (await screen.hear())["kind"] == "pong"
        await screen.line.send_to(text_data='{"bump": 1}')
        said, code = await screen.goodbye()

    assert (said["reason"], code) == ("not understood", 4400)


async def test_when_the_last_display_is_gone_nothing_goes_on(person):
    async with Screen(await session_of(person)) as screen:
        await screen.until("lane-new", "Nothing new")
        assert len(relay.RELAYS) == 1
    await asyncio.sleep(0)

    assert set() == relay.RELAYS
    assert not [task for task in ALIVE if not task.done()]
