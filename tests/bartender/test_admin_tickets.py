"""What the bar must make, moved on by the people who make it."""

import pytest
from django.contrib.admin.models import LogEntry

from bartender.models.visits import Ticket
from bartender.services import orders, tickets
from tests.bartender.staff_fixtures import sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context

TICKETS = "/admin/bartender/ticket/"


@pytest.fixture
def ticket(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    orders.add_line(ada, "Whiskey", 1, ["on the rocks"], make_context())
    return tickets.fire_ticket(ada, make_context())


def now(ticket):
    return Ticket.objects.get(pk=ticket.pk).status


def step(ticket):
    return Ticket.objects.get(pk=ticket.pk).move_count


def test_the_list_says_what_to_make_and_offers_the_next_step(ticket):
    page = sam_client().get(f"{TICKETS}?waiting=yes").text

    assert "2 × Negroni, 1 × Whiskey (on the rocks)" in page
    assert ">In preparation</button>" in page


def test_one_click_moves_a_ticket_one_step_until_it_is_served(ticket):
    staff, seen = FormBrowser(sam_client()), []
    staff.open(f"{TICKETS}?waiting=yes")
    for press in ("In preparation", "Ready", "Served"):
        staff.press_button(press)
        seen.append(now(ticket))

    assert seen == ["in_prep", "ready", "served"]
    assert not staff.response.context["cl"].result_count


def test_two_people_who_click_at_once_move_it_one_step(ticket):
    client = sam_client()
    client.post(f"{TICKETS}{ticket.pk}/bump/", {"seen": "0"})
    answer = client.post(f"{TICKETS}{ticket.pk}/bump/", {"seen": "0"}, follow=True)

    assert now(ticket) == "in_prep"
    assert "had moved on already: in preparation" in answer.text


def test_a_served_ticket_is_done(ticket):
    Ticket.objects.update(status="served")
    answer = sam_client().post(f"{TICKETS}{ticket.pk}/bump/", {"seen": "0"}, follow=True)

    assert now(ticket) == "served"
    assert "That ticket is done." in answer.text


def test_the_chosen_tickets_move_on_together(ticket, ben):
    orders.add_line(ben, "Soda", 1, [], make_context())
    tickets.fire_ticket(ben, make_context())
    chosen = list(Ticket.objects.values_list("pk", flat=True))
    sam_client().post(TICKETS, {"action": "move_on", "_selected_action": chosen})

    assert set(Ticket.objects.values_list("status", flat=True)) == {"in_prep"}


def test_a_ticket_is_never_moved_by_following_a_link(ticket):
    assert sam_client().get(f"{TICKETS}{ticket.pk}/bump/").status_code == 405
    assert now(ticket) == "new"


def test_a_ticket_that_is_not_there_is_not_found(ticket):
    assert sam_client().post(f"{TICKETS}999999/bump/", {"seen": "0"}).status_code == 404


def test_who_bumped_is_written_down(ticket):
    sam_client().post(f"{TICKETS}{ticket.pk}/bump/", {"seen": "0"})

    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.change_message) == ("sam", "Bumped to in preparation")
