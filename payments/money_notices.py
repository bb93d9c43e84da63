"""Notices to staff of money that others moved: one for each cause. It counts as unseen again when it
changes."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from maya_site.core.db import atomic_with_retry
from maya_site.core.money import format_money
from payments.models import Dispute, MoneyNotice, Payment, Refund, Tab
from payments.signals import announce_notice

NoticeKind = MoneyNotice.Kind
MAX_SHOWN = 12


@atomic_with_retry
def upsert_notice(key: str, tab: Tab, kind: str, cents: int, text: str) -> MoneyNotice:
    """Flags the tab and stores the sentence for staff. The same sentence again changes nothing."""
    values = {
        "tab": tab,
        "kind": kind,
        "amount_cents": cents,
        "currency": tab.currency,
        "message": text[:300],
    }
    notice, made = MoneyNotice.objects.select_for_update(of=("self",)).get_or_create(key=key, defaults=values)
    if not made and notice.message == values["message"]:
        return notice
    if not made:
        notice.message, notice.amount_cents, notice.updated_at = text[:300], cents, timezone.now()
        notice.seen_at, notice.seen_by = None, None
        notice.save()
    Tab.objects.filter(pk=tab.pk).update(flagged_at=timezone.now())
    announce_notice(tab)
    return notice


def unacknowledged_notices() -> QuerySet[MoneyNotice]:
    """Notices that nobody has seen, oldest first."""
    return MoneyNotice.objects.filter(seen_at=None).select_related("tab").order_by("updated_at", "id")


@atomic_with_retry
def acknowledge_notice(notice: MoneyNotice, person: User) -> bool:
    """Marks a notice as seen. Returns False if somebody has seen it already."""
    now = timezone.now()
    marked = MoneyNotice.objects.filter(pk=notice.pk, seen_at=None).update(seen_at=now, seen_by=person)
    announce_notice(notice.tab)
    return bool(marked)


def notify_dispute(dispute: Dispute, tab: Tab) -> None:
    amount, name = format_money(dispute.amount_cents, dispute.currency), tab.code[:8]
    said = f"A guest's bank disputes {amount} of tab {name}: {dispute.status.replace('_', ' ')}."
    if dispute.withdrawn_cents > 0:
        said += f" It has taken {format_money(dispute.withdrawn_cents, dispute.currency)} back."
    elif dispute.status == "won":
        said += " The money is back."
    if dispute.status in ("needs_response", "warning_needs_response"):
        said += " Answer at the provider's dashboard."
    upsert_notice(f"dispute:{dispute.reference}", tab, NoticeKind.DISPUTE, dispute.amount_cents, said)


def notify_external_refund(refund: Refund, tab: Tab) -> None:
    amount = format_money(refund.amount_cents, refund.currency)
    said = f"{amount} of tab {tab.code[:8]} went back at the provider's dashboard, not from here:"
    said = f"{said} {refund.get_status_display().lower()}."
    upsert_notice(f"refund:{refund.reference}", tab, NoticeKind.REFUND, refund.amount_cents, said)


def notify_refund_mismatch(refund: Refund, tab: Tab, provider_status: str) -> None:
    amount = format_money(refund.amount_cents, refund.currency)
    here = f"The refund of {amount} on tab {tab.code[:8]} is {refund.status} here"
    said = f"{here} and {provider_status} at the provider."
    upsert_notice(f"refund-differs:{refund.code}", tab, NoticeKind.MISMATCH, refund.amount_cents, said)


def notify_late_payment(payment: Payment) -> None:
    amount, name = format_money(payment.amount_cents, payment.currency), payment.tab.code[:8]
    said = f"{amount} came in for tab {name} after that bill had ended. Give it back at the provider."
    upsert_notice(f"late:{payment.code}", payment.tab, NoticeKind.LATE, payment.amount_cents, said)


def notify_payment_mismatch(payment: Payment) -> None:
    amount, name = format_money(payment.amount_cents, payment.currency), payment.tab.code[:8]
    said = f"The till has something else than the {amount} that tab {name} asked for. Look at the payment."
    upsert_notice(f"mismatch:{payment.code}", payment.tab, NoticeKind.MISMATCH, payment.amount_cents, said)
