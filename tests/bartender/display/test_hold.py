"""What was sent waits a few seconds for second thoughts; then it is at the bar, once, whatever happens."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from bartender.dialogue.types import ToolCall
from bartender.errors import NothingToSend
from bartender.models.visits import Ticket
from bartender.permissions import STAFF_GROUP
from bartender.realtime import broadcast
from bartender.services import bills, orders, split_bill, tickets
from bartender.tools import ToolRunner
from bartender.web.display.board import build_board
from maya_site.ops.checks import check_settings
from tests.bartender.display.display_client import DisplayPage, session_key_of
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.realtime.page_client import PageClient
from tests.bartender.staff_fixtures import create_staff_user
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context

AWHILE = timedelta(seconds=21)


@pytest.fixture(autouse=True)
def _hold(settings):
    settings.HOLD_SECONDS = 20


def send(visit, item="Negroni"):
    orders.add_line(visit, item, 1, [], make_context())
    return tickets.fire_ticket(visit, make_context())


def hanging():
    return [slip.number for slips in build_board().lanes.values() for slip in slips]


def time_passes():
    for ticket in Ticket.objects.exclude(undo_until=None):
        times = {name: getattr(ticket, name) - AWHILE for name in ("undo_until", "fired_at", "updated_at")}
        Ticket.objects.filter(pk=ticket.pk).update(**times)


@pytest.mark.django_db
def test_the_bar_sees_it_when_its_hold_is_over_and_counts_its_age_from_then(ada):
    ticket = send(ada)
    (line,) = bills.bill_of(ada).lines
    assert hanging() == []
    assert line.progress == "goes to the bar in a moment"
    assert 18 < (tickets.seconds_to_next_release(timezone.now()) or 0) <= 20

    time_passes()
    (line,) = bills.bill_of(ada).lines
    (slip,) = build_board().lanes["new"]
    assert (slip.number, slip.seconds <= 2) == (ticket.pk, True)
    assert (line.progress, line.undo_until) == ("at the bar", None)
    assert tickets.seconds_to_next_release(timezone.now()) is None


@pytest.mark.django_db
def test_what_was_taken_back_in_time_the_bar_never_hears_of(ada):
    ticket = send(ada)
    orders.undo_last_line(ada, make_context())

    ticket.refresh_from_db()
    assert ticket.status == "voided"
    time_passes()
    assert hanging() == []


@pytest.mark.django_db
def test_what_was_taken_back_from_the_bar_is_shown_to_it(ada):
    ticket = send(ada)
    time_passes()
    orders.undo_last_line(ada, make_context())

    assert hanging() == [ticket.pk]


@pytest.mark.django_db
def test_sent_once_more_it_goes_at_once_and_stays_one_ticket(ada):
    ticket, again = send(ada), make_context()
    assert tickets.fire_ticket(ada, again) == ticket
    assert hanging() == [ticket.pk]
    assert bills.bill_of(ada).lines[0].progress == "at the bar"
    with pytest.raises(NothingToSend):
        tickets.fire_ticket(ada, again)


@pytest.mark.django_db
def test_maya_does_not_say_that_it_is_there_already(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    belt = ToolRunner(ada, "turn")
    (sent,), (again,) = (
        belt.run_calls([ToolCall("place_order", {})]),
        belt.run_calls([ToolCall("place_order", {})]),
    )

    assert sent.text == "Two Negronis: that goes to the bar in a moment."
    assert again.text == "Two Negronis: that's with the bar now."


@pytest.mark.django_db
def test_where_no_page_counts_down_nothing_is_held(ada):
    guest = guest_for_visit(ada)
    orders.add_line(ada, "Negroni", 1, [], make_context())
    guest.open_page()
    guest.submit_form("/send/")
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
    orders.add_line(ada, "Martini", 1, [], make_context())
    bills.request_bill(ada, make_context())

    assert len(hanging()) == 2
    assert held.pk in hanging()


@pytest.mark.django_db
def test_who_splits_the_bill_waits_for_nothing_either(ada):
    held = send(ada)
    split_bill.split_equally(ada, make_context())

    assert hanging() == [held.pk]


@pytest.mark.django_db(transaction=True)
async def test_the_display_wakes_by_itself_when_the_time_has_come(menu, ada, settings, monkeypatch):
    settings.HOLD_SECONDS = 1
    monkeypatch.setattr(broadcast, "POLL_INTERVAL_SECONDS", 3600)
    person = await sync_to_async(create_staff_user)("sam", STAFF_GROUP)
    async with DisplayPage(await session_key_of(person)) as screen:
        await screen.wait_for_text("lane-new", "Nothing new")
        ticket = await sync_to_async(send)(ada)
        await screen.wait_for_text("lane-new", f"ticket-{ticket.pk}")

    assert "Negroni" in screen.fragments["counts"]


@pytest.mark.django_db(transaction=True)
async def test_ada_is_told_until_when_by_the_servers_clock(ada):
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.send_client_message("tap-item", item="Negroni", quantity=1)
        await page.send_client_message("place-order")
        tab = next(frame for frame in page.received if held(frame))

    assert 15 < held(tab) - tab["data"]["now"] <= 20


def held(frame):
    lines = frame["data"].get("lines") or [{}]
    return lines[0].get("undo_until")


@pytest.mark.parametrize("seconds", [-1, 61])
def test_a_hold_that_makes_no_sense_is_refused_by_name(settings, seconds):
    settings.HOLD_SECONDS = seconds

    assert [str(told.id) for told in check_settings()] == ["maya_site.E023"]
