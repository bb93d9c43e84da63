"""Each rule that the database itself holds is broken once here, past all our code; and none is forgotten."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from bartender.models.visits import OrderLine, Ticket
from bartender.services import orders, tickets
from payments import splits
from payments.models import Journal, LedgerEntry, Payment, Refund, Tab
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import make_tab, open_payment_link, sell, settle_tab

pytestmark = pytest.mark.django_db


def tab_with(**values):
    Tab.objects.filter(pk=sell(make_tab(), 2).pk).update(**values)


def another_unsettled_tab():
    Tab.objects.create(visit_code=make_tab("guest").visit_code)


def journal_with(**values):
    tab = sell(make_tab())
    given = {"version": 2, "kind": "tip", "key": "key", "fingerprint": "", "actor": "guest", "source": "tool"}
    return Journal.objects.create(tab=tab, **given | values)


def journal_of_a_known_key():
    tab = sell(make_tab(), context=(why := make_context()))
    Journal.objects.create(tab=tab, version=2, kind="tip", key=why.key, actor="guest", source="tool")


def entry_with(**values):
    journal = sell(make_tab()).journals.get()
    LedgerEntry.objects.create(journal=journal, tab=journal.tab, **values)


def payment_with(tab=None, **values):
    given = {
        "provider": "simulated",
        "amount_cents": 1,
        "currency": "USD",
        "key": f"key {Payment.objects.count()}",
        "nonce": "n",
        "expires_at": timezone.now() + timedelta(hours=1),
    }
    return Payment.objects.create(tab=tab or sell(make_tab()), **given | values)


def refund_with(**values):
    payment = settle_tab(sell(make_tab())).payments.get()
    given = {"amount_cents": 1, "currency": "USD", "key": "key", "actor": "staff:Dee", "reason": "flat"}
    Refund.objects.create(payment=payment, **given | values)


def second_success():
    payment_with(settle_tab(sell(make_tab())), status="succeeded")


def second_of_a_share(status):
    tab = sell(make_tab(), 2)
    part = splits.ShareAllocation(tab.visit_code, "Host", 20_00)
    share = splits.create_split(tab, "equally", [part], make_context()).shares.get()
    for _ in range(2):
        payment_with(tab, share=share, status=status)


BROKEN = {
    "one_unsettled_tab_per_visit": another_unsettled_tab,
    "tab_amounts_not_negative": lambda: tab_with(tip_cents=-1),
    "tab_service_and_included_tax_not_negative": lambda: tab_with(included_tax_cents=-1),
    "tab_discount_within_subtotal": lambda: tab_with(discount_cents=20_01, tip_cents=100),
    "tab_subtotal_within_cap": lambda: tab_with(subtotal_cents=2_000_01),
    "tab_units_within_cap": lambda: tab_with(units=41),
    "tab_never_overpaid": lambda: tab_with(paid_cents=20_01),
    "paid_tab_owes_nothing": lambda: tab_with(status="paid"),
    "journal_once_per_key": journal_of_a_known_key,
    "journal_version_once": lambda: journal_with(version=1),
    "journal_version_from_one": lambda: journal_with(version=0),
    "journal_has_cause": lambda: journal_with(actor=""),
    "entry_moves_money": lambda: entry_with(account="tips", cents=0),
    "sales_entry_is_quantity_times_unit": lambda: entry_with(
        account="sales", cents=-9_99, quantity=1, unit_cents=10_00
    ),
    "one_live_link_per_tab": lambda: payment_with(open_payment_link(sell(make_tab())).tab),
    "one_success_per_tab": second_success,
    "payment_amount_positive": lambda: payment_with(amount_cents=0),
    "open_link_has_reference_and_url": lambda: payment_with(status="link_open"),
    "one_live_link_per_share": lambda: second_of_a_share(status="created"),
    "one_success_per_share": lambda: second_of_a_share(status="succeeded"),
    "tab_refunds_within_paid": lambda: tab_with(refunded_cents=1),
    "refund_amount_positive": lambda: refund_with(amount_cents=0),
    "refund_has_cause": lambda: refund_with(reason=""),
    "refund_ends_once": lambda: refund_with(status="succeeded"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_refuses(name):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        BROKEN[name]()
    if connection.vendor == "postgresql":
        assert name in str(refusal.value)


@pytest.mark.parametrize("field", ["code", "key", "reference"])
def test_no_two_payments_share_a_code_a_key_or_a_tills_reference(field):
    payment = open_payment_link(sell(make_tab()))
    with pytest.raises(IntegrityError), transaction.atomic():
        payment_with(**{field: getattr(payment, field)})


def test_a_version_and_a_quantity_below_nothing_are_refused(ada):
    line = orders.add_line(ada, "IPA", 1, [], make_context())
    for broken in (
        {"quantity": 0},
        {"quantity": 101},
        {"quantity": -1},
        {"status": "sent"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderLine.objects.filter(pk=line.pk).update(**broken)


def test_an_order_line_and_a_ticket_have_one_key_and_one_number(ada):
    line = orders.add_line(ada, "IPA", 1, [], make_context())
    ticket = tickets.fire_ticket(ada, make_context())
    copies = (
        OrderLine(visit=ada, tab=line.tab, number=9, item=line.item, quantity=1, unit_cents=1, key=line.key),
        OrderLine(visit=ada, tab=line.tab, number=1, item=line.item, quantity=1, unit_cents=1, key="another"),
        Ticket(visit=ada, tab=line.tab, key=ticket.key),
    )
    for copy in copies:
        with pytest.raises(IntegrityError), transaction.atomic():
            copy.save()


def test_no_constraint_of_the_till_is_without_its_test():
    named = {
        constraint.name
        for model in (Tab, Journal, LedgerEntry, Payment, Refund)
        for constraint in model._meta.constraints
    }
    assert named == set(BROKEN)


def test_what_money_hangs_on_cannot_be_deleted(ada):
    line = orders.add_line(ada, "IPA", 1, [], make_context())
    for row in (line.tab, line.item, ada):
        with pytest.raises(models.ProtectedError):
            row.delete()
