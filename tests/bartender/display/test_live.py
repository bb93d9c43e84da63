"""What happens in the bar is on the display at once, and on nobody else's screen."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session

from bartender.menu.snapshot import set_available
from bartender.models.menu import MenuItem
from bartender.permissions import STAFF_GROUP
from bartender.realtime import broadcast
from bartender.services import orders, tickets
from maya_site.core.websocket_consumer import RUNNING_TASKS
from tests.bartender.display.display_client import DisplayPage, session_key_of
from tests.bartender.realtime.page_client import PageClient
from tests.bartender.staff_fixtures import client_for, create_staff_user
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context

pytestmark = [pytest.mark.django_db(transaction=True)]


@sync_to_async
def send(visit, item="Negroni"):
    orders.add_line(visit, item, 1, [], make_context())
    return tickets.fire_ticket(visit, make_context())


@sync_to_async
def draft(visit):
    orders.add_line(visit, "Martini", 1, [], make_context())


@pytest.fixture
def person(menu):
    return create_staff_user("sam", STAFF_GROUP)


@pytest.fixture
def never_by_looking(monkeypatch):
    """Only what is announced is heard of."""
    monkeypatch.setattr(broadcast, "POLL_INTERVAL_SECONDS", 3600)


async def test_a_ticket_is_on_the_display_and_moves_through_its_lanes(person, ada, never_by_looking):
    async with DisplayPage(await session_key_of(person)) as screen:
        await screen.wait_for_text("lane-new", "Nothing new")
        ticket = await send(ada)
        await screen.wait_for_text("lane-new", f"ticket-{ticket.pk}")
        for lane in ("making", "ready", "served"):
            await sync_to_async(tickets.bump_ticket)(ticket)
            await screen.wait_for_text(f"lane-{lane}", f"ticket-{ticket.pk}")
        await sync_to_async(tickets.recall_ticket)(ticket)
        await screen.wait_for_text("lane-making", "Recalled")

    assert "Nothing new" in screen.fragments["lane-new"]
    assert "Negroni" in screen.fragments["counts"]


async def test_what_did_not_change_is_not_sent_again(person, ada, never_by_looking):
    async with DisplayPage(await session_key_of(person)) as screen:
        await screen.wait_for_text("lane-new", "Nothing new")
        await send(ada)
        await screen.wait_for_text("lane-new", "Negroni")

    later = {name for message in screen.received[1:] for name in message["fragments"]}
    assert "lane-new" in later
    assert not {"off_sale", "lane-ready", "lane-served"} & later


async def test_a_draft_is_on_no_display(person, ada, ben, never_by_looking):
    async with DisplayPage(await session_key_of(person)) as screen:
        await draft(ada)
        await send(ben)
        await screen.wait_for_text("lane-new", "Negroni")

    assert not any(
        "Martini" in screen.fragments[f"lane-{lane}"] for lane in ("new", "making", "ready", "served")
    )
    assert "Martini" not in screen.fragments["counts"]


async def test_86_is_on_the_display_and_on_open_guest_pages_at_once(person, ada, never_by_looking):
    martini = await MenuItem.objects.aget(name="Martini")
    async with DisplayPage(await session_key_of(person)) as screen, PageClient(ada) as page:
        await page.send_client_ready()
        await page.wait_for("components")
        await screen.wait_for_text("off_sale", "Martini")
        await sync_to_async(set_available)([martini.pk], available=False)
        heard = await page.wait_for("menu", timeout=15)
        await screen.wait_for_text("off_sale", "put back")

    assert heard["data"]["sold_out"] == ["Martini"]


async def test_a_conversation_is_listed_with_what_was_said_last(person, ada, never_by_looking):
    async with DisplayPage(await session_key_of(person)) as screen, PageClient(ada) as page:
        await page.send_client_ready()
        await page.send_text("Is it always <b>this</b> quiet?")
        await screen.wait_for_text("conversations", ada.display_name)

    assert "<b>this</b>" not in screen.fragments["conversations"]


async def test_a_display_that_comes_later_sees_the_same(person, ada):
    ticket = await send(ada)
    await sync_to_async(tickets.bump_ticket)(ticket)
    async with DisplayPage(await session_key_of(person)) as screen:
        await screen.wait_for_text("lane-making", f"ticket-{ticket.pk}")


async def test_what_nobody_announced_is_found_by_looking(person, ada, monkeypatch):
    """As from another process whose hint was lost."""
    monkeypatch.setattr(broadcast, "POLL_INTERVAL_SECONDS", 0.1)
    async with DisplayPage(await session_key_of(person)) as screen:
        await screen.wait_for_text("lane-new", "Nothing new")
        monkeypatch.setattr("bartender.realtime.broadcast.broadcast_change", lambda _visit: None)
        await send(ada)
        await screen.wait_for_text("lane-new", "Negroni")


async def test_a_stranger_and_a_colleague_without_a_group_are_shown_nothing(menu):
    colleague = await session_key_of(await sync_to_async(create_staff_user)("nat"))
    for session in ("", "made-up", colleague):
        async with DisplayPage(session) as screen:
            said, code = await screen.wait_for_close()
        assert (said["reason"], code) == ("log in", 4401)
        assert screen.fragments == {}


async def test_who_logs_out_sees_nothing_more(person, ada):
    session = await session_key_of(person)
    async with DisplayPage(session) as screen:
        await screen.wait_for_text("lane-new", "Nothing new")
        await Session.objects.all().adelete()
        await send(ada)
        said, _code = await screen.wait_for_close()

    assert said["reason"] == "log in"
    assert "Negroni" not in screen.fragments["lane-new"]


async def test_who_leaves_the_group_sees_nothing_more(person, ada):
    async with DisplayPage(await session_key_of(person)) as screen:
        await screen.wait_for_text("lane-new", "Nothing new")
        await person.groups.aclear()
        await send(ada)
        said, _code = await screen.wait_for_close()

    assert said["reason"] == "log in"


async def test_a_beat_is_answered_with_the_time_and_anything_else_ends_the_line(person):
    async with DisplayPage(await session_key_of(person)) as screen:
        await screen.wait_for_text("lane-new", "Nothing new")
        await screen.communicator.send_to(text_data="ping")
        assert (await screen.receive())["kind"] == "pong"
        await screen.communicator.send_to(text_data='{"bump": 1}')
        said, code = await screen.wait_for_close()

    assert (said["reason"], code) == ("not understood", 4400)


async def test_when_the_last_display_is_gone_nothing_goes_on(person):
    async with DisplayPage(await session_key_of(person)) as screen:
        await screen.wait_for_text("lane-new", "Nothing new")
        assert len(broadcast.ACTIVE_HUBS) == 1
    await asyncio.sleep(0)

    assert set() == broadcast.ACTIVE_HUBS
    assert not [task for task in RUNNING_TASKS if not task.done()]


async def test_a_guests_page_on_the_display_shows_what_staff_pressed_and_what_the_guest_ordered(
    person, ada, never_by_looking
):
    page = f"/bar/talk/{ada.code}/"
    staff = FormBrowser(await sync_to_async(client_for)(person))
    async with DisplayPage(await session_key_of(person), ada.code) as screen:
        await screen.wait_for_text("care", "unknown")
        await screen.wait_for_text("their_tab", "Nothing on it.")
        await draft(ada)
        await screen.wait_for_text("their_tab", "Martini")
        await sync_to_async(staff.open)(page)
        await sync_to_async(staff.press_button)("ID seen")
        await screen.wait_for_text("care", "of age, a person has looked")
        await sync_to_async(staff.press_button)("Save", allergies=["milk"])
        await screen.wait_for_text("care", "Allergies: milk")
        await sync_to_async(staff.press_button)("No alcohol")
        await screen.wait_for_text("care", "ID refused")

    assert "decided by sam" in " ".join(screen.fragments["care"].split())


async def test_who_may_not_decide_gets_no_word_of_age_and_allergies(ada, never_by_looking):
    reader = await sync_to_async(create_staff_user)("nat")
    await sync_to_async(reader.user_permissions.add)(await Permission.objects.aget(codename="view_turn"))
    async with DisplayPage(await session_key_of(reader), ada.code) as screen:
        await screen.wait_for_text("their_tab", "Nothing on it.")

    assert "care" not in screen.fragments
