"""Money that others moved at the provider: the owner in its dashboard, or a guest's bank. It is read there
and booked here.

Whatever points to it (an event, the sweep), the refunds or the dispute are fetched outside any lock. What is
new is booked under keys made of the provider's own ids, so twice, late or in another order is booked once.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from maya_site.core.db import atomic_with_retry
from payments import ledger, money_notices, refunds
from payments.errors import OperationNotAllowed
from payments.ledger import OperationContext
from payments.models import Dispute, Payment, Refund
from payments.providers import get_provider
from payments.providers.base import ProviderDispute, ProviderRefund

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ExternalMovements:
    refunds: tuple[ProviderRefund, ...] = ()
    disputes: tuple[ProviderDispute, ...] = ()


def fetch_refunds(payment: Payment) -> ExternalMovements:
    """All refunds of a payment as its provider has them now. Raises ProviderError."""
    return ExternalMovements(
        refunds=tuple(get_provider(payment.provider).list_payment_refunds(payment.intent or ""))
    )


def fetch_dispute(payment: Payment, reference: str) -> ExternalMovements:
    """One dispute as its provider has it now. Raises ProviderError."""
    return ExternalMovements(disputes=(get_provider(payment.provider).fetch_dispute(reference),))


@atomic_with_retry
def book_movements(payment: Payment, movements: ExternalMovements) -> None:
    ledger.lock_tab(payment.tab)
    for given in movements.refunds:
        if given.intent == payment.intent:
            _book_refund(payment, given)
    for one in movements.disputes:
        if one.intent == payment.intent:
            _book_dispute(payment, one)


def _book_refund(payment: Payment, provider_refund: ProviderRefund) -> None:
    ours = Refund.objects.filter(payment=payment)
    row = ours.filter(code=provider_refund.refund_code).first() if provider_refund.refund_code else None
    row = row or ours.filter(reference=provider_refund.reference).first()
    if row is None:
        row = _create_external_refund(payment, provider_refund)
    if row.actor != refunds.PROVIDER_ACTOR:
        refunds.apply_refund_status(row, provider_refund)
        return
    try:
        row = refunds.apply_refund_status(row, provider_refund)
    except OperationNotAllowed as error:
        logger.warning("refund %s at the provider is not booked: %s", provider_refund.reference, error)
    money_notices.notify_external_refund(row, payment.tab)


def _create_external_refund(payment: Payment, provider_refund: ProviderRefund) -> Refund:
    return Refund.objects.create(
        payment=payment,
        amount_cents=provider_refund.amount_cents,
        currency=provider_refund.currency,
        key=f"provider:{provider_refund.reference}",
        reference=provider_refund.reference,
        actor=refunds.PROVIDER_ACTOR,
        reason="Given back at the provider's dashboard",
    )


def _book_dispute(payment: Payment, provider_dispute: ProviderDispute) -> None:
    values = {
        "status": provider_dispute.status[:40],
        "reason": provider_dispute.reason[:80],
        "amount_cents": provider_dispute.amount_cents,
        "currency": provider_dispute.currency,
        "evidence_due_by": provider_dispute.due_by,
    }
    row, made = Dispute.objects.select_for_update(of=("self",)).get_or_create(
        reference=provider_dispute.reference, defaults={"payment": payment, **values}
    )
    if (
        not made
        and row.status in Dispute.FINAL_STATUSES
        and provider_dispute.status not in Dispute.FINAL_STATUSES
    ):
        return  # fetched before it was over, and told after
    for name, value in values.items():
        setattr(row, name, value)
    for move, cents in provider_dispute.balance_changes:
        cause = OperationContext(
            f"dispute:{provider_dispute.reference}:{move}",
            refunds.PROVIDER_ACTOR,
            "webhook",
            reason=provider_dispute.reason[:200],
        )
        if ledger.record_dispute(row, cents, cause).is_new:
            row.withdrawn_cents += cents
    row.save()
    money_notices.notify_dispute(row, payment.tab)
