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

from maya_site.core.db import atomic_with_retry
from maya_site.core.money import apportion
from payments import checkout, ledger
from payments.attempts import publish_payment_status
from payments.errors import NoOpenPayment, OperationNotAllowed, SplitPartlyPaid
from payments.ledger import OperationContext
from payments.models import Payment, Share, Split, Tab
from payments.providers import card_amount_error, first_provider_name

PaymentStatus = Payment.Status


@dataclass(frozen=True)
class ShareAllocation:
    """Who pays, and how much of what is due."""

    visit_code: str
    name: str
    cents: int


def active_split(tab: Tab) -> Split | None:
    return tab.splits.filter(status=Split.Status.OUT).first()


@atomic_with_retry
def create_split(
    tab: Tab, method: str, allocations: Sequence[ShareAllocation], context: OperationContext
) -> Split:
    """Freeze the tab and fix the shares: they sum to what is due, tax and tip included."""
    tab = ledger.lock_tab(tab)
    if found := tab.splits.filter(key=context.key).first():
        return found
    allocations = [one for one in allocations if one.cents]
    amounts = [one.cents for one in allocations]
    if any(type(cents) is not int or cents < 1 for cents in amounts) or sum(amounts) != tab.due_cents:
        raise OperationNotAllowed(_("The shares must come to exactly what is due."))
    _check_card_amounts(allocations, tab)
    tab = ledger.freeze(tab, context).tab
    split = Split.objects.create(tab=tab, method=method, key=context.key)
    taxes, tips = apportion(tab.all_tax_cents, amounts), apportion(tab.tip_cents, amounts)
    Share.objects.bulk_create(
        Share(
            split=split,
            visit_code=one.visit_code,
            name=one.name,
            amount_cents=one.cents,
            tax_cents=tax,
            tip_cents=tip,
        )
        for one, tax, tip in zip(allocations, taxes, tips, strict=True)
    )
    return split


def _check_card_amounts(allocations: Sequence[ShareAllocation], tab: Tab) -> None:
    for one in allocations:
        if why := card_amount_error(one.cents, tab.currency):
            values = {"name": one.name, "why": why}
            raise OperationNotAllowed(
                _("%(name)s’s share: %(why)s Join it with another one’s, or pay the bill at the bar.")
                % values
            )


def pay_share(share: Share, nonce: str) -> Payment:
    """The guest said yes to the amount shown: have a till make a link for this share. Twice is once."""
    if not secrets.compare_digest(share.nonce.encode(), nonce.encode(errors="replace")):
        raise NoOpenPayment
    return checkout.open_link(_get_or_create_attempt(share))


@atomic_with_retry
def _get_or_create_attempt(share: Share) -> Payment:
    """The live attempt of a share, or another one where it has none and is not paid."""
    tab = ledger.lock_tab(Tab.objects.get(splits__shares=share))
    share = Share.objects.select_related("split").get(pk=share.pk)
    attempts = share.payments.select_related("tab")
    if live := attempts.filter(status__in=Payment.LIVE_STATUSES).first():
        return live
    if tab.status != Tab.Status.CLOSING or share.split.status != Split.Status.OUT or is_share_paid(share):
        raise NoOpenPayment
    payment = Payment.objects.create(
        tab=tab,
        share=share,
        provider=first_provider_name(),
        amount_cents=share.amount_cents,
        tip_cents=share.tip_cents,
        currency=tab.currency,
        key=f"pay:{tab.code}:{share.code}:{attempts.count() + 1}",
        nonce=share.nonce,
        expires_at=timezone.now() + checkout.LINK_LIFETIME,
    )
    publish_payment_status(payment)
    return payment


def is_share_paid(share: Share) -> bool:
    return share.payments.filter(status=PaymentStatus.SUCCEEDED).exists()


def undo_split(tab: Tab, context: OperationContext) -> None:
    """One bill again, open for orders. Links are ended at their tills first; one that was paid stays paid."""
    if Tab.objects.get(pk=tab.pk).paid_cents:
        raise SplitPartlyPaid
    for payment in live_share_payments(tab):
        checkout.cancel_payment(payment, context.with_key_suffix(payment.code))
    _mark_split_undone(tab, context)


@atomic_with_retry
def _mark_split_undone(tab: Tab, context: OperationContext) -> None:
    tab = ledger.lock_tab(tab)
    split = active_split(tab)
    if split is None or ledger.find_tab_journal(tab, context.key):
        return
    if tab.paid_cents or live_share_payments(tab).exists():
        raise SplitPartlyPaid
    split.status = Split.Status.UNDONE
    split.save(update_fields=["status"])
    ledger.reopen(tab, context)


def live_share_payments(tab: Tab) -> QuerySet[Payment]:
    """The shares' attempts that a guest may be paying just now."""
    return Payment.objects.live().select_related("tab").filter(tab=tab, share__isnull=False)
