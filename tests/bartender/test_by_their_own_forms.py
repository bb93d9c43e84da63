"""Pages of several steps, by nothing but what stands on them: of the bar, the admin and the guests."""

from datetime import date

import pytest

from bartender.errors import AllergyApprovalRequired
from bartender.menu.snapshot import mark_menu_changed
from bartender.models.menu import MenuItem
from bartender.models.responsible_service import Approval, ServingPolicy
from bartender.models.returning_guests import ReturningGuest
from bartender.models.visits import Ticket, Visit
from bartender.services import bills, orders, responsible_service, takeovers, tickets
from payments.models import Payment, Tab
from tests.bartender.page_fixtures import PageGuest, guest_for_visit, visible_text
from tests.bartender.staff_fixtures import create_staff_user, mo_client, pay_bill, request_bill, sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab

pytestmark = pytest.mark.django_db


def at(path, client):
    browser = FormBrowser(client)
    browser.open(path)
    return browser


@pytest.fixture
def ticket(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    return tickets.fire_ticket(ada, make_context())


def now(ticket):
    return Ticket.objects.get(pk=ticket.pk).status


# --- behind the bar ----------------------------------------------------------------------------------


def test_a_ticket_goes_over_the_board_and_back(ticket):
    board, seen = at("/bar/", sam_client()), []
    for press in ("Start", "Ready", "Served"):
        board.press_button(f"{press} ticket {ticket.pk}")
        seen.append(now(ticket))
    board.press_button(f"Recall ticket {ticket.pk}")
    assert f"Ticket {ticket.pk} was recalled: it is in the making again." in board.page
    board.press_button(f"Ready again ticket {ticket.pk}")

    assert seen == ["in_prep", "ready", "served"]
    assert now(ticket) == "ready"


def test_86_and_back_on_the_board(menu):
    board = at("/bar/", sam_client())
    board.press_button("86 Tequila")
    assert not MenuItem.objects.get(name="Tequila").available
    assert "86: Tequila." in board.page
    board.press_button("Tequila put back")

    assert MenuItem.objects.get(name="Tequila").available


@pytest.mark.parametrize("press, status", [("Yes, pour it", "given"), ("Better not", "declined")])
def test_a_wish_is_answered_on_the_board(ada, press, status):
    responsible_service.declare_allergies(ada, ["sulphites"])
    with pytest.raises(AllergyApprovalRequired):
        orders.add_line(ada, "Martini", 1, [], make_context())
    board = at("/bar/", sam_client())
    board.press_button(f"{press} for guest {ada.display_name}: Martini", near="Despite an allergy?")

    assert Approval.objects.get().status == status
    assert "Despite an allergy?" not in board.page
    word = "yes" if status == "given" else "no"
    assert f"You said {word} to Martini despite an allergy for guest {ada.display_name}." in board.page


def test_an_id_is_seen_at_the_ticket(ticket):
    ServingPolicy.objects.create(valid_from=date(2020, 1, 1), age_check="staff")
    mark_menu_changed()
    board = at("/bar/", sam_client())
    board.press_button(f"ID seen for guest {Visit.objects.get().display_name}", near="ID not seen")

    assert Visit.objects.get().age_state == "checked"


def test_a_person_takes_over_answers_and_hands_back(ada):
    guest = guest_for_visit(ada)
    guest.open_page()
    guest.say("Is there a table free?")
    board = at("/bar/", sam_client())
    board.press_button(f"Take over guest {ada.display_name} from Maya")
    assert board.path == f"/bar/talk/{ada.code}/"
    board.press_button("Say it", text="Two by the window,\nif you like.")
    assert "Two by the window" in visible_text(guest.open_page())
    board.press_button("Hand back", first="A table by the window.")
    visit = Visit.objects.get(pk=ada.pk)

    assert (board.path, visit.taken_over_by) == ("/bar/", None)
    assert "A table by the window." in visible_text(guest.open_page())


def test_a_conversation_has_age_and_allergies(ada):
    takeovers.take_over(ada, create_staff_user("sam"))
    talk = at(f"/bar/talk/{ada.code}/", sam_client())
    talk.press_button("Save", allergies=["milk", "nuts"])
    talk.press_button("Save", allergies=["nuts"])  # milk was ticked, as the page had it
    talk.press_button("No alcohol")
    visit = Visit.objects.get(pk=ada.pk)

    assert (visit.allergies, visit.age_state) == (["nuts"], "refused")


# --- in the admin ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page, press", [("/admin/", "Bump"), ("/admin/bartender/ticket/", "In preparation")])
def test_a_ticket_is_bumped_from_the_first_page_and_from_its_list(ticket, page, press):
    browser = at(page, sam_client())
    browser.press_button(press)

    assert (browser.path, now(ticket)) == (page, "in_prep")


def test_tickets_are_bumped_by_the_lists_own_action(ticket):
    browser = at("/admin/bartender/ticket/", sam_client())
    browser.press_button("Go", action="Bump: one step on", _selected_action=[str(ticket.pk)])

    assert now(ticket) == "in_prep"


def test_86_in_the_list_and_put_back_on_the_first_page(menu):
    browser = at("/admin/bartender/menuitem/?q=Tequila", sam_client())
    browser.press_button("86", near="Tequila")
    assert not MenuItem.objects.get(name="Tequila").available
    assert browser.address.endswith("?q=Tequila"), "back to where it was pressed"
    browser.open("/admin/")
    browser.press_button("Put back", near="Tequila")

    assert MenuItem.objects.get(name="Tequila").available


def test_a_leave_is_decided_in_its_list(ada):
    responsible_service.declare_allergies(ada, ["nuts"])
    with pytest.raises(AllergyApprovalRequired):
        orders.add_line(ada, "Martini", 1, [], make_context())
    browser = at("/admin/bartender/approval/", sam_client())
    (yes, no) = [one for one in browser.submit_buttons() if one.name in ("Yes", "No")]
    browser.submit(yes, {})
    browser.submit(no, {})  # from the page before: decided is decided

    assert Approval.objects.values_list("status", "decided_by__username").get() == ("given", "sam")


def test_a_till_is_asked_from_the_payments_page(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    bills.confirm_payment(ada, request_bill(ada))
    browser = at(f"/admin/payments/payment/{Payment.objects.get().pk}/change/", sam_client())
    (ask,) = [one for one in browser.submit_buttons() if "/ask/" in one.get("formaction")]
    browser.submit(ask, {})

    assert "The till was asked" in browser.page


def test_an_item_is_saved_by_its_page_as_it_stands(menu):
    before = MenuItem.objects.filter(name="Negroni").values().get()
    browser = at(f"/admin/bartender/menuitem/{before['id']}/change/", mo_client())
    browser.press_button("Save and continue editing", price_cents="11.50")
    after = MenuItem.objects.filter(name="Negroni").values().get()

    assert after == before | {"price_cents": 11_50}


# --- a guest without a script ------------------------------------------------------------------------


def test_an_evening_by_what_stands_on_the_page(menu):
    guest = PageGuest()
    guest.open_page()
    page = guest.browser
    page.press_button("Add Martini, $13.00", quantity="2", modifiers=["gin", "dirty"])
    page.press_button("Add Water, $1.00")
    page.press_button("Take off Water")
    page.press_button("Send to the bar")
    page.press_button("15%")
    page.press_button("15%")  # once more is none
    page.press_button("20%")
    page.press_button("Pay $31.20 and send what is unsent to the bar")
    page.press_button("Not yet, I’ll stay")
    page.press_button("Pay $31.20 and send what is unsent to the bar")
    page.press_button("Yes, to the till")
    page.press_button("Decline it")
    page.press_button("Pay $31.20 and send what is unsent to the bar")
    page.press_button("Yes, to the till")
    page.press_button("Approve the payment")

    assert "$31.20" in visible_text(page.page)
    assert (Tab.objects.get().status, Tab.objects.get().tip_cents) == ("paid", 5_20)
    assert assert_ledger_consistent()


def test_a_bill_is_split_by_what_stands_on_the_page(ada, ben):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    host, friend = at("/tab/split/", guest_for_visit(ada).client), FormBrowser(guest_for_visit(ben).client)
    host.press_button("Make a link to join")
    link = next(one for one in host.dom.find_all("input") if one.get("class") == "link").get("value")
    friend.open(link)
    friend.press_button("Yes, I’ll share the bill")
    host.open("/tab/split/")
    host.press_button("Divide by amount", **{f"amount-{ben.code}": "7.50"})
    host.press_button("Back to one bill")
    line = latest_tab(ada).lines.get()
    host.press_button("Divide by item", **{f"line-{line.code}": [ben.code]})
    host.press_button("Back to one bill")
    host.press_button("Equally among 2")
    for name, browser in (("Host", host), ("Guest 2", friend)):
        browser.open(f"/tab/{latest_tab(ada).code}/shared/")
        browser.press_button(f"Pay $11.00 for {name}")
        browser.press_button("Approve the payment")

    assert latest_tab(ada).status == "paid"
    assert assert_ledger_consistent()


def test_what_is_remembered_is_asked_for_changed_and_forgotten(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    pay_bill(ada)
    orders.add_line(ada, "IPA", 1, [], make_context())
    me = at("/me/", guest_for_visit(ada).client)
    me.press_button("Remember my usual", yes=True)
    assert ReturningGuest.objects.get().usual_order
    me.press_button("Save", notes="rather <b>bitter</b>,\nand cold", drop=["0"])
    regular = ReturningGuest.objects.get()
    assert (regular.usual_order, regular.notes.split()) == ([], ["rather", "<b>bitter</b>,", "and", "cold"])
    me.press_button("Forget me", everything=True)

    assert not ReturningGuest.objects.exists()


def test_the_phone_and_the_language_by_what_stands_on_the_page(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    first, second = at("/phone/", guest_for_visit(ada).client), FormBrowser()
    first.press_button("Show me the code")
    from bartender.services import phone_handoff

    second.open(f"/phone/{phone_handoff.active_handoff_token(ada.code)}/")
    second.press_button("Yes, open my tab here")
    second.press_button("Español")

    assert '<html lang="es">' in second.page
    assert "$11.00" in second.page


def test_allergies_by_what_stands_on_the_page(ada):
    bar = at("/", guest_for_visit(ada).client)
    bar.press_button("Save", allergies=["gluten", "nuts"])
    bar.press_button("Save", allergies=["nuts"])

    assert Visit.objects.get(pk=ada.pk).allergies == ["nuts"]
