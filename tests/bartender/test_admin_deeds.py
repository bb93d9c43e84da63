"""Sam serves and puts things right; Mo manages and is the second person. Every deed leaves a trail."""

import re

import pytest

from bartender.records.deeds import StaffDeed
from bartender.records.menu import Venue
from bartender.services import bills, orders, tickets
from payments.models import Journal, Payment, Refund, Tab
from tests.bartender.page_cast import guest_of
from tests.bartender.staff_cast import as_, hire, mo, nat, pay, sam, tess
from tests.cast import cause
from tests.payments.book import everything, in_order, tab_of

pytestmark = pytest.mark.django_db


def fill(client, tab, kind, **given):
    """Through the form and the page that shows the amounts; what comes back is that page and the answer."""
    url = f"/admin/bartender/staffdeed/tab/{tab.pk}/{kind}/"
    page = client.get(url)
    once = re.search(r'name="id" value="([^"]+)"', page.text)
    assert once, page.text
    given = {"id": once[1], "reason": "quality", "note": "", **given}
    look = client.post(url, given | {"step": "look"})
    return look, lambda: client.post(url, given | {"step": "do"})


def do(client, tab, kind, **given):
    look, go = fill(client, tab, kind, **given)
    assert "Do it" in look.text or "Ask for it" in look.text, look.text
    return go()


def paid_by(guest, *drinks):
    for drink in drinks:
        orders.add(guest, drink, 1, [], cause())
    pay(guest)
    return tab_of(guest)


def test_sam_takes_off_a_drink_that_the_bar_had_begun(ada):
    line = orders.add(ada, "Negroni", 2, [], cause())
    tickets.bump(tickets.fire(ada, cause()))
    look, go = fill(sam(), tab_of(ada), "void_line", line=line.pk, units=1, note="corked")

    assert "Void 1 × Negroni, $11.00." in look.text
    assert tab_of(ada).due_cents == 22_00, "looking does nothing"
    go()
    assert tab_of(ada).due_cents == 11_00
    journal = Journal.objects.get(kind="void")
    assert (journal.actor, journal.reason) == ("staff:sam", "not as it should be: corked")
    assert in_order()


def test_pressing_twice_is_one_deed(ada):
    line = orders.add(ada, "Negroni", 3, [], cause())
    _look, go = fill(sam(), tab_of(ada), "void_line", line=line.pk, units=1)
    go()
    before = everything()
    go()

    assert everything() == before
    assert StaffDeed.objects.count() == 1


@pytest.mark.parametrize(
    "given, due", [({"percent": 50}, 5_50), ({"amount": "3.50"}, 7_50), ({"percent": 100}, 0)]
)
def test_a_drink_is_on_the_house_in_part_or_whole(ada, given, due):
    line = orders.add(ada, "Negroni", 1, [], cause())
    do(sam(), tab_of(ada), "comp_line", line=line.pk, **given)

    assert tab_of(ada).due_cents == due
    assert in_order()


@pytest.mark.parametrize(
    "given", [{}, {"percent": 10, "amount": "1.00"}, {"amount": "11.01"}, {"percent": 0}]
)
def test_a_comp_says_how_much_in_one_way(ada, given):
    line = orders.add(ada, "Negroni", 1, [], cause())
    look, _go = fill(sam(), tab_of(ada), "comp_line", line=line.pk, **given)

    assert "Do it" not in look.text
    assert tab_of(ada).due_cents == 11_00


def test_a_bill_that_is_out_is_taken_back_before_something_comes_off(ada):
    line = orders.add(ada, "Negroni", 2, [], cause())
    card = bills.ask_to_pay(ada, cause()).payment
    assert card
    bills.confirm_payment(ada, card.nonce)
    do(sam(), tab_of(ada), "comp_tab", amount="2.00")

    tab = tab_of(ada)
    assert (tab.status, tab.due_cents, tab.payments.get().status) == ("open", 20_00, "cancelled")
    assert line.visit_id == ada.pk
    assert in_order()


def test_a_tab_on_the_house_is_closed_and_has_a_receipt(ada):
    line = orders.add(ada, "Negroni", 1, [], cause())
    client = sam()
    do(client, tab_of(ada), "comp_line", line=line.pk, percent=100)
    do(client, tab_of(ada), "close", reason="kindness")
    tab = tab_of(ada)
    receipt = guest_of(ada).client.get(f"/tab/{tab.code}/receipt/").text

    assert tab.status == "paid"
    assert "All of it was on the house." in receipt


def test_cash_settles_a_tab_and_says_so_on_the_receipt(ada):
    orders.add(ada, "Negroni", 1, [], cause())
    do(sam(), tab_of(ada), "tender", tender="cash", reason="till")
    tab = tab_of(ada)

    assert (tab.status, tab.payments.get().provider) == ("paid", "bar_cash")
    assert "Paid by cash." in guest_of(ada).client.get(f"/tab/{tab.code}/receipt/").text
    assert in_order()


def test_above_the_limit_nothing_moves_before_a_second_person_says_yes(ada):
    Venue.objects.update(alone_cents=10_00)
    orders.add(ada, "Negroni", 2, [], cause())
    look, go = fill(sam(), tab_of(ada), "void_tab", reason="left")
    assert "will wait for a second one" in look.text
    before = Journal.objects.count()
    go()
    deed = StaffDeed.objects.get()

    assert (deed.status, Journal.objects.count()) == ("waiting", before)
    mo().post(f"/admin/bartender/staffdeed/{deed.pk}/decide/", {"say": "yes"})
    deed.refresh_from_db()
    assert (deed.status, str(deed.decided_by), tab_of(ada).status) == ("done", "mo", "voided")
    assert in_order()


def test_nobody_approves_their_own(ada):
    Venue.objects.update(alone_cents=0)
    line = orders.add(ada, "Negroni", 2, [], cause())
    client = mo()
    do(client, tab_of(ada), "void_line", line=line.pk, units=1)
    deed = StaffDeed.objects.get()
    page = client.get(f"/admin/bartender/staffdeed/{deed.pk}/change/").text
    answer = client.post(f"/admin/bartender/staffdeed/{deed.pk}/decide/", {"say": "yes"}, follow=True)

    assert "Approve</button>" not in page
    assert "Nobody approves their own" in answer.text
    assert tab_of(ada).due_cents == 22_00


def test_a_decline_is_final_and_moves_nothing(ada):
    Venue.objects.update(alone_cents=0)
    orders.add(ada, "Negroni", 2, [], cause())
    do(sam(), tab_of(ada), "comp_tab", percent=50)
    deed, client = StaffDeed.objects.get(), mo()
    for say in ("no", "yes"):
        client.post(f"/admin/bartender/staffdeed/{deed.pk}/decide/", {"say": say})
    deed.refresh_from_db()

    assert (deed.status, tab_of(ada).due_cents) == ("declined", 22_00)


def test_money_goes_back_in_parts_and_never_more_than_was_paid(ada):
    tab, client = paid_by(ada, "Negroni", "IPA"), mo()
    payment = tab.payments.get()
    do(client, tab, "refund", payment=payment.pk, amount="5.00")
    look, _go = fill(client, tab, "refund", payment=payment.pk, amount="12.01")
    assert "at most $12.00" in look.text
    do(client, tab, "refund", payment=payment.pk, amount="12.00")
    tab = tab_of(ada)
    receipt = guest_of(ada).client.get(f"/tab/{tab.code}/receipt/").text

    assert (tab.status, tab.paid_cents, tab.refunded_cents) == ("paid", 17_00, 17_00)
    assert receipt.count("refunded") == 2
    assert "-$5.00" in receipt
    assert "-$12.00" in receipt
    assert in_order()


def test_sam_may_not_give_money_back_and_nat_may_do_nothing(ada):
    tab = paid_by(ada, "Negroni")
    page = sam().get(f"/admin/payments/tab/{tab.pk}/change/").text
    url = f"/admin/bartender/staffdeed/tab/{tab.pk}/refund/"

    assert url not in page
    assert as_(hire("sue", "Bar staff")).get(url).status_code == 403
    assert nat().get(url).status_code == 403
    assert not Refund.objects.exists()


def test_the_tip_is_given_to_whoever_the_form_names(ada):
    from payments.ledger import TipRule

    orders.add(ada, "Negroni", 1, [], cause())
    bills.set_tip(ada, TipRule(cents=3_00), cause())
    client = sam()
    pay(ada)
    do(client, tab_of(ada), "tip_for", person="sam", reason="other", note="she served")

    assert tab_of(ada).tip_for == "sam"
    assert in_order()


def test_the_trail_can_be_searched_and_filtered_and_never_edited(ada):
    orders.add(ada, "Negroni", 2, [], cause())
    do(sam(), tab_of(ada), "comp_tab", amount="2.00", note="birthday")
    client, deed = tess(), StaffDeed.objects.get()
    listed = client.get(
        "/admin/bartender/staffdeed/?kind__exact=comp_tab&reason__exact=quality&q=birthday"
    ).text

    assert "birthday" in listed
    assert "sam" in listed
    assert client.post(f"/admin/bartender/staffdeed/{deed.pk}/change/", {"note": "x"}).status_code == 403
    assert "birthday" in client.get(f"/admin/payments/tab/{tab_of(ada).pk}/change/").text


def test_a_wrong_page_is_no_page(ada):
    orders.add(ada, "Negroni", 1, [], cause())
    client = tess()
    assert client.get(f"/admin/bartender/staffdeed/tab/{tab_of(ada).pk}/rob/").status_code == 404
    assert client.get("/admin/bartender/staffdeed/tab/0/refund/").status_code == 404
    assert Tab.objects.count() == 1
    assert not Payment.objects.exists()
