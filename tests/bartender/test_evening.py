"""The evening's figures, and where one evening ends and the next begins."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from bartender.menu.snapshot import set_available
from bartender.records.menu import MenuItem, Venue
from bartender.records.visits import Turn
from bartender.services import amends, bills, orders, tickets
from bartender.services.days import business_day
from bartender.services.evening import evening
from bartender.services.visits import open_visit
from payments.ledger import Cause, TipRule
from tests.bartender.staff_cast import pay, sam
from tests.cast import *  # noqa: F403 - the cast
from tests.cast import cause

QUERIES = 15


def tonight():
    return evening(Venue.here(), timezone.now())


def lisbon(year, month, day, hour, minute=0, second=0):
    return datetime(year, month, day, hour, minute, second, tzinfo=ZoneInfo("Europe/Lisbon"))


def test_a_sale_at_half_past_one_belongs_to_the_evening_before():
    venue = Venue(timezone="Europe/Lisbon")

    assert business_day(venue, lisbon(2026, 11, 23, 1, 30)).date == date(2026, 11, 22)
    assert business_day(venue, lisbon(2026, 11, 23, 3, 59, 59)).date == date(2026, 11, 22)
    assert business_day(venue, lisbon(2026, 11, 23, 4, 0)).date == date(2026, 11, 23)


def test_the_day_is_the_venues_and_not_the_servers():
    at = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

    assert business_day(Venue(timezone="Asia/Kolkata"), at).date == date(2026, 11, 23)
    assert business_day(Venue(timezone="America/New_York"), at).date == date(2026, 11, 22)


@pytest.mark.parametrize("month, day, hours", [(3, 28, 23), (10, 24, 25), (7, 1, 24)])
def test_a_day_on_which_the_clocks_change_is_shorter_or_longer(month, day, hours):
    found = business_day(Venue(timezone="Europe/Lisbon"), lisbon(2026, month, day, 12))

    assert found.end.astimezone(UTC) - found.start.astimezone(UTC) == timedelta(hours=hours)


@given(
    at=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(
        ["UTC", "Europe/Lisbon", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
    ),
    hour=st.integers(0, 23),
)
def test_every_instant_is_in_its_own_day_and_days_meet_without_a_gap(at, zone, hour):
    venue = Venue(timezone=zone, day_turns_at_hour=hour)
    day = business_day(venue, at)

    assert day.start <= at < day.end
    assert business_day(venue, day.end.astimezone(UTC)).start == day.end


def test_an_empty_bar_has_an_empty_evening(menu):
    found = tonight()

    assert (found.taken.net_cents, found.unsettled.tabs, found.pace.turns, found.pace.p50_ms) == (
        0,
        0,
        0,
        None,
    )
    assert (found.top, found.hours, found.waiting, found.waited_minutes) == ([], [], 0, None)


def test_the_figures_are_what_the_guests_did(ada, ben):
    orders.add(ada, "Negroni", 2, [], cause())
    bills.set_tip(ada, TipRule(bp=1000), cause())
    pay(ada)
    line = orders.add(ben, "Martini", 3, [], cause())
    orders.remove(ben, line, 1, cause())
    found = tonight()

    assert (found.taken.sold_cents, found.taken.tip_cents) == (2200 + 2600, 220)
    assert (found.taken.paid_cents, found.taken.play_cents) == (2420, 2420)
    assert (found.unsettled.tabs, found.unsettled.due_cents) == (1, 2600)
    assert [(drink.name, drink.units) for drink in found.top] == [("Martini", 2), ("Negroni", 2)]
    assert (found.visits, found.here) == (2, 2)
    assert [hour.cents for hour in found.hours] == [4800]


def test_what_the_house_gave_is_poured_but_not_sold(ben):
    line = orders.add(ben, "Martini", 1, [], cause())
    amends.comp(line, Cause("comp", actor="mo", source="admin", reason="spilled"))
    taken = tonight().taken

    assert (taken.sold_cents, taken.comped_cents, taken.net_cents) == (1300, 1300, 0)


def test_yesterday_is_not_tonight_but_its_open_tab_still_is(ben):
    orders.add(ben, "Martini", 1, [], cause())
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        found = tonight()

    assert (found.taken.net_cents, found.visits, found.top) == (0, 0, [])
    assert found.unsettled.due_cents == 1300


def test_a_tab_from_which_everything_was_taken_off_again_is_not_open(ben):
    line = orders.add(ben, "Martini", 1, [], cause())
    orders.remove(ben, line, None, cause())

    assert tonight().unsettled.tabs == 0


def test_how_fast_maya_answers_is_measured_and_not_averaged(ada):
    for number in range(1, 21):
        took = {"elapsed_ms": number, "outcome": "done"}
        Turn.objects.create(visit=ada, client_id=f"{number}", **took)
    Turn.objects.create(visit=ada, client_id="last", outcome="failed")
    pace = tonight().pace

    assert (pace.turns, pace.failed, pace.p50_ms, pace.p95_ms) == (21, 1, 10, 19)


def test_waiting_tickets_are_told_with_the_age_of_the_oldest(ada, ben):
    orders.add(ada, "Negroni", 1, [], cause())
    tickets.fire(ada, cause())
    orders.add(ben, "Soda", 1, [], cause())
    tickets.bump(tickets.fire(ben, cause()))
    with time_machine.travel(timezone.now() + timedelta(minutes=9)):
        found = tonight()
        assert (found.waiting, found.waited_minutes) == (2, 9)


def test_what_is_off_sale_is_told_with_a_button_to_put_it_back(menu):
    martini = MenuItem.objects.get(name="Martini")
    set_available([martini.pk], available=False)
    page = sam().get("/admin/").text

    assert f'action="/admin/bartender/menuitem/{martini.pk}/availability/"' in page


def test_each_figure_leads_to_the_rows_behind_it(ada, ben):
    with time_machine.travel(timezone.now() - timedelta(days=2)):
        orders.add(open_visit(), "Soda", 1, [], cause())
    orders.add(ada, "Negroni", 2, [], cause())
    pay(ada)
    orders.add(ben, "Martini", 1, [], cause())
    client = sam()
    links = [
        unescape(one) for one in re.findall(r'class="figure" href="([^"]+)"', client.get("/admin/").text)
    ]
    found = [client.get(link).context["cl"].result_count for link in links]

    # The tab of the day before is still open; nobody has tipped or spoken yet.
    assert found == [2, 2, 0, 1, 2, 0, 0]


def test_the_evening_asks_a_fixed_small_number_of_questions(ada, ben):
    for guest in (ada, ben):
        orders.add(guest, "Negroni", 1, [], cause())
        tickets.fire(guest, cause())
    with CaptureQueriesContext(connection) as asked:
        tonight()

    assert len(asked) <= QUERIES


def test_the_first_page_shows_the_figures_in_the_venues_own_time(ada):
    Venue.objects.update(timezone="Asia/Kathmandu")
    with time_machine.travel(datetime(2026, 11, 22, 20, 0, tzinfo=UTC), tick=False):
        orders.add(ada, "Negroni", 2, [], cause())
        page = sam().get("/admin/").text

    assert "Sunday, 22 November 2026" in page
    assert "It is 01:45 now." in page
    assert "$22.00" in page
