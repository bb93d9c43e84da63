"""What the bar must make: firing lines as a ticket, and moving a ticket on."""

from __future__ import annotations

from bartender.errors import NothingToSend
from bartender.records.visits import OrderLine, Ticket, Visit
from bartender.services.orders import current_tab, live_lines
from maya_site.lib.db import committed
from maya_site.lib.errors import Refused
from payments import ledger
from payments.ledger import Cause
from payments.models import Tab

Status = Ticket.Status
NEXT = {Status.NEW: Status.IN_PREP, Status.IN_PREP: Status.READY, Status.READY: Status.SERVED}


@committed
def fire(visit: Visit, cause: Cause) -> Ticket:
    """Send the open lines to the bar as one ticket. The same cause again: the same ticket."""
    tab = current_tab(visit)
    if tab is None:
        raise NothingToSend
    return fire_locked(visit, ledger.lock(tab), cause)


def fire_locked(visit: Visit, tab: Tab, cause: Cause) -> Ticket:
    # Of the whole visit: a repeated request must not send what was ordered on the next tab.
    if found := Ticket.objects.filter(visit=visit, key=cause.key).first():
        return found
    waiting = live_lines(tab).filter(status=OrderLine.Status.OPEN)
    if not waiting.exists():
        raise NothingToSend
    ticket = Ticket.objects.create(visit=visit, tab=tab, key=cause.key)
    waiting.update(status=OrderLine.Status.SENT, ticket=ticket)
    return ticket


@committed
def bump(ticket: Ticket, by: str = "") -> Ticket:
    """New to in preparation, to ready, to served. With the tab held: what is begun is not taken off.

    The tip is for whoever moved the tab's first ticket, until somebody says otherwise in the admin.
    """
    tab = ledger.lock(ticket.tab)
    now = Ticket.objects.select_for_update().get(pk=ticket.pk)
    after = NEXT.get(Status(now.status))
    if after is None:
        raise Refused("That ticket is done.")
    now.status = after
    now.save(update_fields=["status", "changed_at"])
    if by and not tab.tip_for and tab.status != Tab.Status.VOIDED:
        ledger.tip_for(tab, by, Cause(f"served:{ticket.pk}", actor=f"staff:{by}"[:80], source="admin"))
    return now
