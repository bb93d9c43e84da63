"""What staff put right on a tab: each is one transaction, with a person and a reason.

None of it asks a till. Where a bill is out for the tab, its caller has taken it back first.
"""

from __future__ import annotations

from bartender.errors import NoSuchLine
from bartender.records.visits import OrderLine, Ticket
from bartender.services.orders import live_lines, take_off_anyway, whole
from maya_site.lib.db import committed
from maya_site.lib.money import apportion
from payments import ledger
from payments.errors import BadAmount
from payments.ledger import Cause, Comp
from payments.models import Tab


@committed
def void_line(line: OrderLine, units: int, cause: Cause) -> OrderLine:
    """Also after the bar has begun, which a guest cannot do any more."""
    tab = ledger.lock(line.tab)
    if ledger.already(tab, cause.key):
        return OrderLine.objects.get(pk=line.pk)
    found = live_lines(tab).filter(pk=line.pk).first()
    if found is None or whole(units) > found.quantity:
        raise NoSuchLine(line.name)
    take_off_anyway(tab, found, units, cause)
    return found


@committed
def void_tab(tab: Tab, cause: Cause) -> Tab:
    """Nothing of it counts as sold any more, and nobody owes it."""
    posting = ledger.void_tab(tab, cause)
    if posting.fresh:
        gone = {"status": OrderLine.Status.VOIDED, "quantity": 0, "comped": False, "comped_cents": 0}
        live_lines(tab).update(**gone)
        Ticket.objects.filter(tab=tab).update(status=Ticket.Status.VOIDED)
    return posting.tab


@committed
def comp(line: OrderLine, cause: Cause, cents: int | None = None) -> OrderLine:
    """The house pays for a line, or for a part of it; also after the visit."""
    _comp(line.tab, [Comp(line.code, cents)], cause)
    return OrderLine.objects.get(pk=line.pk)


@committed
def comp_tab(tab: Tab, cents: int, cause: Cause) -> Tab:
    """An amount of the whole tab, shared among its lines by what is left to pay of each, to the cent."""
    tab, cause = ledger.lock(tab), cause.asking("comp the tab", cents)
    if ledger.already(tab, cause.key):
        return ledger.comp(tab, (), cause).tab
    lines = list(live_lines(tab))
    left = [line.quantity * line.unit_cents - line.comped_cents for line in lines]
    if not 0 < cents <= sum(left):
        raise BadAmount("The house can pay for what is on the tab, and not for more.")
    shares = zip(lines, apportion(cents, left), strict=True)
    return _comp(tab, [Comp(line.code, part) for line, part in shares if part], cause)


def _comp(tab: Tab, comps: list[Comp], cause: Cause) -> Tab:
    posting = ledger.comp(tab, comps, cause)
    if posting.fresh:
        paid = {leg.reference: leg.cents for leg in posting.journal.entries.filter(account="comps")}
        lines = list(OrderLine.objects.filter(tab=tab, code__in=paid))
        for line in lines:
            line.comped, line.comped_cents = True, line.comped_cents + paid[line.code]
        OrderLine.objects.bulk_update(lines, ["comped", "comped_cents"])
    return posting.tab


@committed
def close_free(tab: Tab, cause: Cause) -> Tab:
    """Nothing is due, as the house paid for all of it."""
    return ledger.close_free(tab, cause).tab
