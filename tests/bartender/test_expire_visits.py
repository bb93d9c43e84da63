"""Guests who went away. Ada paid and left, Ben left without paying, Cy is still at the counter."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from bartender import tasks
from bartender.errors import VisitClosed
from bartender.models.menu import Venue
from bartender.models.visits import Visit
from bartender.services import bills, orders, visits
from bartender.services.visits import expire_visits, open_visit, update_last_seen
from maya_site.tasks.registry import PERIODIC_TASKS
from payments import checkout
from payments.models import Journal, Payment, Tab
from tests.bartender.staff_fixtures import pay_bill, request_bill, sam_client
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.html_text import compact_html


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
        update_last_seen(cy)
        assert expire_visits() == {"closed": 0, "flagged": 0}

    assert cy in Visit.objects.active()


def test_how_long_a_guest_may_be_silent_is_the_houses_rule(cy):
    Venue.objects.update(idle_minutes=600)
    with hours_later(9):
        assert expire_visits()["closed"] == 0
    with hours_later(11):
        assert expire_visits()["closed"] == 1


def test_the_guest_of_a_closed_visit_gets_an_honest_new_start(ben):
    orders.add_line(ben, "Martini", 1, [], make_context())
    with hours_later():
        expire_visits()
        ben.refresh_from_db()

        assert ben not in Visit.objects.active()
        with pytest.raises(VisitClosed):
            orders.add_line(ben, "Martini", 1, [], make_context())
        assert bills.bill_of(open_visit()).total_cents == 0

    assert tab_of(ben).units == 1


def test_an_unpaid_tab_is_flagged_and_stays_exactly_as_it_was(ben):
    orders.add_line(ben, "Martini", 2, [], make_context())
    before = tab_of(ben)
    with hours_later():
        assert expire_visits() == {"closed": 1, "flagged": 1}

    after = tab_of(ben)
    assert after.flagged_at is not None
    assert (after.status, after.due_cents, after.version) == (before.status, 2600, before.version)
    assert Journal.objects.count() == 1


def test_a_paid_tab_is_nobodys_worry(ada):
    orders.add_line(ada, "Martini", 1, [], make_context())
    pay_bill(ada)
    with hours_later():
        assert expire_visits() == {"closed": 1, "flagged": 0}

    assert tab_of(ada).flagged_at is None


def test_a_tab_with_its_bill_out_is_flagged_too_and_thaws_when_the_link_runs_out(ben):
    orders.add_line(ben, "Martini", 1, [], make_context())
    bills.confirm_payment(ben, request_bill(ben))
    with hours_later():
        expire_visits()
        assert PERIODIC_TASKS["expire_payments"].interval_seconds == 60
        assert checkout.expire_overdue_payments() == 1
        assert checkout.expire_overdue_payments() == 0

    tab = tab_of(ben)
    assert (tab.status, tab.due_cents, tab.flagged_at is None) == ("open", 1300, False)
    assert Payment.objects.get().status == "expired"


def test_running_it_twice_changes_nothing(ada, ben, cy):
    orders.add_line(ben, "Martini", 1, [], make_context())
    with hours_later():
        expire_visits()
    first = (tab_of(ben).flagged_at, *type(ben).objects.values_list("closed_at", "flagged_at"))
    with hours_later(30):
        assert expire_visits() == {"closed": 0, "flagged": 0}

    assert (tab_of(ben).flagged_at, *type(ben).objects.values_list("closed_at", "flagged_at")) == first


def test_the_bar_does_it_by_itself_every_minute(ben):
    orders.add_line(ben, "Martini", 1, [], make_context())
    with hours_later():
        assert PERIODIC_TASKS["expire_visits"].interval_seconds == 60
        assert tasks.expire_visits() == {"closed": 1, "flagged": 1}


def test_the_command_says_what_it_did(ada, ben, capsys):
    orders.add_line(ben, "Martini", 1, [], make_context())
    with hours_later():
        call_command("expire_visits")

    assert capsys.readouterr().out == "closed 2, of them left unpaid 1\n"


def test_staff_find_the_unpaid_tab_on_the_first_page_and_in_both_lists(ada, ben):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    orders.add_line(ben, "Martini", 2, [], make_context())
    with hours_later():
        update_last_seen(ada)
        expire_visits()
        client = sam_client()
        first = compact_html(client.get("/admin/").text)
        tabs = client.get("/admin/payments/tab/?left_unpaid=yes")
        visits = client.get("/admin/bartender/visit/?left_unpaid=yes")

    assert "1 tab, $26.00. The guest is gone, the tab is not." in first
    assert [tab.code for tab in tabs.context["cl"].result_list] == [tab_of(ben).code]
    assert [visit.code for visit in visits.context["cl"].result_list] == [ben.code]


def test_once_settled_it_is_no_longer_among_the_unpaid(ben):
    orders.add_line(ben, "Martini", 1, [], make_context())
    with hours_later():
        expire_visits()
        ben.refresh_from_db()
        pay_bill(ben)
        client = sam_client()
        tabs = client.get("/admin/payments/tab/?left_unpaid=yes")
        visits = client.get("/admin/bartender/visit/?left_unpaid=yes")

        assert "Left unpaid" not in client.get("/admin/").text
        assert not tabs.context["cl"].result_count + visits.context["cl"].result_count


@pytest.mark.django_db(transaction=True)
def test_eight_first_acts_at_once_make_one_visit(menu):
    together = threading.Barrier(8)

    def act(number):
        together.wait(10)
        try:
            if number % 2 and (entered := visits.get_or_create_visit("f" * 32)):
                return entered.pk
            looked = Visit(code="f" * 32)
            visits.ensure_visit_saved(looked)
            return looked.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as crowd:
        made = set(crowd.map(act, range(8)))

    assert made == {Visit.objects.get().pk}
