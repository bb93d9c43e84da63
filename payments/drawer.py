"""Money taken at the bar: cash, the house's own card machine, or put on a house account."""

from __future__ import annotations

import secrets

from django.utils import timezone

from maya_site.lib.db import committed
from payments import checkout, ledger, splitting
from payments.attempts import live_payment, tell
from payments.errors import BadAmount
from payments.ledger import Cause
from payments.models import Payment, Tab

TENDERS = ("cash", "card", "house")
Status = Payment.Status


def settle_at_bar(tab: Tab, tender: str, actor: str, reason: str = "") -> Payment:
    """The guest paid at the bar. A link that is out is ended first; was it paid already, that one counts."""
    cause = Cause(f"bar:{tab.code}", actor=actor, source="admin", reason=reason)
    if tender not in TENDERS or not cause.by_staff:
        raise BadAmount(f"A tender is one of {', '.join(TENDERS)}, taken by a person behind the bar.")
    for payment in filter(None, [live_payment(tab), *splitting.live_of(tab)]):
        checkout.take_back(payment, Cause(f"bar:{payment.code}", actor=actor, source="admin", reason=reason))
    return _taken(tab, tender, cause)


@committed
def _taken(tab: Tab, tender: str, cause: Cause) -> Payment:
    tab = ledger.lock(tab)
    paid = tab.payments.filter(status=Status.SUCCEEDED).order_by("id").last()
    if paid and tab.status == Tab.Status.PAID:  # pressed twice, or paid by its link meanwhile
        return paid
    if tab.status != Tab.Status.CLOSING:  # a split tab is frozen already: the bar takes what is left of it
        tab = ledger.freeze(tab, cause.part(f"bill:{tab.version}")).tab
    now = timezone.now()
    payment = Payment.objects.create(
        tab=tab,
        provider=f"bar_{tender}",
        status=Status.SUCCEEDED,
        amount_cents=tab.due_cents,
        tip_cents=tab.tip_cents,
        currency=tab.currency,
        key=f"bar:{tab.code}:{tab.version}",
        nonce=secrets.token_hex(16),
        expires_at=now,
        finished_at=now,
    )
    ledger.receive(payment, cause)
    tell(payment)
    return payment
