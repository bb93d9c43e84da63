"""The tab as it is, for pages, brains and the terminal; the tip; and the way to the till."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bartender.errors import NothingToTip
from bartender.records.menu import Venue
from bartender.records.visits import OrderLine, Ticket, Visit
from bartender.services.orders import answered, current_tab, live_lines, open_for_change
from bartender.services.serving import asking_people
from bartender.services.thawing import reopening, thawing
from bartender.services.tickets import fire_locked, release
from maya_site.lib.db import Ready, committed
from payments import checkout, ledger
from payments.errors import NoPayment, NothingToPay
from payments.ledger import Cause, TipRule
from payments.models import Payment, Tab

PROGRESS = {
    "new": gettext_noop("at the bar"),
    "in_prep": gettext_noop("being made"),
    "recalled": gettext_noop("being made"),
    "ready": gettext_noop("ready"),
    "served": gettext_noop("served"),
}


HELD = gettext_noop("goes to the bar in a moment")


@dataclass(frozen=True)
class BillLine:
    """One row of the tab. `number` never changes and is never given to another line of the tab."""

    number: int
    code: str
    item: str
    quantity: int
    modifiers: tuple[str, ...]
    unit_cents: int
    status: str
    changeable: bool
    comped_cents: int = 0
    ticket: str = ""  # how far the bar is with it: the ticket's status
    held_until: float | None = None  # seconds since 1970; until then it is not at the bar yet

    @property
    def progress(self) -> str:
        """How far the bar is with it, as the guest reads it."""
        if self.ticket not in PROGRESS or self.status != OrderLine.Status.SENT:
            return ""
        return _(HELD if self.held_until else PROGRESS[self.ticket])

    @property
    def comped(self) -> bool:
        return self.comped_cents > 0

    @property
    def cents(self) -> int:
        return self.quantity * self.unit_cents - self.comped_cents


@dataclass(frozen=True)
class PaymentCard:
    """What the guest is asked to confirm, or the link that was made when they did."""

    code: str
    amount_cents: int
    nonce: str
    status: str
    url: str
    simulated: bool


@dataclass(frozen=True)
class Bill:
    tab: str = ""
    status: str = "open"
    currency: str = "USD"
    lines: tuple[BillLine, ...] = ()
    subtotal_cents: int = 0
    discount_cents: int = 0
    tax_cents: int = 0
    tip_cents: int = 0
    tip_bp: int | None = None
    total_cents: int = 0
    paid_cents: int = 0
    due_cents: int = 0
    balance_cents: int | None = None
    version: int = 0
    payment: PaymentCard | None = None

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    def merged(self) -> list[dict[str, Any]]:
        """Lines that count, those with equal item, modifiers and price as one."""
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        for line in self.lines:
            row: dict[str, Any] = {
                "item": line.item,
                "quantity": 0,
                "modifiers": list(line.modifiers),
                "unit_price_cents": line.unit_cents,
                "status": line.status,
            }
            row = found.setdefault((line.item, line.modifiers, line.unit_cents), row)
            row["quantity"] += line.quantity
            if line.status == OrderLine.Status.OPEN:
                row["status"] = line.status
        return list(found.values())

    def amounts(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "subtotal_cents": self.subtotal_cents,
            "tax_cents": self.tax_cents,
            "tip_cents": self.tip_cents,
            "total_cents": self.total_cents,
            "paid_cents": self.paid_cents,
            "balance_cents": self.balance_cents,
        }


def bill_of(visit: Visit) -> Bill:
    tab = current_tab(visit)
    if tab is None:
        return Bill(balance_cents=_untouched(visit), currency=Venue.here().currency)
    return bill_of_tab(tab)


def bill_of_tab(tab: Tab) -> Bill:
    """One tab, also an earlier one of the visit: what a receipt shows."""
    # Only a frozen tab has a bill out: the others are not asked about one at every turn.
    payment = checkout.live_payment(tab) if tab.status == Tab.Status.CLOSING else None
    lines = [_line(row) for row in _LINES.rows(tab.pk) if row.status != OrderLine.Status.VOIDED]
    return Bill(
        tab=tab.code,
        status=tab.status,
        currency=tab.currency,
        lines=tuple(lines),
        subtotal_cents=tab.subtotal_cents,
        discount_cents=tab.discount_cents,
        tax_cents=tab.tax_cents,
        tip_cents=tab.tip_cents,
        tip_bp=tab.tip_bp,
        total_cents=tab.total_cents,
        paid_cents=tab.paid_cents,
        due_cents=tab.due_cents,
        balance_cents=ledger.play_balance(tab),
        version=tab.version,
        payment=_card(payment) if payment else None,
    )


_LINES = Ready(
    lambda tab: OrderLine.objects.filter(tab=tab).annotate(
        ticket_status=F("ticket__status"), held_until=F("ticket__held_until")
    ),
    -1,
)


def _held(until: datetime | None) -> float | None:
    """SQLite's raw rows have a time without its zone, which is UTC."""
    if until and until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return until.timestamp() if until and until > timezone.now() else None


def line_by_number(visit: Visit, number: int) -> OrderLine | None:
    tab = current_tab(visit)
    found = OrderLine.objects.select_related("item", "ticket").filter(tab=tab, number=number)
    return found.first() if tab else None


@thawing
def set_tip(visit: Visit, tip: TipRule, cause: Cause) -> Bill:
    """While a bill is out it is taken back, changed, and shown again with the new amount."""
    cause = cause.asking("tip", tip.bp, tip.cents)
    if answered(visit, cause):
        return bill_of(visit)
    tab = current_tab(visit)
    if tab is None or (tab.status in Tab.LIVE and not tab.units):
        raise NothingToTip
    # Also where this very wish has just ended the bill's link: the bill was out when it was made.
    was_closing = tab.status == Tab.Status.CLOSING or ledger.already(tab, reopening(cause).key)
    if tab.status in Tab.LIVE:
        tab = open_for_change(visit, cause)
    ledger.set_tip(tab, tip, cause)
    if was_closing:
        checkout.propose(tab, cause.part("again"))
    return bill_of(visit)


@asking_people
@committed
def ask_to_pay(visit: Visit, cause: Cause) -> Bill:
    """Fire what still waits, freeze the tab, and show what is due. No money moves and no link is made."""
    cause = cause.asking("pay")
    if answered(visit, cause):
        return bill_of(visit)
    tab = current_tab(visit)
    if tab is None or tab.status not in Tab.LIVE:
        raise NothingToPay
    tab = ledger.lock(tab)
    if live_lines(tab).filter(status=OrderLine.Status.OPEN).exists():
        fire_locked(visit, tab, cause.part("fire"))
    release(tab)
    if tab.units and not tab.due_cents:  # the house paid for all of it: there is no amount to say yes to
        ledger.close_free(tab, cause)
    else:
        checkout.propose(tab, cause)
    return bill_of(visit)


def confirm_payment(visit: Visit, nonce: str) -> Bill:
    """The guest's own yes to the amount shown. Outside a transaction: the till may be a network away."""
    tab = current_tab(visit)
    if tab is None:
        raise NoPayment
    checkout.confirm(tab, nonce)
    return bill_of(visit)


def not_yet(visit: Visit, cause: Cause) -> Bill:
    """The guest goes on drinking: the bill is taken back, outside a transaction: the till is asked first."""
    cause = cause.asking("not yet")
    if not ledger.answered(visit.code, cause) and (tab := current_tab(visit)):
        checkout.reopen(tab, cause)
    return bill_of(visit)


def keep_open(visit: Visit, turn: str) -> Bill:
    """The guest said "not yet"."""
    return not_yet(visit, Cause(f"{turn}:not_yet", turn=turn))


def last_payment(visit: Visit) -> Payment | None:
    tab = current_tab(visit)
    return tab.payments.order_by("-id").first() if tab else None


def _untouched(visit: Visit) -> int | None:
    if not checkout.till_is_simulated():
        return None
    return Venue.here().play_money_cents - ledger.played(visit.code)


def _line(row: Any) -> BillLine:
    """A line with the status of its ticket."""
    started = row.ticket_status not in (None, Ticket.Status.NEW)
    return BillLine(
        number=row.number,
        code=row.code,
        item=row.name,
        quantity=row.quantity,
        modifiers=tuple(row.modifiers),
        unit_cents=row.unit_cents,
        status=row.status,
        changeable=not started and not row.comped,
        comped_cents=row.comped_cents,
        ticket=row.ticket_status or "",
        held_until=_held(row.held_until),
    )


def _card(payment: Payment) -> PaymentCard:
    return PaymentCard(
        code=payment.code,
        amount_cents=payment.amount_cents,
        nonce=payment.nonce,
        status=payment.status,
        url=payment.url,
        simulated=payment.provider == ledger.SIMULATED,
    )
