"""What undoing does to a tab. Nothing is written here: `ledger` does that."""

from __future__ import annotations

from payments.errors import OperationNotAllowed
from payments.models import Journal, LedgerEntry, Payment, Tab
from payments.posting_rules import (
    AT_BAR_PREFIX,
    TabChange,
    add_leg,
    money_account_for,
    sold_and_comped_lines,
)

Account = LedgerEntry.Account
UNDOABLE_KINDS = (Journal.Kind.COMP, Journal.Kind.VOID, Journal.Kind.TIP_FOR, Journal.Kind.PAYMENT)


def check_payment_can_be_undone(tab: Tab, payment: Payment) -> None:
    """This alone opens a paid tab again: its one payment, taken at the bar, of which nothing went back."""
    is_at_bar = payment.provider.startswith(AT_BAR_PREFIX)
    has_moved = tab.refunded_cents or tab.disputed_cents or tab.paid_cents != payment.amount_cents
    if tab.status != Tab.Status.PAID or not is_at_bar or has_moved or payment.tab_id != tab.pk:
        raise OperationNotAllowed("That payment cannot be undone: give the money back as a refund.")


def post_undo(tab: Tab, change: TabChange) -> None:
    """Takes comps off again, and a payment out of the drawer that it came into: the tab owes both, and is
    open. Drinks that were voided are posted as sales are."""
    _held, comped = sold_and_comped_lines(tab, [given.reference for given in change.comps])
    for given in change.comps:
        cents = given.cents or 0
        if cents > comped[given.reference]:
            raise OperationNotAllowed("The house does not pay that on this tab any more.")
        tab.discount_cents -= cents
        add_leg(change, tab, Account.COMPS, -cents, given.reference)
    if payment := change.undone_payment:
        tab.paid_cents -= payment.amount_cents
        tab.status, tab.closed_at = Tab.Status.OPEN, None
        add_leg(change, tab, money_account_for(payment.provider), -payment.amount_cents, payment.code)
