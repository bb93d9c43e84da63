"""Many hands on one ticket at the same moment: it moves once, and is written once."""

from functools import partial

import pytest
from django.db import connection
from django.db.models import QuerySet

from bartender.errors import MovedOn
from bartender.records.room import TicketMove
from bartender.records.visits import Ticket, Turn
from bartender.services import orders, tickets
from bartender.services.visits import open_visit
from tests.cast import *  # noqa: F403 - the cast
from tests.cast import cause
from tests.payments.together import refused, together

pytestmark = [pytest.mark.django_db(transaction=True)]
on_postgres = [
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer and no such race"),
]
HANDS, ROUNDS = 6, 5


def fired():
    visit = open_visit()
    orders.add(visit, "Negroni", 1, [], cause())
    return tickets.fire(visit, cause())


def all_at_once(ticket):
    """Six people see the same new ticket and press at once."""
    return together(*[partial(tickets.bump, ticket, "sam", 0)] * HANDS)


def moved_once(ticket, answers):
    now = Ticket.objects.get(pk=ticket.pk)
    moves = TicketMove.objects.filter(ticket=ticket).count()
    told = Turn.objects.filter(visit=ticket.visit, client_id__startswith="ticket-").count()
    went = sum(isinstance(one, Ticket) for one in answers)
    return (now.status, now.step, moves, told, went) == ("in_prep", 1, 1, 1, 1)


def test_six_who_bump_at_once_move_it_one_step(menu):
    for _ in range(ROUNDS):
        ticket = fired()
        answers = all_at_once(ticket)
        assert moved_once(ticket, answers)
        assert refused(answers) == [MovedOn.__name__] * (HANDS - 1)


def test_a_bump_and_a_recall_at_once_are_one_of_them(menu):
    for _ in range(ROUNDS):
        ticket = fired()
        tickets.bump(ticket, "sam", 0)
        answers = together(partial(tickets.bump, ticket, "sam", 1), partial(tickets.recall, ticket, "mo", 1))
        assert len(refused(answers)) == 1
        assert TicketMove.objects.filter(ticket=ticket).count() == 2
        assert Ticket.objects.get(pk=ticket.pk).status in ("ready", "new")


def test_the_same_order_sent_six_times_at_once_is_one_ticket(menu):
    for _ in range(ROUNDS):
        visit, why = open_visit(), cause()
        orders.add(visit, "Negroni", 1, [], cause())
        sent = together(*[partial(tickets.fire, visit, why)] * HANDS)
        assert {ticket.pk for ticket in sent} == set(visit.tickets.values_list("pk", flat=True))
        assert visit.tickets.count() == 1


@pytest.mark.parametrize("guest_first", [True, False])
def test_taking_off_and_starting_at_once_never_leave_a_ticket_without_drinks_in_the_making(menu, guest_first):
    for _ in range(ROUNDS):
        ticket = fired()
        line = ticket.lines.get()
        deeds = [
            partial(orders.remove, ticket.visit, line, None, cause()),
            partial(tickets.bump, ticket, "sam", 0),
        ]
        together(*(deeds if guest_first else reversed(deeds)))
        now, line = Ticket.objects.get(pk=ticket.pk), ticket.lines.get()
        assert (now.status, line.quantity) in {("voided", 0), ("in_prep", 1)}


@on_postgres[0]
@on_postgres[1]
def test_without_the_locks_it_goes_wrong_so_the_tests_above_can_see_it(menu, monkeypatch):
    """Positive control."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
    monkeypatch.setattr(TicketMove.objects, "create", lambda **_: None)  # the constraint would help
    found = []
    for _ in range(40):
        ticket = fired()
        found.append(sum(isinstance(one, Ticket) for one in all_at_once(ticket)))
        if found[-1] > 1:
            break

    assert max(found) > 1, found
