"""From the bill to the paid tab: propose, confirm, settle, cancel.

Money never moves here without the ledger: `settle` is the one door through which a tab becomes paid.
The lock on the tab is taken first everywhere, so that two windows of one guest queue up.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from maya_site.lib.counters import PAYMENTS
from maya_site.lib.db import committed
from maya_site.lib.errors import Busy
from payments import ledger
from payments.errors import NoPayment
from payments.ledger import Cause
from payments.models import Payment, Tab
from payments.providers import till
from payments.providers.base import Ask
from payments.signals import announce_payment

LIFETIME = timedelta(minutes=30)
Status = Payment.Status


def till_is_simulated() -> bool:
    return till().simulated


def live_payment(tab: Tab) -> Payment | None:
    return Payment.objects.live().select_related("tab").filter(tab=tab).first()


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
        provider=till().name,
        amount_cents=posting.tab.due_cents,
        currency=posting.tab.currency,
        key=_key(posting),
        nonce=secrets.token_hex(16),
        expires_at=timezone.now() + LIFETIME,
    )
    _tell(payment)
    return payment


def confirm(tab: Tab, nonce: str) -> Payment:
    """The guest said yes to the amount shown: have the till make its link. Twice is once."""
    payment = live_payment(tab)
    # Bytes: as text, a nonce with a letter beyond ASCII would be an error instead of a wrong nonce.
    if payment is None or not secrets.compare_digest(payment.nonce.encode(), nonce.encode(errors="replace")):
        raise NoPayment
    if payment.status == Status.LINK_OPEN:
        return payment
    # The provider is asked outside any transaction; its idempotency key was stored before.
    link = till(payment.provider).create_link(_ask(payment))
    moved = _move(payment, Status.LINK_OPEN, url=link.url, reference=link.reference)
    if moved.status != Status.LINK_OPEN:
        till(payment.provider).cancel_link(link.reference)
        raise NoPayment
    return moved


@committed
def settle(payment: Payment, cause: Cause) -> Payment:
    """The till has the money. Safe to call any number of times, whoever tells of it."""
    tab = ledger.lock(payment.tab)
    payment = _move(payment, Status.SUCCEEDED)
    if payment.status != Status.SUCCEEDED:
        raise NoPayment
    # Its status and its journal are written together: a tab that is paid has had its money.
    if tab.status != Tab.Status.PAID:
        ledger.receive(payment, cause)
    return payment


@committed
def give_up(payment: Payment, status: str, cause: Cause) -> Payment:
    """The attempt failed, expired or was cancelled: the tab is open again."""
    tab = ledger.lock(payment.tab)
    payment = _move(payment, status)
    if payment.status == status and tab.status == Tab.Status.CLOSING and not live_payment(tab):
        ledger.reopen(tab, cause)
    return payment


def reopen(tab: Tab, cause: Cause) -> None:
    """The guest goes on ordering: the link is made unpayable first, then the tab thaws."""
    if ledger.already(tab, cause.key):
        return
    payment = live_payment(tab)
    if payment and payment.reference and not till(payment.provider).cancel_link(payment.reference):
        raise NoPayment
    if payment:
        give_up(payment, Status.CANCELLED, cause)
        return
    with transaction.atomic():
        if ledger.lock(tab).status == Tab.Status.CLOSING:
            ledger.reopen(tab, cause)


def expire(payment: Payment) -> Payment:
    return give_up(payment, Status.EXPIRED, Cause(f"expire:{payment.code}", actor="house", source="sweep"))


def expire_overdue() -> int:
    """Attempts past their time, ended one by one: a stuck one does not hold up the others."""
    overdue = Payment.objects.live().filter(expires_at__lt=timezone.now()).select_related("tab")
    return sum(_expired(payment) for payment in overdue[:200])


def _expired(payment: Payment) -> bool:
    try:
        return expire(payment).status == Status.EXPIRED
    except Busy:
        return False  # somebody holds that tab just now: the next sweep finds it again


def _key(posting: ledger.Posting) -> str:
    """Each freezing of a tab is one attempt, and has one key."""
    return f"pay:{posting.tab.code}:{posting.journal.version}"


def _ask(payment: Payment) -> Ask:
    return Ask(
        payment=payment.code,
        tab=payment.tab.code,
        cents=payment.amount_cents,
        tip_cents=payment.tab.tip_cents,
        currency=payment.currency,
        key=payment.key,
        expires_at=int(payment.expires_at.timestamp()),
    )


@committed
def _move(payment: Payment, status: str, **also: str) -> Payment:
    """Forward only. Returns the attempt as it then is: moved, or as somebody else left it.

    Of the attempt alone the row is locked: with its tab's, two callers could wait for each other.
    """
    attempt = Payment.objects.select_for_update(of=("self",)).select_related("tab")
    now = attempt.get(pk=payment.pk)
    if status not in Payment.NEXT.get(now.status, ()):
        return now
    now.status = status
    for name, value in also.items():
        setattr(now, name, value)
    if status not in Payment.LIVE:
        now.finished_at = timezone.now()
    now.save()
    _tell(now)
    return now


def _tell(payment: Payment) -> None:
    provider, status = payment.provider, str(payment.status)
    transaction.on_commit(lambda: PAYMENTS.labels(provider, status).inc())
    announce_payment(payment)
