"""Who gets to the bar display, and who may do what there."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from bartender.menu.snapshot import current_menu
from bartender.models.menu import MenuItem
from bartender.models.responsible_service import Approval
from bartender.models.visits import Ticket
from bartender.services import orders, tickets
from tests.bartender.staff_fixtures import client_for, create_staff_user, nat_client, sam_client
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context

SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def ticket(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    return tickets.fire_ticket(ada, make_context())


def doors(ticket):
    tequila = MenuItem.objects.get(name="Tequila")
    leave = Approval.objects.create(
        visit=ticket.visit, kind="alcohol", key="one-more", description="a Negroni"
    )
    return {
        f"/bar/ticket/{ticket.pk}/bump/": {"seen": 0},
        f"/bar/ticket/{ticket.pk}/recall/": {"seen": 0},
        f"/bar/86/{tequila.pk}/": {"available": "0"},
        f"/bar/wish/{leave.pk}/": {"given": "1"},
        f"/bar/refusal/{leave.pk}/take-back/": {},
        f"/bar/talk/{ticket.visit.code}/id/": {"given": "1"},
        f"/bar/talk/{ticket.visit.code}/allergies/": {"allergies": "milk"},
        f"/bar/talk/{ticket.visit.code}/take/": {},
        f"/bar/talk/{ticket.visit.code}/say/": {"id": "once-upon", "text": "Good evening"},
        f"/bar/talk/{ticket.visit.code}/back/": {"first": "a", "second": "b"},
    }


def nothing_was_done(ticket):
    ticket.refresh_from_db()
    ticket.visit.refresh_from_db()
    if Approval.objects.exclude(status="waiting").exists() or ticket.visit.allergies:
        return False
    sold_out = [drink.name for drink in current_menu().drinks if not drink.available]
    return (ticket.status, ticket.move_count, ticket.visit.taken_over_by, sold_out) == ("new", 0, None, [])


def test_a_stranger_is_asked_to_log_in_and_comes_back_to_the_display(ticket):
    answer = Client().get("/bar/")

    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/bar/")


def test_a_stranger_does_nothing_at_any_door(ticket):
    for door, fields in doors(ticket).items():
        answer = Client().post(door, fields)
        assert answer["Location"].startswith("/admin/login/?next=/bar/"), door
        assert Client().post(door, fields, headers=SCRIPT).status_code == 401, door

    assert nothing_was_done(ticket)


def test_a_customer_with_an_account_is_no_staff(ticket):
    customer = create_staff_user("cora")
    customer.is_staff = False
    customer.save()

    assert client_for(customer).get("/bar/")["Location"].startswith("/admin/login/")


def test_a_colleague_without_a_group_sees_and_does_nothing(ticket):
    client = nat_client()

    assert client.get("/bar/").status_code == 403
    assert client.get(f"/bar/talk/{ticket.visit.code}/").status_code == 403
    assert {client.post(door, fields).status_code for door, fields in doors(ticket).items()} == {403}
    assert nothing_was_done(ticket)


def test_who_may_look_and_no_more_is_offered_nothing_to_press(ticket):
    looker = create_staff_user("lou")
    from django.contrib.auth.models import Permission

    looker.user_permissions.add(Permission.objects.get(codename="view_ticket"))
    page = client_for(looker).get("/bar/").text

    assert "Negroni" in page
    assert "/bump/" not in page
    assert "/bar/86/" not in page
    assert "Conversations" not in page


def test_nothing_is_done_by_following_a_link(ticket):
    client = sam_client()

    assert {client.get(door).status_code for door in doors(ticket)} == {405}
    assert nothing_was_done(ticket)


def test_a_form_without_its_token_does_nothing(ticket):
    client = Client(enforce_csrf_checks=True)
    client.force_login(
        create_staff_user("sid", "Bar staff"), backend="django.contrib.auth.backends.ModelBackend"
    )

    assert {client.post(door, fields).status_code for door, fields in doors(ticket).items()} == {403}
    assert nothing_was_done(ticket)


def test_staff_do_all_of_it_by_plain_forms(ticket):
    client = sam_client()
    for door, fields in doors(ticket).items():
        assert client.post(door, fields).status_code == 302, door

    ticket.refresh_from_db()
    assert (ticket.status, ticket.move_count) == ("in_prep", 1)  # the recall was for a step that was over
    assert not MenuItem.objects.get(name="Tequila").available
    assert ticket.visit.approvals.get(kind="alcohol").status == "given"
    said = set(LogEntry.objects.values_list("change_message", flat=True))
    assert said == {"86", "Given", "ID seen", "Allergies: milk"}


def test_what_is_not_there_is_not_found(ticket):
    client = sam_client()

    assert client.post("/bar/ticket/99999/bump/", {"seen": 0}).status_code == 404
    assert client.post("/bar/86/99999/", {"available": "0"}).status_code == 404
    assert client.get("/bar/talk/nobody/").status_code == 404


@pytest.mark.parametrize("seen", ["", "new", "-1", "99999999"])
def test_a_garbled_form_is_refused_in_words(ticket, seen):
    answer = sam_client().post(f"/bar/ticket/{ticket.pk}/bump/", {"seen": seen}, headers=SCRIPT)

    assert answer.status_code == 409
    assert "could not read" in answer.json()["message"]
    assert Ticket.objects.get().status == "new"
