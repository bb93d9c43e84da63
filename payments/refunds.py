"""Money back: promised in a row, asked of the till outside any transaction, booked on the till's word.

A promise counts against its payment from the moment it is written, so that two people at once cannot give
back more than was paid. A failure that leaves it open whether money moved leaves the refund pending: the next
look finds out, by the till's name for it or by our own code in its metadata.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import F, Q, Sum
from django.utils import timezone

from maya_site.lib.counters import provider_failed, provider_worked
from maya_site.lib.db import committed
from maya_site.lib.errors import Busy, ProviderDown, ProviderError, ProviderRejected
from maya_site.lib.money import dollars
from payments import ledger
from payments.errors import BadAmount, KeyReused
from payments.ledger import Cause
from payments.models import Payment, Refund, Tab
from payments.providers import till
from payments.providers.base import RefundAsk, Refunded, RefundState

logger = logging.getLogger(__name__)
Status = Refund.Status
ASKING = timedelta(seconds=45)
AT_ONCE = 100
BAR = "bar"


def left_of(payment: Payment) -> int:
    """What can still go back: promised money is gone already."""
    if payment.status != Payment.Status.SUCCEEDED:
        return 0
    promised = payment.refunds.filter(status__in=Refund.COUNTED).aggregate(sum=Sum("amount_cents"))["sum"]
    return payment.amount_cents - (promised or 0)


@committed
def promise(payment: Payment, cents: int, cause: Cause) -> Refund:
    """Written down before any till is asked, under the cause's key."""
    ledger.lock(payment.tab)
    payment = Payment.objects.select_related("tab").get(pk=payment.pk)
    if found := Refund.objects.filter(key=cause.key).first():
        if (found.payment_id, found.amount_cents) != (payment.pk, cents):
            raise KeyReused
        return found
    if not cause.by_staff or not cause.reason.strip():
        raise BadAmount("A refund needs a person behind the bar and a reason.")
    if payment.tab.status != Tab.Status.PAID:
        raise BadAmount("Money goes back on a paid tab only.")
    if type(cents) is not int or not 0 < cents <= left_of(payment):
        raise BadAmount(f"At most {dollars(left_of(payment))} can go back on that payment.")
    return Refund.objects.create(
        payment=payment,
        amount_cents=cents,
        currency=payment.currency,
        key=cause.key,
        actor=cause.actor,
        reason=cause.reason,
    )


def pursue(refund: Refund) -> Refund:
    """Ask the till, or look what came of asking. Safe any number of times, whoever asks."""
    refund = Refund.objects.select_related("payment__tab").get(pk=refund.pk)
    if refund.status != Status.PENDING:
        return refund
    if refund.payment.provider.startswith(BAR):  # handed over the counter
        return finish(refund, Status.SUCCEEDED)
    began = _begin_asking(refund)
    if began is None:
        return refund
    refund, before = began
    try:
        seen = _asked(refund, before)
    except ProviderError as trouble:
        return _end_asking(refund, trouble, before=before)
    provider_worked(refund.payment.provider)
    return believe(refund, seen)


def pursue_all() -> int:
    """Every refund that waits for its till, one by one: a stuck one does not hold up the others."""
    now = timezone.now()
    free = Q(asked_until=None) | Q(asked_until__lt=now)
    waiting = Refund.objects.filter(free, status=Status.PENDING).order_by("id")
    return sum(_pursued(refund) for refund in waiting[:AT_ONCE])


def _pursued(refund: Refund) -> bool:
    try:
        return pursue(refund).status != Status.PENDING
    except Busy:
        return False


def _asked(refund: Refund, before: bool) -> Refunded:
    provider = till(refund.payment.provider)
    if refund.reference:
        return provider.look_refund(refund.reference)
    found = provider.find_refund(ask_of(refund)) if before else None
    return found or provider.refund(ask_of(refund))


@committed
def _begin_asking(refund: Refund) -> tuple[Refund, bool] | None:
    """Written down before the call, and whether an earlier call may have done it. None: somebody asks now."""
    now = Refund.objects.select_for_update(of=("self",)).select_related("payment__tab").get(pk=refund.pk)
    if now.status != Status.PENDING or (now.asked_until and now.asked_until > timezone.now()):
        return None
    before, now.unclear, now.asked_until = now.unclear, True, timezone.now() + ASKING
    now.save(update_fields=["unclear", "asked_until"])
    return now, before


def _end_asking(refund: Refund, trouble: ProviderError, *, before: bool) -> Refund:
    """Refused: it failed, and nothing is promised any more. Else it stays promised, and is looked for."""
    provider_failed(refund.payment.provider, type(trouble).__name__)
    logger.warning("refund %s: %s", refund.code[:8], trouble)
    words = str(trouble)[:200]
    if isinstance(trouble, ProviderRejected) and not before and not refund.reference:
        return finish(refund, Status.FAILED, trouble=words)
    spoilt = isinstance(trouble, ProviderRejected) or getattr(trouble, "answered", False)
    Refund.objects.filter(pk=refund.pk, status=Status.PENDING).update(
        asked_until=None,
        unclear=before or not isinstance(trouble, ProviderDown),
        tries=F("tries") + int(spoilt),
        trouble=words,
    )
    refund.refresh_from_db()
    return refund


def believe(refund: Refund, seen: Refunded) -> Refund:
    """Act on what the till says, where it is this very refund and this very sum."""
    ours = (refund.code, refund.amount_cents, refund.currency, refund.reference or seen.reference)
    if ours != (seen.refund or refund.code, seen.cents, seen.currency, seen.reference):
        logger.error("refund %s is not what the till has: %s", refund.code[:8], seen.reference)
        Tab.objects.filter(pk=refund.payment.tab_id).update(flagged_at=timezone.now())
        return refund
    if seen.state == RefundState.PENDING:
        told = {"reference": seen.reference, "asked_until": None, "trouble": "the bank has not decided yet"}
        Refund.objects.filter(pk=refund.pk, status=Status.PENDING).update(**told)
        refund.refresh_from_db()
        return refund
    ended = Status.SUCCEEDED if seen.state == RefundState.SUCCEEDED else Status.FAILED
    return finish(refund, ended, reference=seen.reference)


@committed
def finish(refund: Refund, status: str, *, reference: str | None = None, trouble: str = "") -> Refund:
    """Its status and its journal are written together. What has ended stays as it ended."""
    ledger.lock(refund.payment.tab)
    now = Refund.objects.select_for_update(of=("self",)).select_related("payment__tab").get(pk=refund.pk)
    if now.status != Status.PENDING:
        if now.status != status:
            logger.error("refund %s is %s, and now said to be %s", now.code[:8], now.status, status)
            Tab.objects.filter(pk=now.payment.tab_id).update(flagged_at=timezone.now())
        return now
    now.status, now.reference, now.trouble = status, reference or now.reference, trouble
    now.finished_at, now.asked_until, now.unclear = timezone.now(), None, False
    now.save()
    if status == Status.SUCCEEDED:
        ledger.refund(now, Cause(f"refund:{now.code}", now.actor, "admin", reason=now.reason))
    return now


def ask_of(refund: Refund) -> RefundAsk:
    return RefundAsk(
        refund=refund.code,
        payment=refund.payment.code,
        intent=refund.payment.intent or "",
        cents=refund.amount_cents,
        currency=refund.currency,
        key=f"refund:{refund.code}:{refund.tries}" if refund.tries else f"refund:{refund.code}",
        made_at=refund.created_at,
    )
