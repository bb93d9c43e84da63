"""Refunds: promised in a row, asked of the provider outside any transaction, booked on the provider's word.

A promise counts against its payment from the moment it is written, so that two people at once cannot give
back more than was paid. If it is not clear whether money moved, the refund stays pending. The next look
finds out, by the provider's id for it or by our own code in its metadata.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import F, Q, Sum
from django.utils import timezone

from maya_site.core.db import atomic_with_retry
from maya_site.core.errors import Busy, ProviderDown, ProviderError, ProviderRejected
from maya_site.core.metrics import record_provider_failure, record_provider_success
from maya_site.core.money import format_money
from payments import ledger, money_notices
from payments.errors import IdempotencyKeyReused, OperationNotAllowed
from payments.ledger import OperationContext
from payments.models import Payment, Refund, Tab
from payments.posting_rules import AT_BAR_PREFIX
from payments.providers import get_provider
from payments.providers.base import ProviderRefund, RefundRequest, RefundState

logger = logging.getLogger(__name__)
RefundStatus = Refund.Status
REQUEST_LOCK_DURATION = timedelta(seconds=45)
BATCH_SIZE = 100
# Who gave back what no person here did: somebody at the provider.
PROVIDER_ACTOR = "provider"


def refundable_cents(payment: Payment) -> int:
    """Minor units that can still be refunded: without promised refunds and what a bank took."""
    if payment.status != Payment.Status.SUCCEEDED:
        return 0
    promised = payment.refunds.filter(status__in=Refund.COUNTED_STATUSES).aggregate(sum=Sum("amount_cents"))[
        "sum"
    ]
    taken = payment.disputes.aggregate(sum=Sum("withdrawn_cents"))["sum"]
    return max(0, payment.amount_cents - (promised or 0) - (taken or 0))


@atomic_with_retry
def request_refund(payment: Payment, cents: int, context: OperationContext) -> Refund:
    """Writes the promise, under the cause's key, before any provider is asked."""
    ledger.lock_tab(payment.tab)
    payment = Payment.objects.select_related("tab").get(pk=payment.pk)
    if found := Refund.objects.filter(key=context.key).first():
        if (found.payment_id, found.amount_cents) != (payment.pk, cents):
            raise IdempotencyKeyReused
        return found
    if not context.is_by_staff or not context.reason.strip():
        raise OperationNotAllowed("A refund needs a person behind the bar and a reason.")
    if payment.tab.status != Tab.Status.PAID:
        raise OperationNotAllowed("Money goes back on a paid tab only.")
    if type(cents) is not int or not 0 < cents <= refundable_cents(payment):
        most = format_money(refundable_cents(payment), payment.currency)
        raise OperationNotAllowed(f"At most {most} can go back on that payment.")
    return Refund.objects.create(
        payment=payment,
        amount_cents=cents,
        currency=payment.currency,
        key=context.key,
        actor=context.actor,
        reason=context.reason,
    )


def process_refund(refund: Refund) -> Refund:
    """Asks the provider for the refund, or what came of asking. Safe to call any number of times."""
    refund = Refund.objects.select_related("payment__tab").get(pk=refund.pk)
    if refund.status != RefundStatus.PENDING:
        return refund
    if refund.payment.provider.startswith(AT_BAR_PREFIX):  # handed over the counter
        return finish_refund(refund, RefundStatus.SUCCEEDED)
    began = _begin_request(refund)
    if began is None:
        return refund
    refund, before = began
    try:
        seen = _send_or_fetch_refund(refund, before)
    except ProviderError as error:
        return _end_request(refund, error, may_already_exist=before)
    record_provider_success(refund.payment.provider)
    return apply_refund_status(refund, seen)


def process_pending_refunds() -> int:
    """Processes waiting refunds one by one; one that hangs does not hold up the others."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    waiting = Refund.objects.filter(free, status=RefundStatus.PENDING).order_by("id")
    return sum(_try_process(refund) for refund in waiting[:BATCH_SIZE])


def _try_process(refund: Refund) -> bool:
    try:
        return process_refund(refund).status != RefundStatus.PENDING
    except Busy:
        return False


def _send_or_fetch_refund(refund: Refund, may_already_exist: bool) -> ProviderRefund:
    provider = get_provider(refund.payment.provider)
    if refund.reference:
        return provider.fetch_refund(refund.reference)
    found = provider.find_refund(build_refund_request(refund)) if may_already_exist else None
    return found or provider.create_refund(build_refund_request(refund))


@atomic_with_retry
def _begin_request(refund: Refund) -> tuple[Refund, bool] | None:
    """Written down before the call, and whether an earlier call may have done it. None: somebody asks now."""
    now = Refund.objects.select_for_update(of=("self",)).select_related("payment__tab").get(pk=refund.pk)
    if now.status != RefundStatus.PENDING or (now.leased_until and now.leased_until > timezone.now()):
        return None
    before, now.outcome_unknown, now.leased_until = (
        now.outcome_unknown,
        True,
        timezone.now() + REQUEST_LOCK_DURATION,
    )
    now.save(update_fields=["outcome_unknown", "leased_until"])
    return now, before


def _end_request(refund: Refund, error: ProviderError, *, may_already_exist: bool) -> Refund:
    """Refused: it failed, and nothing is promised any more. Else it stays promised, and is looked for."""
    record_provider_failure(refund.payment.provider, type(error).__name__)
    logger.warning("refund %s: %s", refund.code[:8], error)
    words = str(error)[:200]
    if isinstance(error, ProviderRejected) and not may_already_exist and not refund.reference:
        return finish_refund(refund, RefundStatus.FAILED, error=words)
    spoilt = isinstance(error, ProviderRejected) or getattr(error, "was_answered", False)
    Refund.objects.filter(pk=refund.pk, status=RefundStatus.PENDING).update(
        leased_until=None,
        outcome_unknown=may_already_exist or not isinstance(error, ProviderDown),
        retries=F("retries") + int(spoilt),
        error=words,
    )
    refund.refresh_from_db()
    return refund


def apply_refund_status(refund: Refund, provider_refund: ProviderRefund) -> Refund:
    """Acts on the provider's answer, if it is about this very refund and amount."""
    ours = (refund.code, refund.amount_cents, refund.currency, refund.reference or provider_refund.reference)
    if ours != (
        provider_refund.refund_code or refund.code,
        provider_refund.amount_cents,
        provider_refund.currency,
        provider_refund.reference,
    ):
        logger.error("refund %s is not what the till has: %s", refund.code[:8], provider_refund.reference)
        money_notices.notify_refund_mismatch(refund, refund.payment.tab, str(provider_refund.state))
        return refund
    if provider_refund.state == RefundState.PENDING:
        values = {
            "reference": provider_refund.reference,
            "leased_until": None,
            "error": "the bank has not decided yet",
        }
        Refund.objects.filter(pk=refund.pk, status=RefundStatus.PENDING).update(**values)
        refund.refresh_from_db()
        return refund
    ended = RefundStatus.SUCCEEDED if provider_refund.state == RefundState.SUCCEEDED else RefundStatus.FAILED
    return finish_refund(refund, ended, reference=provider_refund.reference)


@atomic_with_retry
def finish_refund(refund: Refund, status: str, *, reference: str | None = None, error: str = "") -> Refund:
    """Writes status and journal together. What has ended stays as it ended."""
    ledger.lock_tab(refund.payment.tab)
    now = Refund.objects.select_for_update(of=("self",)).select_related("payment__tab").get(pk=refund.pk)
    if now.status != RefundStatus.PENDING:
        if now.status != status:
            logger.error("refund %s is %s, and now said to be %s", now.code[:8], now.status, status)
            money_notices.notify_refund_mismatch(now, now.payment.tab, status)
        return now
    now.status, now.reference, now.error = status, reference or now.reference, error
    now.finished_at, now.leased_until, now.outcome_unknown = timezone.now(), None, False
    now.save()
    if status == RefundStatus.SUCCEEDED:
        ledger.record_refund(
            now, OperationContext(f"refund:{now.code}", now.actor, "admin", reason=now.reason)
        )
    return now


def build_refund_request(refund: Refund) -> RefundRequest:
    return RefundRequest(
        refund_code=refund.code,
        payment_code=refund.payment.code,
        intent=refund.payment.intent or "",
        amount_cents=refund.amount_cents,
        currency=refund.currency,
        idempotency_key=f"refund:{refund.code}:{refund.retries}"
        if refund.retries
        else f"refund:{refund.code}",
        created_at=refund.created_at,
    )
