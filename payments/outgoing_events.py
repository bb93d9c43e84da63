"""What the bar's other systems are told of money, in the ledger's own transaction."""

from __future__ import annotations

from maya_site.events.models import EventKind
from maya_site.events.record import is_on, record_event
from payments.models import Journal, Payment, Refund, Tab


def record_money_event(
    tab: Tab, journal: Journal, refund: Refund | None, undone: Payment | None = None
) -> None:
    """A refund, a payment that was undone so that the tab is open again, or else a tab that this journal made
    paid. Amounts are minor units; nobody is named."""
    if not is_on():
        return
    known = {"tab": tab.code[:8], "currency": tab.currency}
    if refund:
        refunded = {"amount_cents": refund.amount_cents, "refunded_cents": tab.refunded_cents}
        record_event(EventKind.TAB_REFUNDED, str(journal.pk), known | refunded)
        return
    if undone:
        back = {
            "amount_cents": undone.amount_cents,
            "refunded_cents": tab.refunded_cents,
            "is_open_again": True,
        }
        record_event(EventKind.TAB_REFUNDED, str(journal.pk), known | back)
        return
    amounts = {
        "subtotal_cents": tab.subtotal_cents,
        "discount_cents": tab.discount_cents,
        "tax_cents": tab.tax_cents,
        "tip_cents": tab.tip_cents,
        "total_cents": tab.total_cents,
    }
    record_event(EventKind.TAB_PAID, str(journal.pk), known | amounts)
