"""Ada, Ben and Cy share Ada's bill: to the cent, each by their own link, and paid when all have paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartender.errors import InvitationOver, NotYours
from bartender.services import amends, bills, orders, sharing
from maya_site.lib.money import apportion
from payments import checkout, drawer, splitting
from payments.errors import BadAmount, NoPayment, SplitIsOut, SplitIsPaid
from payments.ledger import Cause, TipRule
from payments.models import Share
from tests.cast import cause
from tests.payments.book import everything, in_order, tab_of

pytestmark = pytest.mark.django_db


def round_of(ada, *others):
    """Ada has had two Negronis and an IPA, tips, and asks the others to the table."""
    orders.add(ada, "Negroni", 2, [], cause())
    orders.add(ada, "IPA", 1, [], cause())
    bills.set_tip(ada, TipRule(bp=1_500), cause())
    token = sharing.token_of(sharing.invite(ada))
    for other in others:
        sharing.join(other, token)
    return tab_of(ada)


def shares_of(guest):
    return {
        share.visit_code: share
        for share in Share.objects.filter(split__tab=tab_of(guest), split__status="out")
    }


def pay_share(guest, share):
    sharing.pay_share(guest, share.code, share.nonce)
    return checkout.settle(share.payments.latest("id"), cause())


def test_three_shares_come_to_the_bill_and_are_paid_one_by_one(ada, ben, cy):
    tab = round_of(ada, ben, cy)
    sharing.equally(ada, cause())
    shares = shares_of(ada)

    assert [share.amount_cents for share in shares.values()] == [10_74, 10_73, 10_73]
    assert sum(share.tip_cents for share in shares.values()) == 4_20
    for guest in (ben, cy):
        pay_share(guest, shares[guest.code])
        assert tab_of(ada).status == "closing"
        assert in_order()
    pay_share(ada, shares[ada.code])
    assert (tab_of(ada).status, tab_of(ada).paid_cents) == ("paid", 32_20)
    assert tab.visit_code == ada.code
    assert in_order()


def test_each_pays_what_each_has_had_and_nobodys_drink_is_everybodys(ada, ben, cy):
    round_of(ada, ben, cy)
    negroni, ipa = ada.lines.order_by("id")
    sharing.by_item(ada, {negroni.code: [ada.code, ben.code], ipa.code: [cy.code]}, cause())
    shares = shares_of(ada)

    # 11.00, 11.00 and 6.00 of 28.00, with 15 % on top
    assert [shares[guest.code].amount_cents for guest in (ada, ben, cy)] == [12_65, 12_65, 6_90]
    splitting.undo(tab_of(ada), cause())
    sharing.by_item(ada, {negroni.code: [ada.code]}, cause())
    shares = shares_of(ada)
    assert [shares[guest.code].amount_cents for guest in (ada, ben, cy)] == [27_60, 2_30, 2_30]
    assert in_order()


def test_each_names_an_amount_and_the_owner_pays_the_rest(ada, ben, cy):
    round_of(ada, ben, cy)
    with pytest.raises(BadAmount):
        sharing.by_amount(ada, {ben.code: 32_21}, cause())
    sharing.by_amount(ada, {ben.code: 20_00}, cause())

    assert {code: one.amount_cents for code, one in shares_of(ada).items()} == {
        ada.code: 12_20,
        ben.code: 20_00,
    }
    assert in_order()


def test_minds_change_until_a_share_is_paid(ada, ben):
    round_of(ada, ben)
    sharing.equally(ada, cause())
    share = shares_of(ada)[ben.code]
    sharing.pay_share(ben, share.code, share.nonce)
    with pytest.raises(SplitIsOut):
        orders.add(ada, "IPA", 1, [], cause())
    sharing.put_together(ada, cause())
    assert share.payments.get().status == "cancelled"
    with pytest.raises(NoPayment):
        sharing.pay_share(ben, share.code, share.nonce)
    orders.add(ada, "IPA", 1, [], cause())
    sharing.equally(ada, cause())
    pay_share(ben, shares_of(ada)[ben.code])
    with pytest.raises(SplitIsPaid):
        sharing.put_together(ada, cause())
    assert in_order()


def test_a_share_that_failed_is_tried_again_and_the_others_stay(ada, ben):
    round_of(ada, ben)
    sharing.equally(ada, cause())
    share = shares_of(ada)[ben.code]
    sharing.pay_share(ben, share.code, share.nonce)
    checkout.give_up(share.payments.get(), "failed", cause())
    assert tab_of(ada).status == "closing"
    pay_share(ben, share)
    with pytest.raises(NoPayment):
        sharing.pay_share(ben, share.code, share.nonce)

    assert [one.status for one in share.payments.order_by("id")] == ["failed", "succeeded"]
    assert in_order()


def test_nobody_pays_a_strangers_share_and_the_host_may_pay_anybodys(ada, ben, cy):
    round_of(ada, ben)
    sharing.equally(ada, cause())
    share = shares_of(ada)[ben.code]
    before = everything()
    with pytest.raises(NotYours):
        sharing.pay_share(cy, share.code, share.nonce)
    with pytest.raises(NoPayment):
        sharing.pay_share(ben, share.code, "0" * 32)
    assert everything() == before
    pay_share(ada, share)
    assert in_order()


def test_the_bar_takes_what_is_left_of_a_split_bill(ada, ben):
    round_of(ada, ben)
    sharing.equally(ada, cause())
    shares = shares_of(ada)
    pay_share(ben, shares[ben.code])
    sharing.pay_share(ada, shares[ada.code].code, shares[ada.code].nonce)
    drawer.settle_at_bar(tab_of(ada), "cash", "staff:sam", "her phone is flat")

    assert [one.status for one in tab_of(ada).payments.order_by("id")] == [
        "succeeded",
        "cancelled",
        "succeeded",
    ]
    assert tab_of(ada).status == "paid"
    assert in_order()


def test_no_ticket_is_printed_twice(ada, ben):
    round_of(ada, ben)
    for _ in range(2):
        sharing.equally(ada, cause())
        sharing.put_together(ada, cause())
    sharing.equally(ada, cause())
    pay_share(ben, shares_of(ada)[ben.code])
    pay_share(ada, shares_of(ada)[ada.code])

    assert ada.tickets.count() == 1


def test_the_same_form_twice_is_one_split(ada, ben):
    round_of(ada, ben)
    why = cause()
    first = sharing.equally(ada, why)
    before = everything()

    assert sharing.equally(ada, why) == first
    assert everything() == before


def test_a_bill_that_was_out_whole_is_taken_back_and_divided(ada, ben):
    round_of(ada, ben)
    card = bills.ask_to_pay(ada, cause()).payment
    assert card
    bills.confirm_payment(ada, card.nonce)
    sharing.equally(ada, cause())

    assert tab_of(ada).payments.get(share=None).status == "cancelled"
    assert len(shares_of(ada)) == 2
    assert in_order()


def test_an_invitation_ends(ada, ben, cy):
    round_of(ada)
    old = sharing.token_of(sharing.invite(ada))
    new = sharing.token_of(sharing.invite(ada))
    for bad in (old, new + "x", "nothing", ""):
        with pytest.raises(InvitationOver):
            sharing.join(ben, bad)
    sharing.join(ben, new)
    sharing.join(ben, new)
    sharing.join(ada, new)
    assert [seat.name for seat in sharing.seats(tab_of(ada))] == ["Host", "Guest 2"]
    sharing.end_invitation(ada)
    with pytest.raises(InvitationOver):
        sharing.join(cy, new)


def test_a_comp_puts_the_bill_together_first(ada, ben):
    from bartender.services import staff_deeds

    round_of(ada, ben)
    sharing.equally(ada, cause())
    why = Cause(cause().key, actor="staff:mo", source="admin", reason="warm")
    staff_deeds._take_the_bill_back("comp_tab", tab_of(ada), why)
    amends.comp_tab(tab_of(ada), 1_00, why.part("comp"))

    assert (tab_of(ada).status, tab_of(ada).discount_cents) == ("open", 1_00)
    assert in_order()


@given(st.integers(0, 300_000), st.lists(st.integers(0, 50_000), min_size=1, max_size=12))
def test_parts_always_come_to_the_whole(cents, weights):
    parts = apportion(cents, weights)

    assert sum(parts) == cents
    assert all(part >= 0 for part in parts)
    exact = [cents * one / sum(weights) if sum(weights) else cents / len(weights) for one in weights]
    assert all(abs(part - wanted) < 1 + 1e-6 for part, wanted in zip(parts, exact, strict=True))
