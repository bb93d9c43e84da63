"""What the bar must make, moved on by the people who make it."""

import pytest
from django.contrib.admin.models import LogEntry

from bartender.records.visits import Ticket
from bartender.services import orders, tickets
from tests.bartender.staff_cast import sam
from tests.cast import *  # noqa: F403 - the cast
from tests.cast import cause

TICKETS = "/admin/bartender/ticket/"


@pytest.fixture
def ticket(ada):
    orders.add(ada, "Negroni", 2, [], cause())
    orders.add(ada, "Whiskey", 1, ["on the rocks"], cause())
    return tickets.fire(ada, cause())


def now(ticket):
    return Ticket.objects.get(pk=ticket.pk).status


def step(ticket):
    return Ticket.objects.get(pk=ticket.pk).step


def test_the_list_says_what_to_make_and_offers_the_next_step(ticket):
    page = sam().get(f"{TICKETS}?waiting=yes").text

    assert "2 × Negroni, 1 × Whiskey (on the rocks)" in page
    assert ">In preparation</button>" in page


def test_one_click_moves_a_ticket_one_step_until_it_is_served(ticket):
    client, seen = sam(), []
    for _ in range(3):
        client.post(f"{TICKETS}{ticket.pk}/bump/", {"seen": step(ticket)})
        seen.append(now(ticket))

    assert seen == ["in_prep", "ready", "served"]
    assert not client.get(f"{TICKETS}?waiting=yes").context["cl"].result_count


def test_two_people_who_click_at_once_move_it_one_step(ticket):
    client = sam()
    client.post(f"{TICKETS}{ticket.pk}/bump/", {"seen": "0"})
    answer = client.post(f"{TICKETS}{ticket.pk}/bump/", {"seen": "0"}, follow=True)

    assert now(ticket) == "in_prep"
    assert "had moved on already: in preparation" in answer.text


def test_a_served_ticket_is_done(ticket):
    Ticket.objects.update(status="served")
    answer = sam().post(f"{TICKETS}{ticket.pk}/bump/", {"seen": "0"}, follow=True)

    assert now(ticket) == "served"
    assert "That ticket is done." in answer.text


def test_the_chosen_tickets_move_on_together(ticket, ben):
    orders.add(ben, "Soda", 1, [], cause())
    tickets.fire(ben, cause())
    chosen = list(Ticket.objects.values_list("pk", flat=True))
    sam().post(TICKETS, {"action": "move_on", "_selected_action": chosen})

    assert set(Ticket.objects.values_list("status", flat=True)) == {"in_prep"}


def test_a_ticket_is_never_moved_by_following_a_link(ticket):
    assert sam().get(f"{TICKETS}{ticket.pk}/bump/").status_code == 405
    assert now(ticket) == "new"


def test_a_ticket_that_is_not_there_is_not_found(ticket):
    assert sam().post(f"{TICKETS}999999/bump/", {"seen": "0"}).status_code == 404


def test_who_bumped_is_written_down(ticket):
    sam().post(f"{TICKETS}{ticket.pk}/bump/", {"seen": "0"})

    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.change_message) == ("sam", "Bumped to in preparation")
