"""Asking tills by ourselves, in case nobody tells us: soon at first, then less and less often."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from maya_site.jobs.outbox import enqueue
from maya_site.lib.db import committed
from maya_site.lib.errors import Busy, ProviderError
from payments.attempts import LOOK, ask_of, move
from payments.ledger import SIMULATED, Cause
from payments.models import Payment
from payments.providers import till
from payments.providers.base import LinkState, Seen
from payments.settling import Outcome, believe, catch_up

logger = logging.getLogger(__name__)

FIRST, LONGEST, GROWTH = 5.0, 120.0, 1.6
LATE = timedelta(seconds=30)
Status = Payment.Status


def look_later(payment: Payment) -> None:
    """In the transaction that moves the attempt. The row says when: a lost job is found by the sweep."""
    if payment.provider == SIMULATED:
        return
    wait = timedelta(seconds=min(FIRST * GROWTH**payment.looks, LONGEST))
    looks, at = payment.looks + 1, timezone.now() + wait
    Payment.objects.filter(pk=payment.pk).update(looks=looks, look_at=at)
    enqueue(LOOK, f"look:{payment.code}:{looks}", after=wait, payment=payment.code)


def look_again(code: str) -> str:
    """One look, and the next one if it is not over."""
    payment = Payment.objects.select_related("tab").get(code=code)
    if payment.status not in Payment.LIVE:
        return str(payment.status)
    try:
        payment = catch_up(payment, Cause(f"look:{code}:{payment.looks}", actor="house", source="sweep"))
    except (ProviderError, Busy) as trouble:
        logger.info("payment %s: %s", code[:8], trouble)
    _again(payment)
    return str(payment.status)


@committed
def _again(payment: Payment) -> None:
    now = Payment.objects.select_for_update(of=("self",)).select_related("tab").get(pk=payment.pk)
    if now.status == Status.LINK_OPEN:
        look_later(now)


def sweep() -> int:
    """Attempts whose look is overdue, because a job or a worker was lost. Returns how many were looked at."""
    overdue = Q(look_at__lt=timezone.now() - LATE) | Q(look_at=None)
    lost = Payment.objects.filter(overdue, status=Status.LINK_OPEN).exclude(provider=SIMULATED)
    codes = list(lost.values_list("code", flat=True)[:200])
    for code in codes:
        look_again(code)
    return len(codes) + sum(_found(payment) for payment in _unclear())


def _unclear() -> list[Payment]:
    """Asked for, never heard of again: the till is asked whether it has made a link."""
    now = timezone.now()
    quiet = Q(asked_until=None) | Q(asked_until__lt=now)
    found = Payment.objects.filter(quiet, status=Status.CREATED, unclear=True, expires_at__gt=now)
    return list(found.select_related("tab")[:200])


def _found(payment: Payment) -> bool:
    try:
        link = till(payment.provider).find(ask_of(payment))
    except ProviderError as trouble:
        logger.info("payment %s: %s", payment.code[:8], trouble)
        return False
    if link is None:
        return False
    shown(payment, link.url, link.reference)
    return True


@committed
def shown(payment: Payment, url: str, reference: str) -> Payment:
    """The till has made its link, and from now on it is looked after."""
    made = {"url": url, "reference": reference, "unclear": False, "asked_until": None}
    moved = move(payment, Status.LINK_OPEN, **made)
    if moved.status == Status.LINK_OPEN and not moved.looks:
        look_later(moved)
    return moved


def end_orphan(code: str) -> str:
    """An attempt ended while nobody knew whether the till had made its link: if it did, nobody may pay it."""
    payment = Payment.objects.select_related("tab").get(code=code)
    used = till(payment.provider)
    link = used.find(ask_of(payment))
    if link is None:
        return "none"
    seen: Seen = used.cancel_link(link.reference)
    if seen.state == LinkState.PAID:
        return str(believe(payment, seen, Cause(f"orphan:{code}", actor="house", source="sweep")))
    return str(Outcome.ENDED)


def close_link(code: str) -> str:
    """A payment link outlives its payment: it is closed."""
    payment = Payment.objects.get(code=code)
    return str(till(payment.provider).cancel_link(str(payment.reference)).state)
