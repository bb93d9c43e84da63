"""Sam serves and puts things right; Mo manages and is the second person. Every action leaves a trail."""

from contextlib import suppress

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string

from bartender.errors import SelfApprovalNotAllowed
from bartender.models.menu import Venue
from bartender.models.staff_actions import StaffAction
from bartender.permissions import STAFF_GROUP
from bartender.services import bills, corrections, orders, receipts, staff_actions, tickets
from bartender.services.staff_actions import REQUIRED_PERMISSIONS
from payments.ledger import OperationContext, TipRule
from payments.models import Journal, Payment, Refund, Tab
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.staff_fixtures import (
    client_for,
    create_staff_user,
    mo_client,
    nat_client,
    pay_bill,
    sam_client,
    tess_client,
)
from tests.form_browser import ActionNotPossible, FormBrowser
from tests.guest_fixtures import make_context
from tests.html_dom import parse_html
from tests.html_text import compact_html
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab, snapshot_database

pytestmark = pytest.mark.django_db


TABS, DEEDS = "/admin/payments/tab/", "/admin/bartender/staffaction/"


def fill(client, tab, kind, **given):
    """From the tab's page by its link, through the form, to the page that says what it will do."""
    browser = FormBrowser(client)
    browser.open(f"{TABS}{tab.pk}/change/")
    browser.follow_link(str(StaffAction.Kind(kind).label).capitalize())
    browser.press_button("Go on", **{"reason": "quality", **given})
    return browser


def do(client, tab, kind, **given):
    browser = fill(client, tab, kind, **given)
    press_it(browser)
    return browser


def press_it(browser):
    """The large button of the second page, whatever it says."""
    (button,) = [one for one in browser.submit_buttons() if one.get("value") == "do"]
    browser.submit(button, {})


def decide(client, deed, says):
    browser = FormBrowser(client)
    browser.open(f"{DEEDS}{deed.pk}/change/")
    (button,) = [one for one in browser.submit_buttons() if one.name.startswith(says)]
    browser.submit(button, {})
    return browser


def paid_by(guest, *drinks):
    for drink in drinks:
        orders.add_line(guest, drink, 1, [], make_context())
    pay_bill(guest)
    return latest_tab(guest)


def test_sam_takes_off_a_drink_that_the_bar_had_begun(ada):
    line = orders.add_line(ada, "Negroni", 2, [], make_context())
    tickets.bump_ticket(tickets.fire_ticket(ada, make_context()))
    browser = fill(sam_client(), latest_tab(ada), "void_line", line=line.pk, units=1, note="corked")

    assert browser.has_button("Void 1 × Negroni, $11.00")
    assert "Nothing has happened yet" in browser.page
    assert latest_tab(ada).due_cents == 22_00, "looking does nothing"
    press_it(browser)
    assert latest_tab(ada).due_cents == 11_00
    journal = Journal.objects.get(kind="void")
    assert (journal.actor, journal.reason) == ("staff:sam", "not as it should be: corked")
    assert assert_ledger_consistent()


def test_pressing_twice_is_one_deed(ada):
    line = orders.add_line(ada, "Negroni", 3, [], make_context())
    browser = fill(sam_client(), latest_tab(ada), "void_line", line=line.pk, units=1)
    (button,) = [one for one in browser.submit_buttons() if one.get("value") == "do"]
    browser.submit(button, {})
    before = snapshot_database()
    browser.submit(button, {})  # the page before, by its back button

    assert snapshot_database() == before
    assert StaffAction.objects.count() == 1


@pytest.mark.parametrize(
    "given, due", [({"percent": 50}, 5_50), ({"amount": "3.50"}, 7_50), ({"percent": 100}, 0)]
)
def test_a_drink_is_on_the_house_in_part_or_whole(ada, given, due):
    line = orders.add_line(ada, "Negroni", 1, [], make_context())
    do(sam_client(), latest_tab(ada), "comp_line", line=line.pk, **given)

    assert latest_tab(ada).due_cents == due
    assert assert_ledger_consistent()


@pytest.mark.parametrize(
    "given", [{}, {"percent": 10, "amount": "1.00"}, {"amount": "11.01"}, {"percent": 0}]
)
def test_a_comp_says_how_much_in_one_way(ada, given):
    line = orders.add_line(ada, "Negroni", 1, [], make_context())
    browser = FormBrowser(sam_client())
    browser.open(f"{DEEDS}tab/{latest_tab(ada).pk}/comp_line/")
    with suppress(ActionNotPossible):  # stopped by the browser or by the bar
        browser.press_button("Go on", reason="quality", line=line.pk, **given)

    assert browser.has_button("Go on"), "still the first page"
    assert latest_tab(ada).due_cents == 11_00


def test_a_bill_that_is_out_is_taken_back_before_something_comes_off(ada):
    line = orders.add_line(ada, "Negroni", 2, [], make_context())
    card = bills.request_bill(ada, make_context()).payment
    assert card
    bills.confirm_payment(ada, card.nonce)
    do(sam_client(), latest_tab(ada), "comp_tab", amount="2.00")

    tab = latest_tab(ada)
    assert (tab.status, tab.due_cents, tab.payments.get().status) == ("open", 20_00, "cancelled")
    assert line.visit_id == ada.pk
    assert assert_ledger_consistent()


def test_no_reason_stands_in_the_record_that_nobody_chose(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    browser = FormBrowser(sam_client())
    browser.open(f"{DEEDS}tab/{latest_tab(ada).pk}/void_line/")
    with pytest.raises(ActionNotPossible, match="the browser asks for “reason” first"):
        browser.press_button("Go on")
    browser.press_button("Go on", reason="wrong order or price")

    assert "Wrong order or price." in browser.page
    assert "paid at the bar" not in browser.open(f"{DEEDS}tab/{latest_tab(ada).pk}/void_tab/")


def test_a_tab_that_is_settled_at_the_bar_has_a_reason_that_fits(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    browser = FormBrowser(sam_client())
    browser.open(f"{DEEDS}tab/{latest_tab(ada).pk}/tender/")
    with pytest.raises(ActionNotPossible, match="the browser asks for “tender” first"):
        browser.press_button("Go on", reason="the guest paid at the bar")
    browser.press_button("Go on", tender="cash", reason="the guest paid at the bar")
    press_it(browser)

    assert (StaffAction.objects.get().reason, latest_tab(ada).status) == ("at_bar", "paid")


def test_nobody_receives_another_amount_than_the_one_on_the_button(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    browser = fill(sam_client(), latest_tab(ada), "tender", tender="card", reason="till")
    orders.add_line(ada, "IPA", 1, [], make_context())
    press_it(browser)

    assert "It was $11.00 and is $17.00 now. Nothing has happened" in browser.page
    assert (latest_tab(ada).status, StaffAction.objects.count()) == ("open", 0)


def test_a_tab_on_the_house_is_closed_and_has_a_receipt(ada):
    line = orders.add_line(ada, "Negroni", 1, [], make_context())
    client = sam_client()
    do(client, latest_tab(ada), "comp_line", line=line.pk, percent=100)
    do(client, latest_tab(ada), "close", reason="kindness")
    tab = latest_tab(ada)
    receipt = guest_for_visit(ada).client.get(f"/tab/{tab.code}/receipt/").text

    assert tab.status == "paid"
    assert "All of it was on the house." in receipt


def test_a_drink_on_the_house_stands_at_its_price_and_the_column_adds_up_for_every_reader(ada):
    line = orders.add_line(ada, "Negroni", 1, [], make_context())
    orders.add_line(ada, "Martini", 1, [], make_context())
    do(sam_client(), latest_tab(ada), "comp_line", line=line.pk, percent=100)
    tab, guest = latest_tab(ada), guest_for_visit(ada)
    pages = [guest.client.get("/tab/").text]
    pay_bill(ada)
    pages.append(guest.client.get(f"/tab/{tab.code}/receipt/").text)
    told = receipts.receipt_context(latest_tab(ada)) | {"venue": Venue.current()}
    mail = render_to_string("bartender/receipt.txt", told)

    for page in pages:
        dom = parse_html(page)
        lines = [one.text.strip() for one in dom.find_all("span") if one.get("class") == "cents"]
        sums = [one.text.strip() for one in dom.find_all("dd")]
        assert lines == ["$11.00", "$13.00"]
        assert sums[:2] == ["$24.00", "-$11.00"]
        assert "$11.00 on the house" in compact_html(page)
    assert "1 x Negroni: $11.00 ($11.00 on the house)" in mail
    assert "Drinks: $24.00\nOn the house: -$11.00" in mail


def test_cash_settles_a_tab_and_says_so_on_the_receipt(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    browser = fill(sam_client(), latest_tab(ada), "tender", tender="cash", reason="till")
    assert browser.has_button("Receive $11.00 in cash")
    press_it(browser)
    assert "Done: $11.00 received in cash." in browser.page
    tab = latest_tab(ada)

    assert (tab.status, tab.payments.get().provider) == ("paid", "bar_cash")
    assert "Paid with cash." in guest_for_visit(ada).client.get(f"/tab/{tab.code}/receipt/").text
    assert assert_ledger_consistent()


def test_above_the_limit_nothing_moves_before_a_second_person_says_yes(ada):
    Venue.objects.update(approval_limit_cents=10_00)
    orders.add_line(ada, "Negroni", 2, [], make_context())
    browser = fill(sam_client(), latest_tab(ada), "void_tab", reason="left")
    assert "a second person's approval. Nothing changes" in browser.page
    assert browser.has_button("Ask a second person: void the whole tab, $22.00")
    before = Journal.objects.count()
    press_it(browser)
    deed = StaffAction.objects.get()

    assert (deed.status, Journal.objects.count()) == ("waiting", before)
    assert (
        "Done: the whole tab voided, $22.00." in decide(mo_client(), deed, "Approve: void the whole tab").page
    )
    deed.refresh_from_db()
    assert (deed.status, str(deed.decided_by), latest_tab(ada).status) == ("done", "mo", "voided")
    assert assert_ledger_consistent()


def test_nobody_approves_their_own(ada):
    Venue.objects.update(approval_limit_cents=0)
    line = orders.add_line(ada, "Negroni", 2, [], make_context())
    client = mo_client()
    do(client, latest_tab(ada), "void_line", line=line.pk, units=1)
    deed = StaffAction.objects.get()
    browser = FormBrowser(client)
    browser.open(f"{DEEDS}{deed.pk}/change/")

    assert not [one.name for one in browser.submit_buttons() if one.name.startswith(("Approve", "Decline"))]
    with pytest.raises(SelfApprovalNotAllowed):
        staff_actions.approve(deed, deed.requested_by)
    assert latest_tab(ada).due_cents == 22_00


def waiting_void(guest):
    """Sam has asked for a second person."""
    Venue.objects.update(approval_limit_cents=10_00)
    orders.add_line(guest, "Negroni", 2, [], make_context())
    person = create_staff_user("sam", STAFF_GROUP)
    press_it(fill(client_for(person), latest_tab(guest), "void_tab", reason="left"))
    return client_for(person)


def test_what_waits_for_a_second_person_is_on_the_display_with_two_buttons_for_who_may(ada):
    first = FormBrowser(waiting_void(ada))
    first.open("/bar/")
    second = FormBrowser(mo_client())
    second.open("/bar/")

    assert "Void the whole tab, $22.00" in first.page
    assert "Somebody else, who may approve, decides." in first.page
    assert not first.has_button(f"Approve for guest {ada.display_name}: void the whole tab, $22.00")
    second.press_button(f"Approve for guest {ada.display_name}: void the whole tab, $22.00")
    assert "Done: the whole tab voided, $22.00." in second.page
    assert "Waiting for a second person</h2>" not in second.page
    assert latest_tab(ada).status == "voided"
    assert assert_ledger_consistent()


def test_what_waits_for_a_second_person_is_declined_on_the_display(ada):
    waiting_void(ada)
    second = FormBrowser(mo_client())
    second.open("/bar/")
    second.press_button(f"Decline for guest {ada.display_name}: void the whole tab, $22.00")

    assert "Declined: void the whole tab, $22.00." in second.page
    assert (StaffAction.objects.get().status, latest_tab(ada).due_cents) == ("declined", 22_00)


def test_what_waits_for_a_second_person_is_on_the_admins_first_page(ada):
    first, second = FormBrowser(waiting_void(ada)), FormBrowser(mo_client())
    words = "Void the whole tab, $22.00: approve or decline"
    assert "Void the whole tab, $22.00" in first.open("/admin/")
    assert words not in first.page
    second.open("/admin/")
    second.follow_link(words)
    second.press_button("Approve: void the whole tab, $22.00")

    assert latest_tab(ada).status == "voided"


def test_who_may_not_approve_and_who_asked_do_nothing_at_that_door(ada):
    waiting_void(ada)
    door = f"/bar/approval/{StaffAction.objects.get().pk}/"
    assert client_for(User.objects.get(username="sam")).post(door, {"given": "1"}).status_code == 403
    Venue.objects.update(approval_limit_cents=0)
    press_it(fill(tess_client(), latest_tab(ada), "comp_tab", amount="1.00"))
    own = f"/bar/approval/{StaffAction.objects.latest('id').pk}/"
    by_script = {"Accept": "application/json"}
    answer = client_for(User.objects.get(username="tess")).post(own, {"given": "1"}, headers=by_script)

    assert (answer.status_code, "Nobody approves their own" in answer.json()["message"]) == (409, True)
    assert latest_tab(ada).due_cents == 22_00


def test_nobody_approves_another_amount_than_was_asked_for(ada):
    waiting_void(ada)
    orders.add_line(ada, "IPA", 1, [], make_context())
    second = FormBrowser(mo_client())
    second.open("/bar/")
    second.press_button(f"Approve for guest {ada.display_name}: void the whole tab, $22.00")

    assert "It was $22.00 and is $28.00 now. Nothing has happened" in second.page
    assert (StaffAction.objects.get().status, latest_tab(ada).due_cents) == ("waiting", 28_00)


def test_a_decline_is_final_and_moves_nothing(ada):
    Venue.objects.update(approval_limit_cents=0)
    orders.add_line(ada, "Negroni", 2, [], make_context())
    do(sam_client(), latest_tab(ada), "comp_tab", percent=50)
    deed = StaffAction.objects.get()
    browser = FormBrowser(mo_client())
    browser.open(f"{DEEDS}{deed.pk}/change/")
    (approve,) = [one for one in browser.submit_buttons() if one.name.startswith("Approve")]
    browser.press_button("Decline")
    assert not browser.has_button("Decline")
    browser.submit(approve, {})  # from a page that was open elsewhere
    assert "decided that already" in browser.page
    deed.refresh_from_db()

    assert (deed.status, latest_tab(ada).due_cents) == ("declined", 22_00)


def test_money_goes_back_in_parts_and_never_more_than_was_paid(ada):
    tab, client = paid_by(ada, "Negroni", "IPA"), mo_client()
    payment = tab.payments.get()
    do(client, tab, "refund", payment=payment.pk, amount="5.00")
    assert "at most $12.00" in fill(client, tab, "refund", payment=payment.pk, amount="12.01").page
    do(client, tab, "refund", payment=payment.pk, amount="12.00")
    tab = latest_tab(ada)
    receipt = guest_for_visit(ada).client.get(f"/tab/{tab.code}/receipt/").text

    assert (tab.status, tab.paid_cents, tab.refunded_cents) == ("paid", 17_00, 17_00)
    assert receipt.count("refunded") == 2
    assert "-$5.00" in receipt
    assert "-$12.00" in receipt
    assert assert_ledger_consistent()


def test_sam_may_not_give_money_back_and_nat_may_do_nothing(ada):
    tab = paid_by(ada, "Negroni")
    page = sam_client().get(f"/admin/payments/tab/{tab.pk}/change/").text
    url = f"/admin/bartender/staffaction/tab/{tab.pk}/refund/"

    assert url not in page
    assert client_for(create_staff_user("sue", "Bar staff")).get(url).status_code == 403
    assert nat_client().get(url).status_code == 403
    assert not Refund.objects.exists()


def test_the_tip_is_given_to_whoever_the_form_names(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    bills.set_tip(ada, TipRule(cents=3_00), make_context())
    client = sam_client()
    pay_bill(ada)
    do(client, latest_tab(ada), "tip_for", person="sam", reason="other", note="she served")

    assert str(latest_tab(ada).tip_recipient) == "sam"
    assert assert_ledger_consistent()


def test_the_trail_can_be_searched_and_filtered_and_never_edited(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    do(sam_client(), latest_tab(ada), "comp_tab", amount="2.00", note="birthday")
    client, deed = tess_client(), StaffAction.objects.get()
    listed = client.get(
        "/admin/bartender/staffaction/?kind__exact=comp_tab&reason__exact=quality&q=birthday"
    ).text

    assert "birthday" in listed
    assert "sam" in listed
    assert client.post(f"/admin/bartender/staffaction/{deed.pk}/change/", {"note": "x"}).status_code == 403
    assert "birthday" in client.get(f"/admin/payments/tab/{latest_tab(ada).pk}/change/").text


def test_a_wrong_page_is_no_page(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    client = tess_client()
    assert client.get(f"/admin/bartender/staffaction/tab/{latest_tab(ada).pk}/rob/").status_code == 404
    assert client.get("/admin/bartender/staffaction/tab/0/refund/").status_code == 404
    assert Tab.objects.count() == 1
    assert not Payment.objects.exists()


def a_tab_for(kind, guest):
    """One on which that kind makes sense, and what its form asks for beyond the reason."""
    line = orders.add_line(guest, "Negroni", 1, [], make_context())
    bills.set_tip(guest, TipRule(cents=2_00), make_context())
    if kind in ("refund", "tip_for"):
        pay_bill(guest)
    if kind == "close":
        bills.set_tip(guest, TipRule(cents=0), make_context())
        corrections.comp_line(line, by_staff(), 11_00)
    return {
        "void_line": {},  # the only one is chosen already
        "void_tab": {},
        "comp_line": {"percent": 50},
        "comp_tab": {"amount": "1.00"},
        "refund": {"amount": "1.00"},
        "tender": {"tender": "house account"},
        "close": {},
        "tip_for": {"person": "mo"},
    }[kind]


def by_staff():
    return OperationContext(make_context().key, actor="staff:mo", source="admin", reason="warm")


@pytest.mark.parametrize("kind", [kind.value for kind in REQUIRED_PERMISSIONS])  # an undo has no page
def test_every_kind_of_deed_is_done_by_its_own_pages(ada, kind):
    given = a_tab_for(kind, ada)
    before = latest_tab(ada).version
    browser = do(mo_client(), latest_tab(ada), kind, reason="other", note="“so, <b>bold</b>”", **given)
    deed = StaffAction.objects.get()

    assert "Done: " in browser.page
    assert (deed.kind, deed.status, deed.note) == (kind, "done", "“so, <b>bold</b>”")
    assert latest_tab(ada).version > before
    assert assert_ledger_consistent()
