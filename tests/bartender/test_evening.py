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
from bartender.models.menu import MenuItem, Venue
from bartender.models.visits import Turn
from bartender.services import bills, corrections, orders, tickets
from bartender.services.evening_summary import build_evening_summary
from bartender.services.visits import open_visit
from maya_site.core.venue import business_day_at
from payments.ledger import OperationContext, TipRule
from tests.bartender.staff_fixtures import pay_bill, sam_client
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.html_text import compact_html

QUERIES = 19


def tonight():
    return build_evening_summary(Venue.current(), timezone.now())


def lisbon(year, month, day, hour, minute=0, second=0):
    return datetime(year, month, day, hour, minute, second, tzinfo=ZoneInfo("Europe/Lisbon"))


def test_a_sale_at_half_past_one_belongs_to_the_evening_before():
    venue = Venue(timezone="Europe/Lisbon")

    assert business_day_at(venue, lisbon(2026, 11, 23, 1, 30)).date == date(2026, 11, 22)
    assert business_day_at(venue, lisbon(2026, 11, 23, 3, 59, 59)).date == date(2026, 11, 22)
    assert business_day_at(venue, lisbon(2026, 11, 23, 4, 0)).date == date(2026, 11, 23)


def test_the_day_is_the_venues_and_not_the_servers():
    at = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

    assert business_day_at(Venue(timezone="Asia/Kolkata"), at).date == date(2026, 11, 23)
    assert business_day_at(Venue(timezone="America/New_York"), at).date == date(2026, 11, 22)


@pytest.mark.parametrize("month, day, hours", [(3, 28, 23), (10, 24, 25), (7, 1, 24)])
def test_a_day_on_which_the_clocks_change_is_shorter_or_longer(month, day, hours):
    found = business_day_at(Venue(timezone="Europe/Lisbon"), lisbon(2026, month, day, 12))

    assert found.end.astimezone(UTC) - found.start.astimezone(UTC) == timedelta(hours=hours)


@given(
    at=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(
        ["UTC", "Europe/Lisbon", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
    ),
    hour=st.integers(0, 23),
)
def test_every_instant_is_in_its_own_day_and_days_meet_without_a_gap(at, zone, hour):
    venue = Venue(timezone=zone, day_start_hour=hour)
    day = business_day_at(venue, at)

    assert day.start <= at < day.end
    assert business_day_at(venue, day.end.astimezone(UTC)).start == day.end


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
    orders.add_line(ada, "Negroni", 2, [], make_context())
    bills.set_tip(ada, TipRule(basis_points=1000), make_context())
    pay_bill(ada)
    line = orders.add_line(ben, "Martini", 3, [], make_context())
    orders.remove_line(ben, line, 1, make_context())
    found = tonight()

    assert (found.taken.sold_cents, found.taken.tip_cents) == (2200 + 2600, 220)
    assert (found.taken.paid_cents, found.taken.play_cents) == (2420, 2420)
    assert (found.unsettled.tabs, found.unsettled.due_cents) == (1, 2600)
    assert [(drink.name, drink.units) for drink in found.top] == [("Martini", 2), ("Negroni", 2)]
    assert (found.visits, found.present) == (2, 2)
    assert [hour.cents for hour in found.hours] == [4800]


def test_what_the_house_gave_is_poured_but_not_sold(ben):
    line = orders.add_line(ben, "Martini", 1, [], make_context())
    corrections.comp_line(line, OperationContext("comp", actor="mo", source="admin", reason="spilled"))
    taken = tonight().taken

    assert (taken.sold_cents, taken.comped_cents, taken.net_cents) == (1300, 1300, 0)


def test_yesterday_is_not_tonight_but_its_open_tab_still_is(ben):
    orders.add_line(ben, "Martini", 1, [], make_context())
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        found = tonight()

    assert (found.taken.net_cents, found.visits, found.top) == (0, 0, [])
    assert found.unsettled.due_cents == 1300


def test_a_tab_from_which_everything_was_taken_off_again_is_not_open(ben):
    line = orders.add_line(ben, "Martini", 1, [], make_context())
    orders.remove_line(ben, line, None, make_context())

    assert tonight().unsettled.tabs == 0


def test_how_fast_maya_answers_is_measured_and_not_averaged(ada):
    for number in range(1, 21):
        took = {"elapsed_ms": number, "outcome": "done"}
        Turn.objects.create(visit=ada, client_id=f"{number}", **took)
    Turn.objects.create(visit=ada, client_id="last", outcome="failed")
    pace = tonight().pace

    assert (pace.turns, pace.failed, pace.p50_ms, pace.p95_ms) == (21, 1, 10, 19)


def test_waiting_tickets_are_told_with_the_age_of_the_oldest(ada, ben):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    tickets.fire_ticket(ada, make_context())
    orders.add_line(ben, "Soda", 1, [], make_context())
    tickets.bump_ticket(tickets.fire_ticket(ben, make_context()))
    with time_machine.travel(timezone.now() + timedelta(minutes=9)):
        found = tonight()
        assert (found.waiting, found.waited_minutes) == (2, 9)


def test_what_is_off_sale_is_told_with_a_button_to_put_it_back(menu):
    martini = MenuItem.objects.get(name="Martini")
    set_available([martini.pk], available=False)
    page = sam_client().get("/admin/").text

    assert f'action="/admin/bartender/menuitem/{martini.pk}/availability/"' in page


def test_each_figure_leads_to_the_rows_behind_it(ada, ben):
    with time_machine.travel(timezone.now() - timedelta(days=2)):
        orders.add_line(open_visit(), "Soda", 1, [], make_context())
    orders.add_line(ada, "Negroni", 2, [], make_context())
    pay_bill(ada)
    orders.add_line(ben, "Martini", 1, [], make_context())
    client = sam_client()
    links = [
        unescape(one)
        for one in re.findall(r'class="figure" href="([^"]+)"', compact_html(client.get("/admin/").text))
    ]
    found = [client.get(link).context["cl"].result_count for link in links]

    # The tab of the day before is still open; nobody has tipped or spoken yet.
    assert found == [2, 2, 0, 1, 2, 0, 0]


def test_the_evening_asks_a_fixed_small_number_of_questions(ada, ben):
    for guest in (ada, ben):
        orders.add_line(guest, "Negroni", 1, [], make_context())
        tickets.fire_ticket(guest, make_context())
    with CaptureQueriesContext(connection) as asked:
        tonight()

    assert len(asked) <= QUERIES


def test_the_first_page_shows_the_figures_in_the_venues_own_time(ada):
    Venue.objects.update(timezone="Asia/Kathmandu")
    with time_machine.travel(datetime(2026, 11, 22, 20, 0, tzinfo=UTC), tick=False):
        orders.add_line(ada, "Negroni", 2, [], make_context())
        page = sam_client().get("/admin/").text

    assert "Sunday, 22 November 2026" in page
    assert "It is 01:45 now." in page
    assert "$22.00" in page
