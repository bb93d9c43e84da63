"""A frozen tab in shares that are paid independently. The tab is paid when all of them are.

Each share has attempts of its own, and one live link at most. A paid share freezes the split; until then it
can be undone, which ends every link at its till first.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from maya_site.lib.db import committed
from maya_site.lib.money import apportion
from payments import checkout, ledger
from payments.attempts import tell
from payments.errors import BadAmount, NoPayment, SplitIsPaid
from payments.ledger import Cause
from payments.models import Payment, Share, Split, Tab

Status = Payment.Status


@dataclass(frozen=True)
class Part:
    """Who pays, and how much of what is due."""

    visit_code: str
    name: str
    cents: int


def split_of(tab: Tab) -> Split | None:
    return tab.splits.filter(status=Split.Status.OUT).first()


@committed
def divide(tab: Tab, way: str, parts: Sequence[Part], cause: Cause) -> Split:
    """Freeze the tab and fix the shares: they sum to what is due, tax and tip included."""
    tab = ledger.lock(tab)
    if found := tab.splits.filter(key=cause.key).first():
        return found
    parts = [one for one in parts if one.cents]
    amounts = [one.cents for one in parts]
    if any(type(cents) is not int or cents < 1 for cents in amounts) or sum(amounts) != tab.due_cents:
        raise BadAmount(_("The shares must come to exactly what is due."))
    tab = ledger.freeze(tab, cause).tab
    split = Split.objects.create(tab=tab, way=way, key=cause.key)
    taxes, tips = apportion(tab.tax_cents, amounts), apportion(tab.tip_cents, amounts)
    Share.objects.bulk_create(
        Share(
            split=split,
            visit_code=one.visit_code,
            name=one.name,
            amount_cents=one.cents,
            tax_cents=tax,
            tip_cents=tip,
        )
        for one, tax, tip in zip(parts, taxes, tips, strict=True)
    )
    return split


def pay(share: Share, nonce: str) -> Payment:
    """The guest said yes to the amount shown: have a till make a link for this share. Twice is once."""
    if not secrets.compare_digest(share.nonce.encode(), nonce.encode(errors="replace")):
        raise NoPayment
    return checkout.link_for(_attempt(share))


@committed
def _attempt(share: Share) -> Payment:
    """The live attempt of a share, or another one where it has none and is not paid."""
    tab = ledger.lock(Tab.objects.get(splits__shares=share))
    share = Share.objects.select_related("split").get(pk=share.pk)
    attempts = share.payments.select_related("tab")
    if live := attempts.filter(status__in=Payment.LIVE).first():
        return live
    if tab.status != Tab.Status.CLOSING or share.split.status != Split.Status.OUT or is_paid(share):
        raise NoPayment
    payment = Payment.objects.create(
        tab=tab,
        share=share,
        provider=checkout.first_till(),
        amount_cents=share.amount_cents,
        tip_cents=share.tip_cents,
        currency=tab.currency,
        key=f"pay:{tab.code}:{share.code}:{attempts.count() + 1}",
        nonce=share.nonce,
        expires_at=timezone.now() + checkout.LIFETIME,
    )
    tell(payment)
    return payment


def is_paid(share: Share) -> bool:
    return share.payments.filter(status=Status.SUCCEEDED).exists()


def undo(tab: Tab, cause: Cause) -> None:
    """One bill again, open for orders. Links are ended at their tills first; one that was paid stays paid."""
    if Tab.objects.get(pk=tab.pk).paid_cents:
        raise SplitIsPaid
    for payment in live_of(tab):
        checkout.take_back(payment, cause.part(payment.code))
    _undone(tab, cause)


@committed
def _undone(tab: Tab, cause: Cause) -> None:
    tab = ledger.lock(tab)
    split = split_of(tab)
    if split is None or ledger.already(tab, cause.key):
        return
    if tab.paid_cents or live_of(tab).exists():
        raise SplitIsPaid
    split.status = Split.Status.UNDONE
    split.save(update_fields=["status"])
    ledger.reopen(tab, cause)


def live_of(tab: Tab) -> QuerySet[Payment]:
    """The shares' attempts that a guest may be paying just now."""
    return Payment.objects.live().select_related("tab").filter(tab=tab, share__isnull=False)
