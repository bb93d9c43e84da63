"""From the bill to the link: propose, confirm, take back. What becomes of a link is for `settling` to say.

A till may be a network away, so it is asked outside any transaction, and what it is asked for is written down
before. The lock on the tab is taken first everywhere, so that two windows of one guest queue up.
"""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from maya_site.lib.counters import provider_failed, provider_worked
from maya_site.lib.db import Ready, committed
from maya_site.lib.errors import Busy, ProviderDown, ProviderError, ProviderRejected, ProviderUnclear
from payments import ledger
from payments.attempts import ask_of, live_payment, tell
from payments.errors import (
    BeingPaid,
    LinkStillOpen,
    NoPayment,
    PayAtTheBar,
    SplitIsOut,
    TillIsAsked,
    TillUnclear,
)
from payments.ledger import Cause
from payments.models import Payment, Split, Tab
from payments.polling import shown
from payments.providers import SIMULATED, till, tills
from payments.providers.base import Link, LinkState
from payments.settling import believe, give_up, settle

__all__ = ["give_up", "live_payment", "settle"]

logger = logging.getLogger(__name__)

LIFETIME = timedelta(minutes=30)
# Stripe refuses links that would live shorter than half an hour from when it hears of them.
ON_THE_WAY = timedelta(minutes=1)
# Longer than any till is waited for: who has not answered by then will never.
ASKING = timedelta(seconds=45)
AT_THE_BAR = "bar"
Status = Payment.Status


def till_is_simulated() -> bool:
    return tills()[:1] == [SIMULATED]


def first_till() -> str:
    return next(iter(tills()), AT_THE_BAR)


@committed
def propose(tab: Tab, cause: Cause) -> Payment:
    """Freeze the tab and fix the amount due. Asked again while a bill is out: the same bill."""
    tab = ledger.lock(tab)
    payment = None if ledger.already(tab, cause.key) else live_payment(tab)
    if payment and tab.status == Tab.Status.CLOSING:
        return payment
    posting = ledger.freeze(tab, cause)
    if not posting.fresh:
        return tab.payments.get(key=_key(posting))
    payment = Payment.objects.create(
        tab=posting.tab,
        provider=first_till(),
        amount_cents=posting.tab.due_cents,
        tip_cents=posting.tab.tip_cents,
        currency=posting.tab.currency,
        key=_key(posting),
        nonce=secrets.token_hex(16),
        expires_at=timezone.now() + LIFETIME,
    )
    tell(payment)
    return payment


def confirm(tab: Tab, nonce: str) -> Payment:
    """The guest said yes to the amount shown: have a till make its link. Twice is once."""
    payment = live_payment(tab)
    # Bytes: as text, a nonce with a letter beyond ASCII would be an error instead of a wrong nonce.
    if payment is None or not secrets.compare_digest(payment.nonce.encode(), nonce.encode(errors="replace")):
        raise NoPayment
    return link_for(payment)


def link_for(payment: Payment) -> Payment:
    if payment.status == Status.LINK_OPEN:
        return payment
    for name in [payment.provider] if payment.unclear else tills():
        if link := _asked(payment, name):
            return _shown(payment, link)
    Tab.objects.filter(pk=payment.tab_id).update(flagged_at=timezone.now())
    raise PayAtTheBar


def _asked(payment: Payment, name: str) -> Link | None:
    """The till's link; None where it certainly made none, so that another one may be asked."""
    payment, before = _begin_asking(payment, name)
    try:
        found = till(name).find(ask_of(payment)) if before else None
        link = found or till(name).create_link(ask_of(payment))
    except ProviderUnclear as trouble:
        _end_asking(payment, trouble, unclear=True)
        raise TillUnclear from trouble
    except (ProviderDown, ProviderRejected) as trouble:
        # A refusal is an answer: nothing was found, and nothing was made.
        _end_asking(payment, trouble, unclear=before and isinstance(trouble, ProviderDown))
        if before:
            raise TillUnclear from trouble
        return None
    provider_worked(name)
    return link


@committed
def _begin_asking(payment: Payment, name: str) -> tuple[Payment, bool]:
    """Written down before the call, and whether an earlier call may have made a link already."""
    now = Payment.objects.select_for_update(of=("self",)).select_related("tab").get(pk=payment.pk)
    if now.status != Status.CREATED:
        raise NoPayment
    if now.asked_until and now.asked_until > timezone.now():
        raise TillIsAsked
    before = now.unclear
    if not before:  # asked again under the same key, every word must be the same
        now.provider, now.expires_at = name, timezone.now() + LIFETIME + ON_THE_WAY
    now.unclear, now.asked_until = True, timezone.now() + ASKING
    now.save(update_fields=["provider", "expires_at", "unclear", "asked_until"])
    return now, before


def _end_asking(payment: Payment, trouble: ProviderError, *, unclear: bool) -> None:
    provider_failed(payment.provider, type(trouble).__name__)
    logger.warning("no link for payment %s: %s", payment.code[:8], trouble)
    # A fault that they keep under our key would be answered for ever: the next try has another one, and
    # looks before it asks.
    spoilt = isinstance(trouble, ProviderRejected) or getattr(trouble, "answered", False)
    Payment.objects.filter(pk=payment.pk, status=Status.CREATED).update(
        asked_until=None, unclear=unclear, tries=F("tries") + int(spoilt)
    )


def _shown(payment: Payment, link: Link) -> Payment:
    moved = shown(payment, link.url, link.reference)
    if moved.status == Status.LINK_OPEN:
        return moved
    # Taken back while the till was asked: nobody has seen this link, and nobody will.
    till(moved.provider).cancel_link(link.reference)
    raise NoPayment


def reopen(tab: Tab, cause: Cause) -> None:
    """The guest goes on ordering: the link is made unpayable first, then the tab thaws."""
    payment = live_payment(tab)  # read first: what was done under this key since then is no news
    if ledger.already(tab, cause.key):
        return
    if payment:
        take_back(payment, cause)
    else:
        thaw(tab, cause)


@committed
def thaw(tab: Tab, cause: Cause) -> None:
    """Without asking any till: for a bill that nobody was given a link for, and for rehearsals."""
    if ledger.already(tab, cause.key):
        return
    if payment := live_payment(tab):
        give_up(payment, Status.CANCELLED, cause)
    elif ledger.lock(tab).status == Tab.Status.CLOSING:
        if tab.splits.filter(status=Split.Status.OUT).exists():
            raise SplitIsOut
        ledger.reopen(tab, cause)


def link_out(visit_code: str) -> Payment | None:
    """The attempt of the visit whose link a guest may be paying just now."""
    return _OUT.first(visit_code)


_OUT = Ready(
    lambda visit_code: Payment.objects.filter(
        tab__visit_code=visit_code, status=Status.LINK_OPEN, share=None
    ).order_by("pk")[:1],
    "a visit's code",
)


def take_back(payment: Payment, cause: Cause, status: str = Status.CANCELLED) -> Payment:
    """End an attempt. Its link is ended at the till first; where that was paid first, it settles instead."""
    if payment.status != Status.LINK_OPEN or not payment.reference:
        return give_up(payment, status, cause)  # no guest has seen a link
    try:
        seen = till(payment.provider).cancel_link(payment.reference)
    except ProviderError as trouble:
        logger.warning("payment %s cannot be taken back: %s", payment.code[:8], trouble)
        raise LinkStillOpen from trouble
    if seen.state == LinkState.EXPIRED:
        return give_up(payment, status, cause)
    believe(payment, seen, cause.part("paid"))
    payment.refresh_from_db()
    if payment.status == Status.LINK_OPEN:
        raise BeingPaid if seen.state == LinkState.PROCESSING else LinkStillOpen
    return payment


def expire(payment: Payment) -> Payment:
    """Past its time by our clock. It is the till that says whether it was paid."""
    cause = Cause(f"expire:{payment.code}", actor="house", source="sweep")
    return take_back(payment, cause, Status.EXPIRED)


def expire_overdue() -> int:
    """Attempts past their time, ended one by one: a stuck one does not hold up the others."""
    overdue = Payment.objects.live().filter(expires_at__lt=timezone.now()).select_related("tab")
    return sum(_expired(payment) for payment in overdue[:200])


def _expired(payment: Payment) -> bool:
    try:
        return expire(payment).status == Status.EXPIRED
    except (Busy, LinkStillOpen, BeingPaid):
        return False  # the next sweep finds it again


def _key(posting: ledger.Posting) -> str:
    """Each freezing of a tab is one attempt, and has one key."""
    return f"pay:{posting.tab.code}:{posting.journal.version}"
