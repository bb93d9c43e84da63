"""Many hands on one ticket at the same moment: it moves once, and is written once."""

from functools import partial

import pytest
from django.db import connection
from django.db.models import QuerySet

from bartender.errors import TicketAlreadyMoved
from bartender.models.display import TicketMove
from bartender.models.visits import Ticket, Turn
from bartender.services import orders, tickets
from bartender.services.visits import open_visit
from tests.bartender.staff_fixtures import create_staff_user
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.payments.concurrency import refusal_messages, run_concurrently

pytestmark = [pytest.mark.django_db(transaction=True)]
on_postgres = [
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer and no such race"),
]
HANDS, ROUNDS = 6, 5


def fired():
    visit = open_visit()
    orders.add_line(visit, "Negroni", 1, [], make_context())
    return tickets.fire_ticket(visit, make_context())


def all_at_once(ticket):
    """Six people see the same new ticket and press at once."""
    return run_concurrently(*[partial(tickets.bump_ticket, ticket, create_staff_user("sam"), 0)] * HANDS)


def moved_once(ticket, answers):
    now = Ticket.objects.get(pk=ticket.pk)
    moves = TicketMove.objects.filter(ticket=ticket).count()
    told = Turn.objects.filter(visit=ticket.visit, client_id__startswith="ticket-").count()
    went = sum(isinstance(one, Ticket) for one in answers)
    return (now.status, now.move_count, moves, told, went) == ("in_prep", 1, 1, 1, 1)


def test_six_who_bump_at_once_move_it_one_step(menu):
    for _ in range(ROUNDS):
        ticket = fired()
        answers = all_at_once(ticket)
        assert moved_once(ticket, answers)
        assert refusal_messages(answers) == [TicketAlreadyMoved.__name__] * (HANDS - 1)


def test_a_bump_and_a_recall_at_once_are_one_of_them(menu):
    sam, mo = create_staff_user("sam"), create_staff_user("mo")
    for _ in range(ROUNDS):
        ticket = fired()
        tickets.bump_ticket(ticket, sam, 0)
        answers = run_concurrently(
            partial(tickets.bump_ticket, ticket, sam, 1),
            partial(tickets.recall_ticket, ticket, mo, 1),
        )
        assert len(refusal_messages(answers)) == 1
        assert TicketMove.objects.filter(ticket=ticket).count() == 2
        assert Ticket.objects.get(pk=ticket.pk).status in ("ready", "new")


def test_the_same_order_sent_six_times_at_once_is_one_ticket(menu):
    for _ in range(ROUNDS):
        visit, why = open_visit(), make_context()
        orders.add_line(visit, "Negroni", 1, [], make_context())
        sent = run_concurrently(*[partial(tickets.fire_ticket, visit, why)] * HANDS)
        assert {ticket.pk for ticket in sent} == set(visit.tickets.values_list("pk", flat=True))
        assert visit.tickets.count() == 1


@pytest.mark.parametrize("guest_first", [True, False])
def test_taking_off_and_starting_at_once_never_leave_a_ticket_without_drinks_in_the_making(menu, guest_first):
    for _ in range(ROUNDS):
        ticket = fired()
        line = ticket.lines.get()
        deeds = [
            partial(orders.remove_line, ticket.visit, line, None, make_context()),
            partial(tickets.bump_ticket, ticket, create_staff_user("sam"), 0),
        ]
        run_concurrently(*(deeds if guest_first else reversed(deeds)))
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
