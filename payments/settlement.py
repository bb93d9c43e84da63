"""What a provider reports of a payment, and what follows. `mark_paid` is the one way in which a tab is paid.

The page that guests return to, events, the sweep and staff all call `reconcile_payment`: it fetches the
payment outside any lock, and then believes it or not. No message is believed by itself.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from enum import StrEnum

from maya_site.core.db import atomic_with_retry
from maya_site.core.providers import find_provider
from maya_site.tasks.enqueue import enqueue
from payments import ledger, money_notices
from payments.attempts import (
    CANCEL_ORPHANED_LINK_TASK,
    CLOSE_LINK_TASK,
    build_link_request,
    live_payment,
    transition_payment,
)
from payments.errors import NoOpenPayment
from payments.ledger import OperationContext
from payments.models import Payment, Tab
from payments.providers import get_provider
from payments.providers.base import LinkState, LinkStatus, PaymentProviderSpec

logger = logging.getLogger(__name__)

# A call that nobody waits for any more may still arrive: it is looked for after that.
ORPHAN_CHECK_DELAY = timedelta(minutes=1)
PaymentStatus = Payment.Status


class SettlementOutcome(StrEnum):
    SETTLED = "settled"
    ALREADY = "already"
    ENDED = "ended"
    WAITING = "waiting"
    MISMATCH = "mismatch"
    LATE = "late"


def reconcile_payment(payment: Payment, context: OperationContext) -> Payment:
    """Asks the provider how the attempt stands and acts on it. Safe to call any number of times."""
    payment = Payment.objects.select_related("tab").get(pk=payment.pk)
    if payment.status in Payment.LIVE_STATUSES and (seen := fetch_status(payment)):
        apply_status(payment, seen, context)
        payment.refresh_from_db()
    return payment


def fetch_status(payment: Payment, claimed_reference: str = "") -> LinkStatus | None:
    """The link as the provider has it now. `claimed_reference` is the id that somebody says it has."""
    reference = payment.reference or claimed_reference
    return get_provider(payment.provider).fetch_status(reference) if reference else None


@atomic_with_retry
def apply_status(payment: Payment, link_status: LinkStatus, context: OperationContext) -> SettlementOutcome:
    """Acts on the provider's answer, if it is about this very attempt and amount."""
    ledger.lock_tab(payment.tab)
    payment = Payment.objects.select_related("tab").get(pk=payment.pk)
    if not _matches_payment(payment, link_status):
        money_notices.notify_payment_mismatch(payment)
        logger.error("payment %s is not what the till has: %s", payment.code[:8], link_status.state)
        return SettlementOutcome.MISMATCH
    if payment.status == PaymentStatus.CREATED:  # told before our own call came back
        values = {
            "url": link_status.url or build_link_request(payment).success_url,
            "reference": link_status.reference,
        }
        payment = transition_payment(payment, PaymentStatus.LINK_OPEN, outcome_unknown=False, **values)
    return _apply_link_state(payment, link_status, context)


def _matches_payment(payment: Payment, link_status: LinkStatus) -> bool:
    """Amount, currency, mode and our own code, and the same link where we know one."""
    cents = (
        payment.amount_cents
        if link_status.amount_cents is None and link_status.state != LinkState.PAID
        else link_status.amount_cents
    )
    ours = (payment.code, payment.amount_cents, payment.currency, payment.reference or link_status.reference)
    theirs = (link_status.payment_code, cents, link_status.currency, link_status.reference)
    return ours == theirs and link_status.livemode == get_provider(payment.provider).is_live


def _apply_link_state(
    payment: Payment, link_status: LinkStatus, context: OperationContext
) -> SettlementOutcome:
    if payment.status == PaymentStatus.SUCCEEDED:
        return SettlementOutcome.ALREADY
    if link_status.state == LinkState.PAID:
        if payment.status not in Payment.LIVE_STATUSES:
            return _flag_late_payment(payment)
        mark_paid(payment, context, intent=link_status.intent)
        return SettlementOutcome.SETTLED
    ends = {LinkState.EXPIRED: PaymentStatus.EXPIRED, LinkState.FAILED: PaymentStatus.FAILED}
    if status := ends.get(link_status.state):
        return (
            SettlementOutcome.ENDED
            if end_attempt(payment, status, context).status == status
            else SettlementOutcome.ALREADY
        )
    return SettlementOutcome.WAITING


def _flag_late_payment(payment: Payment) -> SettlementOutcome:
    """Paid after we had the till's word that it never would be. Staff must look at it."""
    logger.error("payment %s was paid after its end", payment.code[:8])
    money_notices.notify_late_payment(payment)
    return SettlementOutcome.LATE


@atomic_with_retry
def mark_paid(payment: Payment, context: OperationContext, intent: str = "") -> Payment:
    """Books the money that the provider has. Safe to call any number of times."""
    tab = ledger.lock_tab(payment.tab)
    payment = transition_payment(payment, PaymentStatus.SUCCEEDED, intent=intent or None)
    if payment.status != PaymentStatus.SUCCEEDED:
        raise NoOpenPayment
    # Its status and its journal are written together: a tab that is paid has had its money.
    if tab.status != Tab.Status.PAID:
        ledger.record_payment(payment, context)
        spec = find_provider(PaymentProviderSpec, payment.provider)  # none takes what is paid at the bar
        if spec and spec.links_outlive_payment:
            enqueue(CLOSE_LINK_TASK, f"close:{payment.code}", payment=payment.code)
    return payment


@atomic_with_retry
def end_attempt(payment: Payment, status: str, context: OperationContext) -> Payment:
    """The attempt failed, expired or was cancelled: opens the tab again."""
    tab = ledger.lock_tab(payment.tab)
    payment = transition_payment(payment, status)
    is_unsplit = payment.share_id is None  # a share that was not paid leaves the split as it is
    if is_unsplit and payment.status == status and tab.status == Tab.Status.CLOSING and not live_payment(tab):
        ledger.reopen(tab, context)
    if payment.outcome_unknown and not payment.reference:
        enqueue(
            CANCEL_ORPHANED_LINK_TASK,
            f"orphan:{payment.code}",
            after=ORPHAN_CHECK_DELAY,
            payment=payment.code,
        )
    return payment
