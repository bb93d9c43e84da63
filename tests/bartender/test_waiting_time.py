"""How long is the wait? Maya knows it from the tickets, and says that she does not where they are silent."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from bartender.facts.order import WaitRead
from bartender.services import orders, tickets
from bartender.services.visits import open_visit
from bartender.services.waiting_time import WaitingTime, waiting_time_of
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import lift_alcohol_limits, make_context

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limits(menu):
    lift_alcohol_limits()


def sent(guest):
    orders.add_line(guest, "Negroni", 1, [], make_context())
    return tickets.fire_ticket(guest, make_context())


def made_within(minutes):
    """Somebody's drink, sent a while ago and on the counter so many minutes later."""
    began = timezone.now() - timedelta(minutes=60)
    with time_machine.travel(began, tick=False):
        ticket = tickets.bump_ticket(sent(open_visit("page")))
    with time_machine.travel(began + timedelta(minutes=minutes), tick=False):
        tickets.bump_ticket(ticket)


def test_nothing_ordered_nothing_sent_and_nothing_to_wait_for(ada):
    assert waiting_time_of(ada) == WaitingTime("")

    orders.add_line(ada, "Negroni", 1, [], make_context())

    assert waiting_time_of(ada) == WaitingTime("unsent")


def test_where_no_ticket_was_made_lately_nobody_knows_how_long(ada, ben):
    sent(ben)
    ticket = sent(ada)

    assert waiting_time_of(ada) == WaitingTime("new", None, ahead=1)

    tickets.bump_ticket(ticket)

    assert waiting_time_of(ada) == WaitingTime("in_prep", None, ahead=1)


def test_the_minutes_are_those_of_the_last_tickets_less_what_was_waited(ada):
    for minutes in (6, 9, 30):
        made_within(minutes)
    with time_machine.travel(timezone.now() - timedelta(minutes=4), tick=False):
        sent(ada)

    assert waiting_time_of(ada) == WaitingTime("new", minutes=5)


def test_who_has_waited_longer_than_usual_is_not_told_less_than_a_minute(ada):
    for _each in range(3):
        made_within(2)
    with time_machine.travel(timezone.now() - timedelta(minutes=20), tick=False):
        sent(ada)

    assert waiting_time_of(ada).minutes == 1


def test_a_drink_on_the_counter_is_ready_and_one_at_the_table_is_served(ada):
    ticket = tickets.bump_ticket(tickets.bump_ticket(sent(ada)))

    assert waiting_time_of(ada) == WaitingTime("ready")

    tickets.bump_ticket(ticket)

    assert waiting_time_of(ada) == WaitingTime("served")


@pytest.mark.parametrize(
    "fact, words",
    [
        (WaitRead("in_prep", 1, 0), "being made now. About 1 minute"),
        (WaitRead("new", None, 1), "1 order is before it. How long it will take I don't know yet."),
        (WaitRead("ready", 3, 2), "is ready"),
    ],
)
def test_what_is_said_of_it(fact, words):
    assert words in fact.sentence()
