"""Requests for paper, in the transaction of whatever happened: a rollback leaves none, no crash loses one.

A request is a task; `bartender/services/printing/` makes the papers. Without a printer nothing is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta

from bartender.models.printers import Printer
from bartender.models.visits import OrderLine, Ticket
from maya_site.tasks.enqueue import enqueue
from payments.models import Tab

TICKET_TASK = "print_ticket"
CORRECTION_TASK = "print_correction"
RECEIPT_TASK = "print_receipt"
# The hold is over by the database's clock when the task runs.
HOLD_MARGIN = timedelta(milliseconds=50)


def request_ticket_print(ticket: Ticket, hold: timedelta = timedelta(0), cause: str = "sent") -> None:
    """One request for each `cause`, since a held ticket may be released early. Both make one paper."""
    if _prints_tickets():
        after = hold + HOLD_MARGIN if hold else hold
        enqueue(TICKET_TASK, f"print.{cause}:{ticket.pk}", after=after, ticket=ticket.pk)


def request_corrections(ticket_ids: Iterable[int | None]) -> None:
    """After drinks were taken off these tickets; None for a line that was never sent. The key is what is left
    of each."""
    if not (wanted := {number for number in ticket_ids if number is not None}) or not _prints_tickets():
        return
    lines = OrderLine.objects.filter(ticket__in=wanted).order_by("pk").values_list("ticket", "pk", "quantity")
    left: dict[int, list[str]] = {number: [] for number in wanted}
    for number, pk, quantity in lines:
        left[number].append(f"{pk}x{quantity}")
    for number, units in left.items():  # seldom more than one
        digest = hashlib.sha256(" ".join(units).encode()).hexdigest()[:24]
        enqueue(CORRECTION_TASK, f"print.correction:{number}:{digest}", ticket=number)


def request_receipt_print(tab: Tab) -> None:
    """After a payment at the bar."""
    if Printer.objects.filter(is_enabled=True, receipts=Printer.Receipts.AFTER_PAYMENT).exists():
        enqueue(RECEIPT_TASK, f"print.receipt:{tab.pk}", tab=tab.pk)


def _prints_tickets() -> bool:
    return Printer.objects.filter(is_enabled=True).exclude(tickets=Printer.Tickets.NEVER).exists()
