"""The tab's current state for pages, brains and the terminal; tips; and the bill, up to its payment link."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bartender.errors import NothingToTip
from bartender.models.menu import Venue
from bartender.models.visits import OrderLine, Ticket, Visit
from bartender.services.orders import (
    current_tab,
    lock_and_find_replay,
    open_tab_for_change,
    order_operation,
    reopen_context,
)
from bartender.services.staff_names import NAMELESS_STAFF
from bartender.services.tickets import send_or_take_off_open_lines
from maya_site.core.db import CompiledQuery
from payments import checkout, ledger
from payments.errors import NoOpenPayment, NothingToPay
from payments.ledger import OperationContext, TipRule
from payments.models import Payment, Tab, TaxMethod
from payments.providers import card_amount_error, is_provider_simulated
from payments.reopen_tab import reopen_tab
from payments.taxes import TaxLine, tax_lines

TICKET_PROGRESS_LABELS = {
    "new": gettext_noop("at the bar"),
    "in_prep": gettext_noop("being made"),
    "recalled": gettext_noop("being made"),
    "ready": gettext_noop("ready"),
    "served": gettext_noop("served"),
}


HELD_TICKET_LABEL = gettext_noop("goes to the bar in a moment")


@dataclass(frozen=True)
class BillLine:
    """One line of the tab. `number` identifies it on the tab and is never reused."""

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
    undo_until: float | None = None  # seconds since 1970; until then it is not at the bar yet
    note: str = ""
    rung_in_by: str = ""  # the login name of whoever rang it in, "" where the guest ordered it
    rung_in_first_name: str = ""
    by_agent: bool = False  # the guest's agent ordered it
    takeaway: bool = False
    price_rule: str = ""  # which rule gave the price; "" where it is the menu's
    list_unit_cents: int = 0  # what one would have cost without it

    @property
    def list_cents(self) -> int:
        return self.quantity * self.list_unit_cents

    @property
    def progress(self) -> str:
        """What the guest reads about the preparation, "" before the line is sent."""
        if self.ticket not in TICKET_PROGRESS_LABELS or self.status != OrderLine.Status.SENT:
            return ""
        return _(HELD_TICKET_LABEL if self.undo_until else TICKET_PROGRESS_LABELS[self.ticket])

    @property
    def rung_in_for_guests(self) -> str:
        """Who rang it in, as guests read it: a first name, never a login name. "" where nobody did."""
        return (self.rung_in_first_name or _(NAMELESS_STAFF)) if self.rung_in_by else ""

    @property
    def comped(self) -> bool:
        return self.comped_cents > 0

    @property
    def sold_cents(self) -> int:
        """What the guest reads at the line: what the bar pays of it is one sum below all lines."""
        return self.quantity * self.unit_cents

    @property
    def cents(self) -> int:
        return self.sold_cents - self.comped_cents


@dataclass(frozen=True)
class PaymentCard:
    """An amount that the guest is asked to confirm, with the payment link (`url`) once they did."""

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
    included_tax_cents: int = 0
    service_cents: int = 0
    taxes: tuple[TaxLine, ...] = ()
    is_taxed_by_class: bool = False
    tip_cents: int = 0
    tip_bp: int | None = None
    total_cents: int = 0
    paid_cents: int = 0
    due_cents: int = 0
    balance_cents: int | None = None
    version: int = 0
    payment: PaymentCard | None = None
    sent_units: int = 0  # units that this request for the bill sent to the bar
    taken_off_units: int = 0  # units that it took off, unsent when the bar had closed

    @property
    def unsent(self) -> int:
        """Units that are not at the bar yet; asking for the bill sends them."""
        return sum(
            line.quantity
            for line in self.lines
            if line.status == OrderLine.Status.OPEN or line.undo_until is not None
        )

    @property
    def card_note(self) -> str:
        """Why no card can pay the amount due and what the guest can do instead; "" if a card can."""
        why = card_amount_error(self.due_cents, self.currency) if self.due_cents else ""
        return f"{why} {_('Please pay it at the bar.')}" if why else ""

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    def merged_lines(self) -> list[dict[str, Any]]:
        """The lines, with those of the same item, modifiers and price added up."""
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
        venue, balance = Venue.current(), None
        if is_provider_simulated():
            balance = venue.play_money_cents - ledger.play_money_spent_cents(visit.code)
        return Bill(balance_cents=balance, currency=venue.currency)
    return bill_of_tab(tab)


def bill_of_tab(tab: Tab) -> Bill:
    """The bill of one tab, which may be an earlier one of the visit, as a receipt needs it."""
    # Only a frozen tab can have a bill out, so open ones save the query.
    payment = checkout.live_payment(tab) if tab.status == Tab.Status.CLOSING else None
    by_class = tab.tax_method != TaxMethod.SINGLE
    lines = [
        _bill_line(row) for row in _BILL_LINES_QUERY.rows(tab.pk) if row.status != OrderLine.Status.VOIDED
    ]
    return Bill(
        tab=tab.code,
        status=tab.status,
        currency=tab.currency,
        lines=tuple(lines),
        subtotal_cents=tab.subtotal_cents,
        discount_cents=tab.discount_cents,
        tax_cents=tab.tax_cents,
        included_tax_cents=tab.included_tax_cents,
        service_cents=tab.service_cents,
        taxes=tax_lines(tab) if tab.tax_cents or by_class else (),
        is_taxed_by_class=by_class,
        tip_cents=tab.tip_cents,
        tip_bp=tab.tip_bp,
        total_cents=tab.total_cents,
        paid_cents=tab.paid_cents,
        due_cents=tab.due_cents,
        balance_cents=ledger.play_money_balance_cents(tab),
        version=tab.version,
        payment=_payment_card(payment) if payment else None,
    )


_BILL_LINES_QUERY = CompiledQuery(
    lambda tab: OrderLine.objects.filter(tab=tab).annotate(
        ticket_status=F("ticket__status"),
        undo_until=F("ticket__undo_until"),
        server=F("rung_in_by__username"),
        server_first_name=F("rung_in_by__first_name"),
    ),
    int,
)


def line_by_number(visit: Visit, number: int) -> OrderLine | None:
    tab = current_tab(visit)
    found = OrderLine.objects.select_related("item", "ticket").filter(tab=tab, number=number)
    return found.first() if tab else None


@order_operation
def set_tip(visit: Visit, tip: TipRule, op: OperationContext) -> Bill:
    """Replaces the tip. A bill that is out is taken back and shown again with the new amount."""
    op = op.with_request("tip", tip.basis_points, tip.cents)
    if lock_and_find_replay(visit, op):
        return bill_of(visit)
    tab = current_tab(visit)
    if tab is None or (tab.status in Tab.UNSETTLED_STATUSES and not tab.units):
        raise NothingToTip
    # Also after order_operation cancelled this bill's link and ran the request again.
    was_closing = tab.status == Tab.Status.CLOSING or ledger.find_tab_journal(tab, reopen_context(op).key)
    if tab.status in Tab.UNSETTLED_STATUSES:
        tab = open_tab_for_change(visit, op)
    ledger.set_tip(tab, tip, op)
    if was_closing:
        checkout.propose_payment(tab, op.with_key_suffix("again"))
    return bill_of(visit)


@order_operation
def request_bill(visit: Visit, op: OperationContext) -> Bill:
    """Sends open lines to the bar, freezes the tab and proposes a payment. No payment link is made yet. A bar
    that is closed takes what was not sent off the tab instead, since nobody will make it."""
    op = op.with_request("pay")
    if lock_and_find_replay(visit, op):
        return bill_of(visit)
    tab = current_tab(visit)
    if tab is None or tab.status not in Tab.UNSETTLED_STATUSES:
        raise NothingToPay
    tab = ledger.lock_tab(tab)
    unsent = bill_of_tab(tab).unsent
    taken_off = send_or_take_off_open_lines(visit, tab, op)
    tab = ledger.lock_tab(tab)
    if tab.units and not tab.due_cents:  # the bar paid for all of it: there is no amount to say yes to
        ledger.close_comped_tab(tab, op)
    else:
        checkout.propose_payment(tab, op)
    return replace(bill_of(visit), sent_units=unsent - taken_off, taken_off_units=taken_off)


def confirm_payment(visit: Visit, nonce: str) -> Bill:
    """The guest agreed to the amount shown. Call it outside a transaction: it asks the payment provider."""
    tab = current_tab(visit)
    if tab is None:
        raise NoOpenPayment
    checkout.confirm_payment(tab, nonce)
    return bill_of(visit)


def decline_payment(visit: Visit, op: OperationContext) -> Bill:
    """Takes the bill back. Call it outside a transaction: the payment provider is asked first."""
    op = op.with_request("not yet")
    if not ledger.find_visit_journal(visit.code, op) and (tab := current_tab(visit)):
        reopen_tab(tab, op)
    return bill_of(visit)


def decline_payment_in_turn(visit: Visit, turn: str) -> Bill:
    """`decline_payment` for a guest who said "not yet" in a turn."""
    return decline_payment(visit, OperationContext(f"{turn}:not_yet", turn=turn))


def last_payment(visit: Visit) -> Payment | None:
    tab = current_tab(visit)
    return tab.payments.order_by("-id").first() if tab else None


def _bill_line(row: Any) -> BillLine:
    """Takes a row annotated with its ticket's status and `undo_until`."""
    started = row.ticket_status not in (None, Ticket.Status.NEW)
    until: datetime | None = row.undo_until
    if until and until.tzinfo is None:  # SQLite's raw rows have a time without its zone, which is UTC
        until = until.replace(tzinfo=UTC)
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
        undo_until=until.timestamp() if until and until > timezone.now() else None,
        note=row.note,
        rung_in_by=row.server or "",
        takeaway=row.takeaway,
        rung_in_first_name=(row.server_first_name or "").strip(),
        by_agent=bool(row.agent_code),
        price_rule=row.price_rule,
        list_unit_cents=row.unit_cents if row.list_unit_cents is None else row.list_unit_cents,
    )


def _payment_card(payment: Payment) -> PaymentCard:
    return PaymentCard(
        code=payment.code,
        amount_cents=payment.amount_cents,
        nonce=payment.nonce,
        status=payment.status,
        url=payment.url,
        simulated=payment.provider == ledger.SIMULATED,
    )
