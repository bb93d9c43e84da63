"""Guests who went away. Ada paid and left, Ben left without paying, Cy is still at the counter."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from bartender import jobs
from bartender.errors import VisitOver
from bartender.records.menu import Venue
from bartender.services import bills, orders
from bartender.services.visits import expire_visits, find_visit, open_visit, touch
from maya_site.jobs.registry import PERIODIC
from payments import checkout
from payments.models import Journal, Payment, Tab
from tests.bartender.staff_cast import pay, sam, show_the_bill
from tests.cast import *  # noqa: F403 - the cast
from tests.cast import cause


def hours_later(number=3):
    return time_machine.travel(timezone.now() + timedelta(hours=number), tick=False)


def tab_of(guest):
    return Tab.objects.get(visit_code=guest.code)


def test_an_idle_visit_closes(cy):
    with hours_later():
        assert expire_visits() == {"closed": 1, "flagged": 0}

    cy.refresh_from_db()
    assert cy.closed_at is not None
    assert cy.flagged_at is None


def test_a_visit_that_was_just_touched_stays(cy):
    with hours_later():
        touch(cy)
        assert expire_visits() == {"closed": 0, "flagged": 0}

    assert find_visit(cy.code) == cy


def test_how_long_a_guest_may_be_silent_is_the_houses_rule(cy):
    Venue.objects.update(idle_minutes=600)
    with hours_later(9):
        assert expire_visits()["closed"] == 0
    with hours_later(11):
        assert expire_visits()["closed"] == 1


def test_the_guest_of_a_closed_visit_gets_an_honest_new_start(ben):
    orders.add(ben, "Martini", 1, [], cause())
    with hours_later():
        expire_visits()
        ben.refresh_from_db()

        assert find_visit(ben.code) is None
        with pytest.raises(VisitOver):
            orders.add(ben, "Martini", 1, [], cause())
        assert bills.bill_of(open_visit()).total_cents == 0

    assert tab_of(ben).units == 1


def test_an_unpaid_tab_is_flagged_and_stays_exactly_as_it_was(ben):
    orders.add(ben, "Martini", 2, [], cause())
    before = tab_of(ben)
    with hours_later():
        assert expire_visits() == {"closed": 1, "flagged": 1}

    after = tab_of(ben)
    assert after.flagged_at is not None
    assert (after.status, after.due_cents, after.version) == (before.status, 2600, before.version)
    assert Journal.objects.count() == 1


def test_a_paid_tab_is_nobodys_worry(ada):
    orders.add(ada, "Martini", 1, [], cause())
    pay(ada)
    with hours_later():
        assert expire_visits() == {"closed": 1, "flagged": 0}

    assert tab_of(ada).flagged_at is None


def test_a_tab_with_its_bill_out_is_flagged_too_and_thaws_when_the_link_runs_out(ben):
    orders.add(ben, "Martini", 1, [], cause())
    bills.confirm_payment(ben, show_the_bill(ben))
    with hours_later():
        expire_visits()
        assert PERIODIC["expire_payments"].every == 60
        assert checkout.expire_overdue() == 1
        assert checkout.expire_overdue() == 0

    tab = tab_of(ben)
    assert (tab.status, tab.due_cents, tab.flagged_at is None) == ("open", 1300, False)
    assert Payment.objects.get().status == "expired"


def test_running_it_twice_changes_nothing(ada, ben, cy):
    orders.add(ben, "Martini", 1, [], cause())
    with hours_later():
        expire_visits()
    first = (tab_of(ben).flagged_at, *type(ben).objects.values_list("closed_at", "flagged_at"))
    with hours_later(30):
        assert expire_visits() == {"closed": 0, "flagged": 0}

    assert (tab_of(ben).flagged_at, *type(ben).objects.values_list("closed_at", "flagged_at")) == first


def test_the_bar_does_it_by_itself_every_minute(ben):
    orders.add(ben, "Martini", 1, [], cause())
    with hours_later():
        assert PERIODIC["expire_visits"].every == 60
        assert jobs.expire_visits() == {"closed": 1, "flagged": 1}


def test_the_command_says_what_it_did(ada, ben, capsys):
    orders.add(ben, "Martini", 1, [], cause())
    with hours_later():
        call_command("expire_visits")

    assert capsys.readouterr().out == "closed 2, of them left unpaid 1\n"


def test_staff_find_the_unpaid_tab_on_the_first_page_and_in_both_lists(ada, ben):
    orders.add(ada, "Negroni", 1, [], cause())
    orders.add(ben, "Martini", 2, [], cause())
    with hours_later():
        touch(ada)
        expire_visits()
        client = sam()
        first = client.get("/admin/").text
        tabs = client.get("/admin/payments/tab/?left_unpaid=yes")
        visits = client.get("/admin/bartender/visit/?left_unpaid=yes")

    assert "1 tab, $26.00. The guest is gone, the tab is not." in first
    assert [tab.code for tab in tabs.context["cl"].result_list] == [tab_of(ben).code]
    assert [visit.code for visit in visits.context["cl"].result_list] == [ben.code]


def test_once_settled_it_is_no_longer_among_the_unpaid(ben):
    orders.add(ben, "Martini", 1, [], cause())
    with hours_later():
        expire_visits()
        ben.refresh_from_db()
        pay(ben)
        client = sam()
        tabs = client.get("/admin/payments/tab/?left_unpaid=yes")
        visits = client.get("/admin/bartender/visit/?left_unpaid=yes")

        assert "Left unpaid" not in client.get("/admin/").text
        assert not tabs.context["cl"].result_count + visits.context["cl"].result_count
