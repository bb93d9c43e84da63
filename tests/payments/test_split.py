"""Ada, Ben and Cy share Ada's bill: to the cent, each by their own link, and paid when all have paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartender.errors import InvitationExpired, ShareNotFound
from bartender.services import bills, corrections, orders, split_bill
from maya_site.core.money import apportion
from payments import bar_payments, checkout, splits
from payments.errors import NoOpenPayment, OperationNotAllowed, SplitPartlyPaid, TabIsSplit
from payments.ledger import OperationContext, TipRule
from payments.models import Share
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab, snapshot_database

pytestmark = pytest.mark.django_db


def round_of(ada, *others):
    """Ada has had two Negronis and an IPA, tips, and asks the others to the table."""
    orders.add_line(ada, "Negroni", 2, [], make_context())
    orders.add_line(ada, "IPA", 1, [], make_context())
    bills.set_tip(ada, TipRule(basis_points=1_500), make_context())
    token = split_bill.invitation_token(split_bill.create_invitation(ada))
    for other in others:
        split_bill.join_tab(other, token)
    return latest_tab(ada)


def shares_of(guest):
    return {
        share.visit_code: share
        for share in Share.objects.filter(split__tab=latest_tab(guest), split__status="out")
    }


def pay_share(guest, share):
    split_bill.pay_share(guest, share.code, share.nonce)
    return checkout.mark_paid(share.payments.latest("id"), make_context())


def test_three_shares_come_to_the_bill_and_are_paid_one_by_one(ada, ben, cy):
    tab = round_of(ada, ben, cy)
    split_bill.split_equally(ada, make_context())
    shares = shares_of(ada)

    assert [share.amount_cents for share in shares.values()] == [10_74, 10_73, 10_73]
    assert sum(share.tip_cents for share in shares.values()) == 4_20
    for guest in (ben, cy):
        pay_share(guest, shares[guest.code])
        assert latest_tab(ada).status == "closing"
        assert assert_ledger_consistent()
    pay_share(ada, shares[ada.code])
    assert (latest_tab(ada).status, latest_tab(ada).paid_cents) == ("paid", 32_20)
    assert tab.visit_code == ada.code
    assert assert_ledger_consistent()


def test_each_pays_what_each_has_had_and_nobodys_drink_is_everybodys(ada, ben, cy):
    round_of(ada, ben, cy)
    negroni, ipa = ada.lines.order_by("id")
    split_bill.split_by_item(ada, {negroni.code: [ada.code, ben.code], ipa.code: [cy.code]}, make_context())
    shares = shares_of(ada)

    # 11.00, 11.00 and 6.00 of 28.00, with 15 % on top
    assert [shares[guest.code].amount_cents for guest in (ada, ben, cy)] == [12_65, 12_65, 6_90]
    splits.undo_split(latest_tab(ada), make_context())
    split_bill.split_by_item(ada, {negroni.code: [ada.code]}, make_context())
    shares = shares_of(ada)
    assert [shares[guest.code].amount_cents for guest in (ada, ben, cy)] == [27_60, 2_30, 2_30]
    assert assert_ledger_consistent()


def test_each_names_an_amount_and_the_owner_pays_the_rest(ada, ben, cy):
    round_of(ada, ben, cy)
    with pytest.raises(OperationNotAllowed):
        split_bill.split_by_amount(ada, {ben.code: 32_21}, make_context())
    split_bill.split_by_amount(ada, {ben.code: 20_00}, make_context())

    assert {code: one.amount_cents for code, one in shares_of(ada).items()} == {
        ada.code: 12_20,
        ben.code: 20_00,
    }
    assert assert_ledger_consistent()


def test_minds_change_until_a_share_is_paid(ada, ben):
    round_of(ada, ben)
    split_bill.split_equally(ada, make_context())
    share = shares_of(ada)[ben.code]
    split_bill.pay_share(ben, share.code, share.nonce)
    with pytest.raises(TabIsSplit):
        orders.add_line(ada, "IPA", 1, [], make_context())
    split_bill.cancel_split(ada, make_context())
    assert share.payments.get().status == "cancelled"
    with pytest.raises(NoOpenPayment):
        split_bill.pay_share(ben, share.code, share.nonce)
    orders.add_line(ada, "IPA", 1, [], make_context())
    split_bill.split_equally(ada, make_context())
    pay_share(ben, shares_of(ada)[ben.code])
    with pytest.raises(SplitPartlyPaid):
        split_bill.cancel_split(ada, make_context())
    assert assert_ledger_consistent()


def test_a_share_that_failed_is_tried_again_and_the_others_stay(ada, ben):
    round_of(ada, ben)
    split_bill.split_equally(ada, make_context())
    share = shares_of(ada)[ben.code]
    split_bill.pay_share(ben, share.code, share.nonce)
    checkout.end_attempt(share.payments.get(), "failed", make_context())
    assert latest_tab(ada).status == "closing"
    pay_share(ben, share)
    with pytest.raises(NoOpenPayment):
        split_bill.pay_share(ben, share.code, share.nonce)

    assert [one.status for one in share.payments.order_by("id")] == ["failed", "succeeded"]
    assert assert_ledger_consistent()


def test_nobody_pays_a_strangers_share_and_the_host_may_pay_anybodys(ada, ben, cy):
    round_of(ada, ben)
    split_bill.split_equally(ada, make_context())
    share = shares_of(ada)[ben.code]
    before = snapshot_database()
    with pytest.raises(ShareNotFound):
        split_bill.pay_share(cy, share.code, share.nonce)
    with pytest.raises(NoOpenPayment):
        split_bill.pay_share(ben, share.code, "0" * 32)
    assert snapshot_database() == before
    pay_share(ada, share)
    assert assert_ledger_consistent()


def test_the_bar_takes_what_is_left_of_a_split_bill(ada, ben):
    round_of(ada, ben)
    split_bill.split_equally(ada, make_context())
    shares = shares_of(ada)
    pay_share(ben, shares[ben.code])
    split_bill.pay_share(ada, shares[ada.code].code, shares[ada.code].nonce)
    bar_payments.record_bar_payment(latest_tab(ada), "cash", "staff:sam", "her phone is flat")

    assert [one.status for one in latest_tab(ada).payments.order_by("id")] == [
        "succeeded",
        "cancelled",
        "succeeded",
    ]
    assert latest_tab(ada).status == "paid"
    assert assert_ledger_consistent()


def test_no_ticket_is_printed_twice(ada, ben):
    round_of(ada, ben)
    for _ in range(2):
        split_bill.split_equally(ada, make_context())
        split_bill.cancel_split(ada, make_context())
    split_bill.split_equally(ada, make_context())
    pay_share(ben, shares_of(ada)[ben.code])
    pay_share(ada, shares_of(ada)[ada.code])

    assert ada.tickets.count() == 1


def test_the_same_form_twice_is_one_split(ada, ben):
    round_of(ada, ben)
    why = make_context()
    first = split_bill.split_equally(ada, why)
    before = snapshot_database()

    assert split_bill.split_equally(ada, why) == first
    assert snapshot_database() == before


def test_a_bill_that_was_out_whole_is_taken_back_and_divided(ada, ben):
    round_of(ada, ben)
    card = bills.request_bill(ada, make_context()).payment
    assert card
    bills.confirm_payment(ada, card.nonce)
    split_bill.split_equally(ada, make_context())

    assert latest_tab(ada).payments.get(share=None).status == "cancelled"
    assert len(shares_of(ada)) == 2
    assert assert_ledger_consistent()


def test_an_invitation_ends(ada, ben, cy):
    round_of(ada)
    old = split_bill.invitation_token(split_bill.create_invitation(ada))
    new = split_bill.invitation_token(split_bill.create_invitation(ada))
    for bad in (old, new + "x", "nothing", ""):
        with pytest.raises(InvitationExpired):
            split_bill.join_tab(ben, bad)
    split_bill.join_tab(ben, new)
    split_bill.join_tab(ben, new)
    split_bill.join_tab(ada, new)
    assert [seat.name for seat in split_bill.participants_of(latest_tab(ada))] == ["Host", "Guest 2"]
    split_bill.end_invitation(ada)
    with pytest.raises(InvitationExpired):
        split_bill.join_tab(cy, new)


def test_a_comp_puts_the_bill_together_first(ada, ben):
    from bartender.services import staff_actions

    round_of(ada, ben)
    split_bill.split_equally(ada, make_context())
    why = OperationContext(make_context().key, actor="staff:mo", source="admin", reason="warm")
    staff_actions._withdraw_bill("comp_tab", latest_tab(ada), why)
    corrections.comp_tab(latest_tab(ada), 1_00, why.with_key_suffix("comp"))

    assert (latest_tab(ada).status, latest_tab(ada).discount_cents) == ("open", 1_00)
    assert assert_ledger_consistent()


@given(st.integers(0, 300_000), st.lists(st.integers(0, 50_000), min_size=1, max_size=12))
def test_parts_always_come_to_the_whole(cents, weights):
    parts = apportion(cents, weights)

    assert sum(parts) == cents
    assert all(part >= 0 for part in parts)
    exact = [cents * one / sum(weights) if sum(weights) else cents / len(weights) for one in weights]
    assert all(abs(part - wanted) < 1 + 1e-6 for part, wanted in zip(parts, exact, strict=True))
