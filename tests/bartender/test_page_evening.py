"""An evening without a script in the browser: by words, by taps, through the till, to the receipt."""

import re

import pytest

from bartender.dialogue.types import ToolCall
from bartender.models.menu import Venue
from bartender.models.visits import OrderLine, Ticket, Turn, Visit
from bartender.services import bills, orders
from maya_site.core.cookies import read_visit_code
from payments.models import Journal, Payment, Tab
from tests.bartender.page_fixtures import BrainQueue, PageGuest, guest_for_visit, visible_text
from tests.guest_fixtures import make_context


@pytest.fixture
def brains(monkeypatch):
    found = BrainQueue()
    monkeypatch.setattr("bartender.web.actions.get_brain", found)
    return found


@pytest.fixture
def guest(menu, brains):
    guest = PageGuest()
    guest.open_page()
    return guest


def test_ada_orders_by_words_tips_pays_and_gets_her_receipt(guest, brains):
    brains.add([ToolCall("add_to_order", {"item": "Old Fashioned", "quantity": 2})], ["Coming up."])
    guest.say("Two old fashioneds, please")
    assert "Two old fashioneds, please" in guest.page
    assert "$24.00" in guest.page

    guest.submit_form("/tip/", percent="20")
    assert Tab.objects.get().tip_cents == 4_80
    guest.submit_form("/pay/")
    assert "Your bill comes to" in guest.page
    guest.submit_form("/pay/")
    assert "Simulated till. It takes no money." in guest.page
    assert "$4.80" in guest.page

    receipt = guest.submit_form("", choice="approve")
    assert receipt.redirect_chain[-1][0] == f"/tab/{Tab.objects.get().code}/receipt/"
    assert "No real money was taken" in guest.page
    assert "$28.80" in guest.page
    assert Tab.objects.get().status == "paid"


def test_after_paying_the_page_says_so_and_the_next_order_opens_a_new_tab(ada, brains):
    tab = paid_tab(ada)
    guest = guest_for_visit(ada)
    assert "Paid, thank you." in visible_text(guest.open_page())
    assert f"/tab/{tab.code}/receipt/" in guest.page
    guest.submit_form("/order/ipa/")
    assert Tab.objects.count() == 2
    assert "$28.80" not in visible_text(guest.open_page())
    assert guest.client.get(f"/tab/{tab.code}/receipt/").status_code == 200


def test_ben_cannot_see_adas_receipt_nor_her_till(ada, ben):
    tab = paid_tab(ada)
    payment = Payment.objects.get()
    for stranger in (guest_for_visit(ben), PageGuest()):
        assert stranger.client.get(f"/tab/{tab.code}/receipt/").status_code == 404
        assert stranger.client.get(f"/payments/till/{payment.code}/").status_code == 404


def test_a_forged_cookie_is_no_cookie(ada):
    guest = PageGuest()
    guest.client.cookies["maya_visit"] = f"{ada.code}:0000:forged"
    tab = paid_tab(ada)
    assert guest.client.get(f"/tab/{tab.code}/receipt/").status_code == 404
    guest.open_page()
    assert guest.client.cookies["maya_visit"].value.split(":")[0] != ada.code


def test_pressing_send_twice_is_one_turn_and_one_order(guest, brains):
    brains.add([ToolCall("add_to_order", {"item": "Negroni"})], ["There you are."])
    brains.add([ToolCall("add_to_order", {"item": "Negroni"})], ["And another."])
    form = guest.find_forms("/say/")[-1]["fields"]
    for _ in range(2):
        guest.client.post("/say/", {**form, "text": "A negroni"})
    assert Turn.objects.count() == 1
    assert bills.bill_of(Visit.objects.get()).units == 1


def test_a_tap_orders_once_however_often_its_form_is_sent(guest):
    slug = "/order/martini/"
    form = guest.find_forms(slug)[0]["fields"]
    for _ in range(3):
        guest.client.post(slug, {**form, "quantity": "2", "modifiers": ["gin", "dirty"]})
    line = OrderLine.objects.get()
    assert (line.quantity, line.modifiers) == (2, ["gin", "dirty"])
    assert "2 × Martini, $26.00, is on your tab." in guest.open_page()


def test_the_same_form_with_another_wish_is_refused_in_one_sentence(guest):
    form = guest.find_forms("/order/martini/")[0]["fields"]
    guest.client.post("/order/martini/", {**form, "modifiers": ["gin"]})
    guest.client.post("/order/martini/", {**form, "modifiers": ["dirty"]})
    assert "already used for something else" in guest.open_page()
    assert OrderLine.objects.count() == 1


def test_pressing_the_active_tip_button_takes_the_tip_back(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    guest = guest_for_visit(ada)
    guest.open_page()
    guest.submit_form("/tip/", percent="15")
    assert 'value="0" aria-pressed="true">15%' in guest.page
    guest.submit_form("/tip/", percent="0")
    assert Tab.objects.get().tip_cents == 0
    assert 'aria-pressed="true"' not in guest.page


def test_a_tip_may_be_an_amount(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    guest = guest_for_visit(ada)
    guest.open_page()
    guest.post_forged("/tip/", amount="2.50")  # no page has a field for it: it is said to Maya
    assert Tab.objects.get().tip_cents == 2_50


def test_lines_come_off_again_one_by_one_or_the_last(ada):
    for drink in ("Negroni", "IPA", "Water"):
        orders.add_line(ada, drink, 1, [], make_context())
    guest = guest_for_visit(ada)
    guest.open_page()
    guest.submit_form("/line/1/remove/")
    guest.submit_form("/undo/")
    assert [line.item for line in bills.bill_of(ada).lines] == ["IPA"]
    assert "Water" not in visible_text(guest.page).split("Your tab")[-1]


def test_undoing_twice_with_one_form_takes_one_off(ada):
    for drink in ("Negroni", "IPA"):
        orders.add_line(ada, drink, 1, [], make_context())
    guest = guest_for_visit(ada)
    guest.open_page()
    form = guest.find_forms("/undo/")[0]["fields"]
    for _ in range(2):
        guest.client.post("/undo/", form)
    assert [line.item for line in bills.bill_of(ada).lines] == ["Negroni"]


def test_sent_lines_are_at_the_bar(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    guest = guest_for_visit(ada)
    guest.open_page()
    guest.submit_form("/send/")
    assert Ticket.objects.count() == 1
    assert "at the bar" in guest.page


def test_not_yet_takes_the_bill_back(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    guest = guest_for_visit(ada)
    guest.open_page()
    guest.submit_form("/pay/")
    assert Tab.objects.get().status == "closing"
    guest.submit_form("/pay/not-yet/")
    assert Tab.objects.get().status == "open"
    assert Payment.objects.get().status == "cancelled"


@pytest.mark.parametrize("choice, status", [("decline", "failed"), ("cancel", "cancelled")])
def test_the_till_may_end_badly_and_the_tab_is_open_again(ada, choice, status):
    till = at_the_till(ada)
    till.submit_form("", choice=choice)
    assert Payment.objects.get().status == status
    assert Tab.objects.get().status == "open"
    assert "open again" in till.page


def test_approving_twice_is_paid_once(ada):
    till = at_the_till(ada)
    form = till.find_forms("")[0]["fields"]
    for _ in range(2):
        till.client.post(till.path, {**form, "choice": "approve"})
    assert Journal.objects.filter(kind="payment").count() == 1
    assert Tab.objects.get().due_cents == 0


def test_a_late_guest_is_told_that_the_link_expired_and_can_ask_again(ada):
    till = at_the_till(ada)
    Payment.objects.update(expires_at="2020-01-01T00:00:00Z")
    shown = till.client.get(till.path)
    assert shown.status_code == 410
    assert "no longer open" in shown.text
    assert Payment.objects.get().status == "link_open"
    till.client.post(till.path, {**till.find_forms("")[0]["fields"], "choice": "approve"})
    assert Payment.objects.get().status == "expired"
    assert Tab.objects.get().status == "open"


def test_an_evening_that_is_over_says_so_and_can_begin_anew(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    Visit.objects.update(closed_at="2026-01-01T00:00:00Z")
    guest = guest_for_visit(ada)
    assert "That evening is over" in guest.open_page()
    assert "$11.00" in guest.page
    guest.submit_form("/start/")
    assert "Good evening" in guest.page
    assert read_visit_code({"maya_visit": guest.client.cookies["maya_visit"].value}) != ada.code


def test_the_bill_has_a_page_of_its_own_and_its_buttons_lead_back_to_it(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    guest = guest_for_visit(ada)
    guest.open_page("/tab/")
    response = guest.submit_form("/tip/", percent="10")
    assert response.redirect_chain[-1][0] == "/tab/"
    assert re.search(r"\$12\.10", guest.page)


def paid_tab(visit):
    orders.add_line(visit, "Old Fashioned", 2, [], make_context())
    guest = at_the_till(visit)
    guest.submit_form("", choice="approve")
    return Tab.objects.get()


def at_the_till(visit):
    if not Tab.objects.exists():
        orders.add_line(visit, "Negroni", 1, [], make_context())
    guest = guest_for_visit(visit)
    guest.open_page()
    guest.submit_form("/pay/")
    guest.submit_form("/pay/")
    return guest


def test_a_receipt_tells_the_time_of_the_house(ada):
    tab = paid_tab(ada)
    Tab.objects.update(closed_at="2026-11-23T04:05:00Z")
    Venue.objects.update(timezone="America/New_York")
    assert "22 November 2026, 23:05 EST" in guest_for_visit(ada).open_page(f"/tab/{tab.code}/receipt/")
    Venue.objects.update(timezone="Mars/Olympus")
    assert "23 November 2026, 04:05 UTC" in guest_for_visit(ada).open_page(f"/tab/{tab.code}/receipt/")
