"""Takes units off a tab, in the ledger and on their lines. The caller holds the tab's lock."""

from __future__ import annotations

from django.utils import timezone

from bartender.models.visits import OrderLine, Ticket
from bartender.services.bar_state import NothingWasSent
from bartender.services.portions import give_back_portions, take_portions_again
from bartender.services.print_requests import request_corrections
from payments import ledger
from payments.ledger import OperationContext, Sale
from payments.models import Tab


def void_open_lines(tab: Tab, op: OperationContext) -> int:
    """Takes off what nobody has sent, and returns how many drinks that were. Raises NothingWasSent if it is
    all of the tab."""
    lines = list(OrderLine.objects.filter(tab=tab, status=OrderLine.Status.OPEN, comped=False))
    units = sum(line.quantity for line in lines)
    if not units:
        return 0
    if units == tab.units:
        raise NothingWasSent
    ledger.void(tab, [Sale(line.code, line.quantity, line.unit_cents) for line in lines], op)
    OrderLine.objects.filter(pk__in=[line.pk for line in lines]).update(
        status=OrderLine.Status.VOIDED, quantity=0
    )
    return units


def void_units(tab: Tab, line: OrderLine, units: int, op: OperationContext) -> None:
    """Without asking whether the bar has begun: guests' requests are checked before by `_is_removable`."""
    ledger.void(tab, [Sale(line.code, units, line.unit_cents)], op)
    give_back_portions([(line, units)])
    line.quantity -= units
    line.status = line.status if line.quantity else OrderLine.Status.VOIDED
    line.save(update_fields=["quantity", "status"])
    void_empty_ticket(line)
    request_corrections([line.ticket_id])


def put_back_units(line: OrderLine, units: int) -> None:
    """Undoes `void_units`, after the ledger has. A ticket that was voided with it is again what it was."""
    ticket = line.ticket
    if ticket and ticket.status == Ticket.Status.VOIDED:
        last = ticket.moves.order_by("number").last()
        ticket.status = last.to_status if last else Ticket.Status.NEW
        ticket.save(update_fields=["status", "updated_at"])  # the signal refreshes the displays
    take_portions_again(line, units)
    line.quantity += units
    line.status = OrderLine.Status.SENT if ticket else OrderLine.Status.OPEN
    line.save(update_fields=["quantity", "status"])


def void_empty_ticket(line: OrderLine) -> None:
    if line.ticket_id and not OrderLine.objects.filter(ticket=line.ticket_id, quantity__gt=0).exists():
        Ticket.objects.filter(pk=line.ticket_id).update(
            status=Ticket.Status.VOIDED, updated_at=timezone.now()
        )
