"""Refunds behind the bar: which paid tab, what each of its lines came to, and what became of the money."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from bartender.models.staff_actions import StaffAction
from bartender.models.visits import OrderLine, Ticket, Visit
from bartender.services.orders import live_lines
from bartender.services.staff_actions import action_key_in_ledger
from maya_site.core.money import apportion, format_money
from payments.models import Document, DocumentSeries, Payment, Refund, Tab
from payments.posting_rules import AT_BAR_PREFIX
from payments.refunds import refundable_cents
from payments.tenders import tender_label

RECEIPTS = (DocumentSeries.RECEIPT, DocumentSeries.DEMO_RECEIPT)
# By name or table only what was opened lately is searched; by a receipt's or ticket's number, everything.
SEARCHED_FOR = timedelta(days=3)
MAX_SEARCHED = 400
MAX_SHOWN = 40
NUMBER = re.compile(r"^(?:#|(?:DEMO-)?R-)?0*(\d{1,9})$", re.IGNORECASE)


@dataclass(frozen=True)
class PaidTab:
    """A paid tab to choose from. Amounts are minor units."""

    visit: str
    tab: str
    guest: str
    receipt: str
    paid_cents: int
    refunded_cents: int
    currency: str
    closed_at: datetime | None


@dataclass(frozen=True)
class RefundableLine:
    """What a line came to in what was paid, with its share of taxes and service, without the tip."""

    line: OrderLine
    cents: int


@dataclass(frozen=True)
class RefundablePayment:
    payment: Payment
    left_cents: int

    @property
    def label(self) -> str:
        return tender_label(self.payment.provider)


def find_paid_tabs(text: str) -> tuple[list[PaidTab], int]:
    """Newest first, and how many more there are: those of guests whose name and table have all words of the
    text, or of the receipt or ticket of that number. Without a text the newest. Four queries."""
    words, number = text.casefold().split(), NUMBER.match(text.strip())
    paid = Tab.objects.filter(status=Tab.Status.PAID, paid_cents__gt=0).order_by("-opened_at", "-id")
    recent = list(paid.filter(opened_at__gt=timezone.now() - SEARCHED_FOR)[:MAX_SEARCHED])
    named = list(paid.filter(pk__in=_tabs_of_number(int(number[1])))[:MAX_SHOWN]) if number else []
    tabs = {tab.pk: tab for tab in (*named, *recent)}
    visits = Visit.objects.filter(code__in={tab.visit_code for tab in tabs.values()})
    names = {visit.code: visit.name_and_place for visit in visits}
    by_number = {tab.pk for tab in named}
    found = [
        tab
        for tab in tabs.values()
        if tab.visit_code in names  # of a visit that is gone the admin alone has the tab
        and (tab.pk in by_number or all(word in names[tab.visit_code].casefold() for word in words))
    ]
    return _paid_tabs(found[:MAX_SHOWN], names), max(0, len(found) - MAX_SHOWN)


def _tabs_of_number(number: int) -> set[int]:
    receipts = Document.objects.filter(series__in=RECEIPTS, number=number).values_list("tab", flat=True)
    return {*receipts, *Ticket.objects.filter(pk=number).values_list("tab", flat=True)}


def _paid_tabs(tabs: list[Tab], names: dict[str, str]) -> list[PaidTab]:
    documents = Document.objects.filter(series__in=RECEIPTS, tab__in=tabs).order_by("id")
    receipts = {one.tab_id: one.code for one in documents}
    return [
        PaidTab(
            visit=tab.visit_code,
            tab=tab.code,
            guest=names[tab.visit_code],
            receipt=receipts.get(tab.pk, ""),
            paid_cents=tab.paid_cents,
            refunded_cents=tab.refunded_cents,
            currency=tab.currency,
            closed_at=tab.closed_at,
        )
        for tab in tabs
    ]


def refundable_lines(tab: Tab) -> list[RefundableLine]:
    """What was paid is divided among the lines in proportion: all of them together are the bill without the
    tip."""
    lines = list(live_lines(tab).order_by("number"))
    left = [line.quantity * line.unit_cents - line.comped_cents for line in lines]
    if not any(left):
        return []
    shares = apportion(tab.total_cents - tab.tip_cents, left)
    return [RefundableLine(line, cents) for line, cents in zip(lines, shares, strict=True) if cents]


def refundable_payments(tab: Tab) -> list[RefundablePayment]:
    payments = tab.payments.filter(status=Payment.Status.SUCCEEDED).order_by("id")
    return [RefundablePayment(one, refundable_cents(one)) for one in payments]


def chosen_cents(tab: Tab, numbers: Collection[int]) -> int | None:
    """What the lines of these numbers came to together; None if the tab does not have one of them."""
    amounts = {one.line.number: one.cents for one in refundable_lines(tab)}
    if not amounts.keys() >= set(numbers):
        return None
    return sum(amounts[number] for number in set(numbers))


def describe_refund(action: StaffAction) -> str:
    """What became of the money, and what to do now; "" while a second person is waited for."""
    if action.status != StaffAction.Status.DONE or action.payment is None:
        return ""
    refund = Refund.objects.get(key=action_key_in_ledger(action))
    amount = format_money(refund.amount_cents, refund.currency)
    provider = action.payment.provider
    if refund.status == Refund.Status.FAILED:
        return f"The provider refused it: {refund.error or 'it gave no reason'}. Nothing went back."
    if refund.status == Refund.Status.PENDING:
        return (
            f"{amount} is promised: the provider has not confirmed it yet, and is asked again every minute."
        )
    if not provider.startswith(AT_BAR_PREFIX):
        return f"{amount} goes back to where it was paid from."
    ways = {
        "bar_cash": f"Hand the guest {amount} in cash.",
        "bar_card": f"Give {amount} back on the terminal.",
        "bar_house": f"Take {amount} off the house account.",
    }
    return ways.get(provider, f"Give the guest {amount}.")
