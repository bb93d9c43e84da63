"""What was sent waits a few seconds for second thoughts; then it is at the bar, once, whatever happens."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from bartender.brains.base import Call
from bartender.display.board import board
from bartender.errors import NothingToSend
from bartender.records.visits import Ticket
from bartender.services import bills, orders, sharing, tickets
from bartender.staff import STAFF
from bartender.stream import relay
from bartender.tools import Toolbelt
from maya_site.checks import house_settings
from tests.bartender.display.screen import Screen, session_of
from tests.bartender.page_cast import guest_of
from tests.bartender.staff_cast import hire
from tests.bartender.stream.page import Page
from tests.cast import *  # noqa: F403 - the cast
from tests.cast import cause

AWHILE = timedelta(seconds=21)


@pytest.fixture(autouse=True)
def _hold(settings):
    settings.HOLD_SECONDS = 20


def send(visit, item="Negroni"):
    orders.add(visit, item, 1, [], cause())
    return tickets.fire(visit, cause())


def hanging():
    return [slip.number for slips in board().lanes.values() for slip in slips]


def time_passes():
    for ticket in Ticket.objects.exclude(held_until=None):
        times = {name: getattr(ticket, name) - AWHILE for name in ("held_until", "fired_at", "changed_at")}
        Ticket.objects.filter(pk=ticket.pk).update(**times)


@pytest.mark.django_db
def test_the_bar_sees_it_when_its_hold_is_over_and_counts_its_age_from_then(ada):
    ticket = send(ada)
    (line,) = bills.bill_of(ada).lines
    assert hanging() == []
    assert line.progress == "goes to the bar in a moment"
    assert 18 < (tickets.next_at_the_bar(timezone.now()) or 0) <= 20

    time_passes()
    (line,) = bills.bill_of(ada).lines
    (slip,) = board().lanes["new"]
    assert (slip.number, slip.seconds <= 2) == (ticket.pk, True)
    assert (line.progress, line.held_until) == ("at the bar", None)
    assert tickets.next_at_the_bar(timezone.now()) is None


@pytest.mark.django_db
def test_what_was_taken_back_in_time_the_bar_never_hears_of(ada):
    ticket = send(ada)
    orders.undo(ada, cause())

    ticket.refresh_from_db()
    assert ticket.status == "voided"
    time_passes()
    assert hanging() == []


@pytest.mark.django_db
def test_what_was_taken_back_from_the_bar_is_shown_to_it(ada):
    ticket = send(ada)
    time_passes()
    orders.undo(ada, cause())

    assert hanging() == [ticket.pk]


@pytest.mark.django_db
def test_sent_once_more_it_goes_at_once_and_stays_one_ticket(ada):
    ticket, again = send(ada), cause()
    assert tickets.fire(ada, again) == ticket
    assert hanging() == [ticket.pk]
    assert bills.bill_of(ada).lines[0].progress == "at the bar"
    with pytest.raises(NothingToSend):
        tickets.fire(ada, again)


@pytest.mark.django_db
def test_maya_does_not_say_that_it_is_there_already(ada):
    orders.add(ada, "Negroni", 2, [], cause())
    belt = Toolbelt(ada, "turn")
    (sent,), (again,) = belt.use([Call("place_order", {})]), belt.use([Call("place_order", {})])

    assert sent.text == "Two Negronis: that goes to the bar in a moment."
    assert again.text == "Two Negronis: that's with the bar now."


@pytest.mark.django_db
def test_where_no_page_counts_down_nothing_is_held(ada):
    guest = guest_of(ada)
    orders.add(ada, "Negroni", 1, [], cause())
    guest.look()
    guest.send("/send/")
    ada.surface = "chat"
    send(ada, "Martini")

    assert len(hanging()) == 2


@pytest.mark.django_db
def test_what_comes_after_is_held_by_itself(ada):
    first = send(ada)
    time_passes()
    second = send(ada, "Martini")

    assert hanging() == [first.pk]
    assert second.pk != first.pk
    assert [line.progress for line in bills.bill_of(ada).lines] == [
        "at the bar",
        "goes to the bar in a moment",
    ]


@pytest.mark.django_db
def test_who_asks_for_the_bill_waits_for_nothing(ada):
    held = send(ada)
    orders.add(ada, "Martini", 1, [], cause())
    bills.ask_to_pay(ada, cause())

    assert len(hanging()) == 2
    assert held.pk in hanging()


@pytest.mark.django_db
def test_who_splits_the_bill_waits_for_nothing_either(ada):
    held = send(ada)
    sharing.equally(ada, cause())

    assert hanging() == [held.pk]


@pytest.mark.django_db(transaction=True)
async def test_the_display_wakes_by_itself_when_the_time_has_come(menu, ada, settings, monkeypatch):
    settings.HOLD_SECONDS = 1
    monkeypatch.setattr(relay, "LOOK_EVERY", 3600)
    person = await sync_to_async(hire)("sam", STAFF)
    async with Screen(await session_of(person)) as screen:
        await screen.until("lane-new", "Nothing new")
        ticket = await sync_to_async(send)(ada)
        await screen.until("lane-new", f"ticket-{ticket.pk}")

    assert "Negroni" in screen.shown["counts"]


@pytest.mark.django_db(transaction=True)
async def test_ada_is_told_until_when_by_the_servers_clock(ada):
    async with Page(ada) as page:
        await page.ready()
        await page.press("tap-item", item="Negroni", quantity=1)
        await page.press("place-order")
        tab = next(frame for frame in page.seen if held(frame))

    assert 15 < held(tab) - tab["data"]["now"] <= 20


def held(frame):
    lines = frame["data"].get("lines") or [{}]
    return lines[0].get("held_until")


@pytest.mark.parametrize("seconds", [-1, 61])
def test_a_hold_that_makes_no_sense_is_refused_by_name(settings, seconds):
    settings.HOLD_SECONDS = seconds

    assert [str(told.id) for told in house_settings()] == ["maya_site.E023"]
