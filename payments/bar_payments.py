"""Money taken at the bar: cash, the bar's own card machine, or a house account."""

from __future__ import annotations

import secrets

from django.utils import timezone

from maya_site.core.db import atomic_with_retry
from payments import checkout, ledger, splits
from payments.attempts import live_payment, publish_payment_status
from payments.errors import OperationNotAllowed
from payments.ledger import OperationContext
from payments.models import Journal, Payment, Tab

BAR_TENDERS = ("cash", "card", "house")
PaymentStatus = Payment.Status


def record_bar_payment(tab: Tab, tender: str, actor: str, reason: str = "") -> Payment:
    """Settles a tab that was paid at the bar. A live link is ended first; if it was paid already, that
    payment counts."""
    _check_tender(tender, actor)
    end_links(tab, actor, reason)
    return settle(tab, tender, actor, reason)


def end_links(tab: Tab, actor: str, reason: str = "") -> None:
    """Ends what could still be paid at the provider, so that money is not taken twice. What was paid there
    already settles the tab. Call it outside a transaction."""
    for payment in filter(None, [live_payment(tab), *splits.live_share_payments(tab)]):
        checkout.cancel_payment(
            payment, OperationContext(f"bar:{payment.code}", actor=actor, source="admin", reason=reason)
        )


def _check_tender(tender: str, actor: str) -> None:
    if tender not in BAR_TENDERS or not OperationContext("", actor=actor, source="admin").is_by_staff:
        raise OperationNotAllowed(
            f"A tender is one of {', '.join(BAR_TENDERS)}, taken by a person behind the bar."
        )


@atomic_with_retry
def settle(tab: Tab, tender: str, actor: str, reason: str = "") -> Payment:
    """What the tab owes is paid at the bar. `end_links` comes first. Locks the tab; a tab that is paid stays
    as it is."""
    _check_tender(tender, actor)
    tab = ledger.lock_tab(tab)
    # What was undone is taken anew, under a key of its own.
    undone = tab.payments.filter(status=PaymentStatus.REVERSED).count()
    key = f"bar:{tab.code}:{undone}" if undone else f"bar:{tab.code}"
    context = OperationContext(key, actor=actor, source="admin", reason=reason)
    paid = tab.payments.filter(status=PaymentStatus.SUCCEEDED).order_by("id").last()
    if paid and tab.status == Tab.Status.PAID:  # pressed twice, or paid by its link meanwhile
        return paid
    if tab.status != Tab.Status.CLOSING:  # a split tab is frozen already: the bar takes what is left of it
        tab = ledger.freeze(tab, context.with_key_suffix(f"bill:{tab.version}")).tab
    now = timezone.now()
    payment = Payment.objects.create(
        tab=tab,
        provider=f"bar_{tender}",
        status=PaymentStatus.SUCCEEDED,
        amount_cents=tab.due_cents,
        tip_cents=tab.tip_cents,
        currency=tab.currency,
        key=f"bar:{tab.code}:{tab.version}",
        nonce=secrets.token_hex(16),
        expires_at=now,
        finished_at=now,
    )
    ledger.record_payment(payment, context)
    publish_payment_status(payment)
    return payment


@atomic_with_retry
def undo_payment(tab: Tab, actor: str, reason: str) -> Payment:
    """Undoes the payment that was taken at the bar: the tab is open again and owes it. Locks the tab.

    Raises OperationNotAllowed where a provider took the money, a share was paid, or money went back since.
    """
    tab = ledger.lock_tab(tab)
    payment = tab.payments.filter(status=PaymentStatus.SUCCEEDED).order_by("id").last()
    journal = (
        payment and tab.journals.filter(kind=Journal.Kind.PAYMENT, entries__reference=payment.code).first()
    )
    if payment is None or journal is None:
        raise OperationNotAllowed("There is no payment to undo on that tab.")
    context = OperationContext(journal.key, actor=actor, source="admin", reason=reason)
    ledger.undo(tab, journal.key, context, payment=payment)
    payment.status = PaymentStatus.REVERSED
    payment.save(update_fields=["status"])
    publish_payment_status(payment)
    return payment
