"""What a till says of a link, and what we make of it. `settle` is the one door through which a tab is paid.

Success page, event, sweep and staff all come through `catch_up`: the object is fetched outside any lock, and
then believed or not. Nobody's message is believed by itself.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from enum import StrEnum

from django.utils import timezone

from maya_site.jobs.outbox import enqueue
from maya_site.lib.db import committed
from payments import ledger
from payments.attempts import CLOSE_LINK, END_ORPHAN, ask_of, live_payment, move
from payments.errors import NoPayment
from payments.ledger import Cause
from payments.models import Payment, Tab
from payments.providers import SIMULATED, STRIPE_MCP, has_live_key, till
from payments.providers.base import LinkState, Seen

logger = logging.getLogger(__name__)

# A call that nobody waits for any more may still arrive: it is looked for after that.
UNDER_WAY = timedelta(minutes=1)
Status = Payment.Status


class Outcome(StrEnum):
    SETTLED = "settled"
    ALREADY = "already"
    ENDED = "ended"
    WAITING = "waiting"
    MISMATCH = "mismatch"
    LATE = "late"


def catch_up(payment: Payment, cause: Cause) -> Payment:
    """Ask the till how the attempt stands and act on it. Safe any number of times, whoever asks."""
    payment = Payment.objects.select_related("tab").get(pk=payment.pk)
    if payment.status in Payment.LIVE and (seen := look(payment)):
        believe(payment, seen, cause)
        payment.refresh_from_db()
    return payment


def look(payment: Payment, hint: str = "") -> Seen | None:
    """The link as the till has it now. `hint` is what somebody claims it is called, while we do not know."""
    reference = payment.reference or hint
    return till(payment.provider).look(reference) if reference else None


@committed
def believe(payment: Payment, seen: Seen, cause: Cause) -> Outcome:
    """Act on what the till says, where it is this very attempt and this very sum."""
    ledger.lock(payment.tab)
    payment = Payment.objects.select_related("tab").get(pk=payment.pk)
    if not _is_ours(payment, seen):
        Tab.objects.filter(pk=payment.tab_id).update(flagged_at=timezone.now())
        logger.error("payment %s is not what the till has: %s", payment.code[:8], seen.state)
        return Outcome.MISMATCH
    if payment.status == Status.CREATED:  # told before our own call came back
        told = {"url": seen.url or ask_of(payment).success_url, "reference": seen.reference}
        payment = move(payment, Status.LINK_OPEN, unclear=False, **told)
    return _acted_on(payment, seen, cause)


def _is_ours(payment: Payment, seen: Seen) -> bool:
    """Amount, currency, mode and our own code, and the same link where we know one."""
    cents = payment.amount_cents if seen.cents is None and seen.state != LinkState.PAID else seen.cents
    ours = (payment.code, payment.amount_cents, payment.currency, payment.reference or seen.reference)
    theirs = (seen.payment, cents, seen.currency, seen.reference)
    return ours == theirs and seen.livemode == (payment.provider != SIMULATED and has_live_key())


def _acted_on(payment: Payment, seen: Seen, cause: Cause) -> Outcome:
    if payment.status == Status.SUCCEEDED:
        return Outcome.ALREADY
    if seen.state == LinkState.PAID:
        if payment.status not in Payment.LIVE:
            return _late(payment)
        settle(payment, cause, intent=seen.intent)
        return Outcome.SETTLED
    ends = {LinkState.EXPIRED: Status.EXPIRED, LinkState.FAILED: Status.FAILED}
    if status := ends.get(seen.state):
        return Outcome.ENDED if give_up(payment, status, cause).status == status else Outcome.ALREADY
    return Outcome.WAITING


def _late(payment: Payment) -> Outcome:
    """Paid after we had the till's word that it never would be. Staff must look at it."""
    logger.error("payment %s was paid after its end", payment.code[:8])
    Tab.objects.filter(pk=payment.tab_id).update(flagged_at=timezone.now())
    return Outcome.LATE


@committed
def settle(payment: Payment, cause: Cause, intent: str = "") -> Payment:
    """The till has the money. Safe to call any number of times, whoever tells of it."""
    tab = ledger.lock(payment.tab)
    payment = move(payment, Status.SUCCEEDED, intent=intent or None)
    if payment.status != Status.SUCCEEDED:
        raise NoPayment
    # Its status and its journal are written together: a tab that is paid has had its money.
    if tab.status != Tab.Status.PAID:
        ledger.receive(payment, cause)
        if payment.provider == STRIPE_MCP:
            enqueue(CLOSE_LINK, f"close:{payment.code}", payment=payment.code)
    return payment


@committed
def give_up(payment: Payment, status: str, cause: Cause) -> Payment:
    """The attempt failed, expired or was cancelled: the tab is open again."""
    tab = ledger.lock(payment.tab)
    payment = move(payment, status)
    whole = payment.share_id is None  # a share that was not paid leaves the split as it is
    if whole and payment.status == status and tab.status == Tab.Status.CLOSING and not live_payment(tab):
        ledger.reopen(tab, cause)
    if payment.unclear and not payment.reference:
        enqueue(END_ORPHAN, f"orphan:{payment.code}", after=UNDER_WAY, payment=payment.code)
    return payment
