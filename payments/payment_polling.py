"""Asks providers how payments stand, in case no event comes: soon at first, then less and less often."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from maya_site.core.db import atomic_with_retry
from maya_site.core.errors import Busy, ProviderError
from maya_site.tasks.enqueue import enqueue
from payments.attempts import CHECK_PAYMENT_TASK, build_link_request, transition_payment
from payments.ledger import SIMULATED, OperationContext
from payments.models import Payment
from payments.providers import get_provider
from payments.providers.base import LinkState, LinkStatus
from payments.settlement import SettlementOutcome, apply_status, reconcile_payment

logger = logging.getLogger(__name__)

INITIAL_DELAY_SECONDS, MAX_DELAY_SECONDS, BACKOFF_FACTOR = 5.0, 120.0, 1.6
OVERDUE_AFTER = timedelta(seconds=30)
PaymentStatus = Payment.Status


def schedule_check(payment: Payment) -> None:
    """Schedules the next check, in the transaction that moves the attempt. The row says when, so a lost task
    is found by the sweep."""
    if payment.provider == SIMULATED:
        return
    wait = timedelta(
        seconds=min(INITIAL_DELAY_SECONDS * BACKOFF_FACTOR**payment.poll_count, MAX_DELAY_SECONDS)
    )
    looks, at = payment.poll_count + 1, timezone.now() + wait
    Payment.objects.filter(pk=payment.pk).update(poll_count=looks, next_poll_at=at)
    enqueue(CHECK_PAYMENT_TASK, f"look:{payment.code}:{looks}", after=wait, payment=payment.code)


def check_payment(code: str) -> str:
    """Asks once, and schedules the next check unless the attempt has ended."""
    payment = Payment.objects.select_related("tab").get(code=code)
    if payment.status not in Payment.LIVE_STATUSES:
        return str(payment.status)
    try:
        payment = reconcile_payment(
            payment, OperationContext(f"look:{code}:{payment.poll_count}", actor="house", source="sweep")
        )
    except (ProviderError, Busy) as error:
        logger.info("payment %s: %s", code[:8], error)
    _schedule_next_check(payment)
    return str(payment.status)


@atomic_with_retry
def _schedule_next_check(payment: Payment) -> None:
    now = Payment.objects.select_for_update(of=("self",)).select_related("tab").get(pk=payment.pk)
    if now.status == PaymentStatus.LINK_OPEN:
        schedule_check(now)


def sweep_payments() -> int:
    """Checks attempts whose check is overdue because a task or a worker was lost. Returns how many."""
    overdue = Q(next_poll_at__lt=timezone.now() - OVERDUE_AFTER) | Q(next_poll_at=None)
    lost = Payment.objects.live().filter(overdue, status=PaymentStatus.LINK_OPEN).exclude(provider=SIMULATED)
    codes = list(lost.order_by("expires_at").values_list("code", flat=True)[:200])
    for code in codes:
        check_payment(code)
    return len(codes) + sum(_find_lost_link(payment) for payment in _unclear_payments())


def _unclear_payments() -> list[Payment]:
    """Asked for, never heard of again: the till is asked whether it has made a link."""
    now = timezone.now()
    quiet = Q(leased_until=None) | Q(leased_until__lt=now)
    found = Payment.objects.live().filter(
        quiet, status=PaymentStatus.CREATED, outcome_unknown=True, expires_at__gt=now
    )
    return list(found.order_by("expires_at").select_related("tab")[:200])


def _find_lost_link(payment: Payment) -> bool:
    try:
        link = get_provider(payment.provider).find_link(build_link_request(payment))
    except ProviderError as error:
        logger.info("payment %s: %s", payment.code[:8], error)
        return False
    if link is None:
        return False
    mark_link_open(payment, link.url, link.reference)
    return True


@atomic_with_retry
def mark_link_open(payment: Payment, url: str, reference: str) -> Payment:
    """The provider has made its link; from now on the attempt is checked."""
    made = {"url": url, "reference": reference, "outcome_unknown": False, "leased_until": None}
    moved = transition_payment(payment, PaymentStatus.LINK_OPEN, **made)
    if moved.status == PaymentStatus.LINK_OPEN and not moved.poll_count:
        schedule_check(moved)
    return moved


def cancel_orphaned_link(code: str) -> str:
    """Ends a link that the provider may have made for an attempt that ended meanwhile."""
    payment = Payment.objects.select_related("tab").get(code=code)
    used = get_provider(payment.provider)
    link = used.find_link(build_link_request(payment))
    if link is None:
        return "none"
    seen: LinkStatus = used.cancel_link(link.reference)
    if seen.state == LinkState.PAID:
        return str(
            apply_status(payment, seen, OperationContext(f"orphan:{code}", actor="house", source="sweep"))
        )
    return str(SettlementOutcome.ENDED)


def close_link(code: str) -> str:
    """Closes a payment link that outlives its payment."""
    payment = Payment.objects.get(code=code)
    return str(get_provider(payment.provider).cancel_link(str(payment.reference)).state)
