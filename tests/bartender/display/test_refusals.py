"""A person's no, as the next person behind the bar finds it; and how much a ticket holds, and for whom."""

import pytest
from django.contrib.admin.models import LogEntry

from bartender.errors import AlcoholLimitReached, AllergyApprovalRequired, MoreAlcoholRefused
from bartender.menu.snapshot import mark_menu_changed
from bartender.models.menu import MenuItem, RecipePart
from bartender.models.responsible_service import Approval
from bartender.models.visits import Ticket
from bartender.services import orders, responsible_service, tickets
from bartender.web.display.board import build_board
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.responsible_service.policies import terms
from tests.bartender.staff_fixtures import create_staff_user, nat_client, sam_client
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.html_text import compact_html


@pytest.fixture
def no_more(ada):
    """Sam has said no to twelve at once."""
    terms(soft_limit_drinks=3, approval_limit_drinks=5, hard_limit_drinks=8)
    with pytest.raises(AlcoholLimitReached):
        orders.add_line(ada, "Long Island", 12, [], make_context())
    client = sam_client()
    assert "12 × Long Island: 20.3 standard drinks" in client.get("/bar/").text
    client.post(f"/bar/wish/{Approval.objects.get().pk}/", {"given": "0"})
    return client


def test_a_no_stands_on_the_guests_page_with_who_said_it_and_when(ada, no_more):
    shown = compact_html(no_more.get(f"/bar/talk/{ada.code}/").text)

    assert "<b>No more alcohol</b>, decided by sam at " in shown
    with pytest.raises(MoreAlcoholRefused):
        orders.add_line(ada, "IPA", 1, [], make_context())
    assert "Another drink?" not in no_more.get("/bar/").text  # nobody is asked behind Sam's back


def test_a_person_takes_it_back_and_is_written_down_for_it(ada, no_more):
    door = f"/bar/refusal/{Approval.objects.get().pk}/take-back/"
    assert door in no_more.get(f"/bar/talk/{ada.code}/").text
    assert nat_client().post(door).status_code == 403
    no_more.post(door)

    assert orders.add_line(ada, "IPA", 1, [], make_context()).quantity == 1
    with pytest.raises(AlcoholLimitReached):  # no yes to the twelve that were refused
        orders.add_line(ada, "Long Island", 12, [], make_context())
    assert LogEntry.objects.filter(change_message="Taken back").exists()
    assert "No more alcohol" not in no_more.get(f"/bar/talk/{ada.code}/").text
    no_more.post(door)  # a second press finds nothing that holds
    assert Approval.objects.filter(status="given").count() == 1


def test_a_no_to_a_drink_and_a_refused_id_stand_there_too(ada):
    responsible_service.declare_allergies(ada, ["nuts"])
    with pytest.raises(AllergyApprovalRequired):
        orders.add_line(ada, "Martini", 1, [], make_context())
    responsible_service.decide_approval(Approval.objects.get(), create_staff_user("mo"), is_approved=False)
    responsible_service.record_age_check(ada, create_staff_user("pat"), is_of_age=False)
    client = sam_client()
    shown = compact_html(client.get(f"/bar/talk/{ada.code}/").text)

    assert "<b>Better not Martini</b>, decided by mo at " in shown
    assert "<b>No alcohol: ID refused</b>, decided by pat at " in shown
    age = Approval.objects.get(kind="age")
    assert f"/bar/refusal/{age.pk}/take-back/" not in shown
    client.post(f"/bar/refusal/{age.pk}/take-back/")
    ada.refresh_from_db()
    assert ada.age_state == "refused"  # whoever lifts that has looked at an ID


def test_a_ticket_says_how_much_alcohol_it_holds_and_who_asked_by_which_way(ada):
    page = guest_for_visit(ada)
    page.open_page()
    page.submit_form("/order/ipa/", quantity=2)
    page.submit_form("/send/")
    slip = build_board().lanes["new"][0]
    ticket = Ticket.objects.get()

    assert (slip.alcohol, slip.requested_by) == ("3.5 standard drinks (49 g)", "guest, by a form")
    assert ticket.ethanol_grams is not None
    assert ticket.standard_drinks is not None
    assert round(ticket.ethanol_grams) == 49
    assert round(ticket.standard_drinks, 1) == round(ticket.ethanol_grams / 14, 1)
    client = sam_client()
    assert "3.5 standard drinks (49 g)</b> · asked by guest, by a form" in compact_html(
        client.get("/bar/").text
    )
    assert "3.5 standard drinks (49 g)" in client.get("/admin/bartender/ticket/").text


def test_a_ticket_without_alcohol_says_nothing_of_it(ada):
    orders.add_line(ada, "Soda", 1, [], make_context())
    tickets.fire_ticket(ada, make_context())

    assert build_board().lanes["new"][0].alcohol == ""
    assert Ticket.objects.get().ethanol_grams == 0


def test_what_nobody_measured_is_not_written_on_a_ticket_as_nothing(ada):
    RecipePart.objects.filter(item__name="IPA").delete()
    mark_menu_changed()
    Approval.objects.create(
        visit=ada,
        kind="alcohol",
        key="strength:ipa",
        description="IPA",
        item=MenuItem.objects.get(name="IPA"),
    )
    responsible_service.decide_approval(Approval.objects.get(), create_staff_user("mo"), is_approved=True)
    orders.add_line(ada, "IPA", 1, [], make_context())
    orders.add_line(ada, "Soda", 1, [], make_context())
    tickets.fire_ticket(ada, make_context())
    responsible_service.declare_age(ada, "declared")

    assert Ticket.objects.get().ethanol_grams is None
    assert build_board().lanes["new"][0].alcohol == "alcohol not known"
    assert build_board().lanes["new"][0].id_wanted
    assert "not known" in sam_client().get("/admin/bartender/ticket/").text
