"""Corrections by staff: voids and comps, each one transaction with a person and a reason.

No payment provider is asked here: the caller has taken back a bill that is out.
"""

from __future__ import annotations

from bartender.errors import NoSuchLine
from bartender.models.visits import OrderLine, Ticket
from bartender.services.orders import live_lines, validate_quantity
from bartender.services.portions import give_back_portions
from bartender.services.print_requests import request_corrections
from bartender.services.voids import void_units
from maya_site.core.db import atomic_with_retry
from maya_site.core.money import apportion
from payments import ledger
from payments.errors import OperationNotAllowed
from payments.ledger import Comp, OperationContext
from payments.models import Tab


@atomic_with_retry
def void_line(line: OrderLine, units: int, op: OperationContext) -> OrderLine:
    """Voids units of a line, also after the bar has begun it, which guests cannot do."""
    tab = ledger.lock_tab(line.tab)
    if ledger.find_tab_journal(tab, op.key):
        return OrderLine.objects.get(pk=line.pk)
    found = live_lines(tab).filter(pk=line.pk).first()
    if found is None or validate_quantity(units) > found.quantity:
        raise NoSuchLine(line.name)
    void_units(tab, found, units, op)
    return found


@atomic_with_retry
def void_tab(tab: Tab, op: OperationContext) -> Tab:
    """Voids all lines and tickets and ends the tab; nothing is owed."""
    posting = ledger.void_tab(tab, op)
    if posting.is_new:
        gone = {"status": OrderLine.Status.VOIDED, "quantity": 0, "comped": False, "comped_cents": 0}
        taken = live_lines(tab).filter(took_portions=True).select_related("ticket")
        give_back_portions([(line, line.quantity) for line in taken])
        fired = set(live_lines(tab).exclude(ticket=None).values_list("ticket", flat=True))
        live_lines(tab).update(**gone)
        # What was moved to another tab is still made, and on its own ticket.
        fired_lines = OrderLine.objects.filter(ticket__in=fired, quantity__gt=0).values("ticket")
        Ticket.objects.filter(pk__in=fired).exclude(pk__in=fired_lines).update(status=Ticket.Status.VOIDED)
        request_corrections(fired)
    return posting.tab


@atomic_with_retry
def comp_line(line: OrderLine, op: OperationContext, cents: int | None = None) -> OrderLine:
    """The venue pays for a line, or for `cents` of it, also after the visit."""
    _apply_comps(line.tab, [Comp(line.code, cents)], op)
    return OrderLine.objects.get(pk=line.pk)


@atomic_with_retry
def comp_tab(tab: Tab, cents: int, op: OperationContext) -> Tab:
    """Takes `cents` off the tab, divided among its lines in proportion to what is left to pay of each."""
    tab, op = ledger.lock_tab(tab), op.with_request("comp the tab", cents)
    if ledger.find_tab_journal(tab, op.key):
        return ledger.comp(tab, (), op).tab
    lines = list(live_lines(tab))
    left = [line.quantity * line.unit_cents - line.comped_cents for line in lines]
    if not 0 < cents <= sum(left):
        raise OperationNotAllowed("The house can pay for what is on the tab, and not for more.")
    shares = zip(lines, apportion(cents, left), strict=True)
    return _apply_comps(tab, [Comp(line.code, part) for line, part in shares if part], op)


def _apply_comps(tab: Tab, comps: list[Comp], op: OperationContext) -> Tab:
    posting = ledger.comp(tab, comps, op)
    if posting.is_new:
        paid = {leg.reference: leg.cents for leg in posting.journal.entries.filter(account="comps")}
        lines = list(OrderLine.objects.filter(tab=tab, code__in=paid))
        for line in lines:
            line.comped, line.comped_cents = True, line.comped_cents + paid[line.code]
        OrderLine.objects.bulk_update(lines, ["comped", "comped_cents"])
    return posting.tab


@atomic_with_retry
def close_comped_tab(tab: Tab, op: OperationContext) -> Tab:
    """Closes a tab with nothing due because the venue paid for all of it."""
    return ledger.close_comped_tab(tab, op).tab
