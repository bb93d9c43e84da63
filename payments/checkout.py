"""From the bill to the payment link: propose, confirm, take back. settlement.py decides what becomes of a
link, reopen_tab.py lets a guest go on ordering while one is out.

A provider may be a network away. So it is asked outside any transaction, and what it is asked for is written
down before. Everybody locks the tab first, so two windows of one guest queue up.
"""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from maya_site.core.db import atomic_with_retry
from maya_site.core.errors import Busy, ProviderDown, ProviderError, ProviderRejected, ProviderUnclear
from maya_site.core.metrics import record_provider_failure, record_provider_success
from payments import ledger
from payments.attempts import build_link_request, live_payment, publish_payment_status
from payments.errors import (
    AmountNotChargeable,
    LinkStillOpen,
    NoOpenPayment,
    PayAtTheBar,
    PaymentProcessing,
    PaymentRequestInProgress,
    PaymentUnclear,
)
from payments.ledger import OperationContext
from payments.models import Payment, Tab
from payments.payment_polling import mark_link_open
from payments.providers import available_provider_names, card_amount_error, first_provider_name, get_provider
from payments.providers.base import TOO_SMALL, LinkState, PaymentLink
from payments.settlement import apply_status, end_attempt, mark_paid

__all__ = ["end_attempt", "live_payment", "mark_paid"]

logger = logging.getLogger(__name__)

LINK_LIFETIME = timedelta(minutes=30)
# Providers refuse links that would live shorter than half an hour from when they are asked for one.
LINK_LIFETIME_MARGIN = timedelta(minutes=1)
# Longer than any till is waited for: who has not answered by then will never.
REQUEST_LOCK_DURATION = timedelta(seconds=45)
PaymentStatus = Payment.Status


@atomic_with_retry
def propose_payment(tab: Tab, context: OperationContext) -> Payment:
    """Freezes the tab and fixes the amount due. Asked again while a bill is out, it returns the same bill."""
    tab = ledger.lock_tab(tab)
    payment = None if ledger.find_tab_journal(tab, context.key) else live_payment(tab)
    if payment and tab.status == Tab.Status.CLOSING:
        return payment
    posting = ledger.freeze(tab, context)
    if not posting.is_new:
        return tab.payments.get(key=_payment_key(posting))
    payment = Payment.objects.create(
        tab=posting.tab,
        provider=first_provider_name(),
        amount_cents=posting.tab.due_cents,
        tip_cents=posting.tab.tip_cents,
        currency=posting.tab.currency,
        key=_payment_key(posting),
        nonce=secrets.token_hex(16),
        expires_at=timezone.now() + LINK_LIFETIME,
    )
    publish_payment_status(payment)
    return payment


def confirm_payment(tab: Tab, nonce: str) -> Payment:
    """The guest agreed to the amount shown: asks a provider for its link. Repeated, it returns the same
    link."""
    payment = live_payment(tab)
    # Bytes: as text, a nonce with a letter beyond ASCII would be an error instead of a wrong nonce.
    if payment is None or not secrets.compare_digest(payment.nonce.encode(), nonce.encode(errors="replace")):
        raise NoOpenPayment
    return open_link(payment)


def open_link(payment: Payment) -> Payment:
    """The provider's link for an attempt. Raises AmountNotChargeable for what no card pays, and PayAtTheBar,
    which flags the tab, if no provider can be reached."""
    if payment.status == PaymentStatus.LINK_OPEN:
        return payment
    share = payment.share_id is not None
    if not payment.outcome_unknown:
        check_card_amount(payment.amount_cents, payment.currency, is_share=share)
    for name in [payment.provider] if payment.outcome_unknown else available_provider_names():
        if link := _request_link(payment, name):
            return _store_link(payment, link)
    Tab.objects.filter(pk=payment.tab_id).update(flagged_at=timezone.now())
    raise PayAtTheBar


def _request_link(payment: Payment, provider_name: str) -> PaymentLink | None:
    """The till's link; None where it certainly made none, so that another one may be asked."""
    payment, before = _begin_request(payment, provider_name)
    try:
        found = get_provider(provider_name).find_link(build_link_request(payment)) if before else None
        link = found or get_provider(provider_name).create_link(build_link_request(payment))
    except ProviderUnclear as error:
        _end_request(payment, error, is_unclear=True)
        raise PaymentUnclear from error
    except (ProviderDown, ProviderRejected) as error:
        # A refusal is an answer: nothing was found, and nothing was made.
        _end_request(payment, error, is_unclear=before and isinstance(error, ProviderDown))
        if before:
            raise PaymentUnclear from error
        if error.kind == TOO_SMALL:
            raise AmountNotChargeable(is_share=payment.share_id is not None) from error
        return None
    record_provider_success(provider_name)
    return link


@atomic_with_retry
def _begin_request(payment: Payment, provider_name: str) -> tuple[Payment, bool]:
    """Written down before the call, and whether an earlier call may have made a link already."""
    now = Payment.objects.select_for_update(of=("self",)).select_related("tab").get(pk=payment.pk)
    if now.status != PaymentStatus.CREATED:
        raise NoOpenPayment
    if now.leased_until and now.leased_until > timezone.now():
        raise PaymentRequestInProgress
    before = now.outcome_unknown
    if not before:  # asked again under the same key, every word must be the same
        now.provider, now.expires_at = provider_name, timezone.now() + LINK_LIFETIME + LINK_LIFETIME_MARGIN
    now.outcome_unknown, now.leased_until = True, timezone.now() + REQUEST_LOCK_DURATION
    now.save(update_fields=["provider", "expires_at", "outcome_unknown", "leased_until"])
    return now, before


def _end_request(payment: Payment, error: ProviderError, *, is_unclear: bool) -> None:
    record_provider_failure(payment.provider, type(error).__name__)
    logger.warning("no link for payment %s: %s", payment.code[:8], error)
    # A fault that they keep under our key would be answered for ever: the next try has another one, and
    # looks before it asks.
    spoilt = isinstance(error, ProviderRejected) or getattr(error, "was_answered", False)
    Payment.objects.filter(pk=payment.pk, status=PaymentStatus.CREATED).update(
        leased_until=None, outcome_unknown=is_unclear, retries=F("retries") + int(spoilt)
    )


def _store_link(payment: Payment, link: PaymentLink) -> Payment:
    moved = mark_link_open(payment, link.url, link.reference)
    if moved.status == PaymentStatus.LINK_OPEN:
        return moved
    # Taken back while the till was asked: nobody has seen this link, and nobody will.
    get_provider(moved.provider).cancel_link(link.reference)
    raise NoOpenPayment


def cancel_payment(
    payment: Payment, context: OperationContext, status: str = PaymentStatus.CANCELLED
) -> Payment:
    """Ends an attempt. Its link is ended at the provider first; if it was paid before that, the payment
    settles instead."""
    if payment.status != PaymentStatus.LINK_OPEN or not payment.reference:
        return end_attempt(payment, status, context)  # no guest has seen a link
    try:
        seen = get_provider(payment.provider).cancel_link(payment.reference)
    except ProviderError as error:
        logger.warning("payment %s cannot be taken back: %s", payment.code[:8], error)
        raise LinkStillOpen from error
    if seen.state == LinkState.EXPIRED:
        return end_attempt(payment, status, context)
    apply_status(payment, seen, context.with_key_suffix("paid"))
    payment.refresh_from_db()
    if payment.status == PaymentStatus.LINK_OPEN:
        raise PaymentProcessing if seen.state == LinkState.PROCESSING else LinkStillOpen
    return payment


def expire_payment(payment: Payment) -> Payment:
    """Ends an attempt whose time is over by our clock. The provider says whether it was paid."""
    cause = OperationContext(f"expire:{payment.code}", actor="house", source="sweep")
    return cancel_payment(payment, cause, PaymentStatus.EXPIRED)


def expire_overdue_payments() -> int:
    """Ends overdue attempts one by one; one that hangs does not hold up the others."""
    overdue = Payment.objects.live().filter(expires_at__lt=timezone.now()).order_by("expires_at")
    return sum(_try_expire(payment) for payment in overdue.select_related("tab")[:200])


def _try_expire(payment: Payment) -> bool:
    try:
        return expire_payment(payment).status == PaymentStatus.EXPIRED
    except (Busy, LinkStillOpen, PaymentProcessing):
        return False  # the next sweep finds it again


def _payment_key(posting: ledger.Posting) -> str:
    """Each freezing of a tab is one attempt, and has one key."""
    return f"pay:{posting.tab.code}:{posting.journal.version}"


def check_card_amount(cents: int, currency: str, *, is_share: bool) -> None:
    if why := card_amount_error(cents, currency):
        raise AmountNotChargeable(why, is_share=is_share)
