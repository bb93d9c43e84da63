"""What Maya says of a ticket by herself: that the bar is at it, and that it is ready."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import ngettext, override

from bartender.conversation.facts import drinks, first_up, join
from bartender.records.visits import Ticket
from bartender.services.remarks import remark

Status = Ticket.Status


def tell_of(ticket: Ticket) -> None:
    """In the transaction that moved it: told if and only if it moved, and once for each step."""
    if ticket.visit.closed_at is None and (text := words(ticket)):
        remark(ticket.visit, text, f"ticket-{ticket.pk}-{ticket.step}")


def words(ticket: Ticket) -> str:
    """In the guest's language, whoever at the bar moved the ticket."""
    lines = [line for line in ticket.lines.all() if line.quantity]
    if not lines or ticket.status not in _SAYS:
        return ""
    with override(ticket.visit.language):
        what = join([drinks(line.name, line.quantity, line.modifiers) for line in lines])
        told = _SAYS[Status(ticket.status)](sum(line.quantity for line in lines))
    return told % {"what": first_up(what), "low": what}


_SAYS: dict[Status, Callable[[int], str]] = {
    Status.IN_PREP: lambda units: ngettext(
        "%(what)s is being made now.", "%(what)s are being made now.", units
    ),
    Status.READY: lambda units: ngettext(
        "%(what)s is ready for you at the bar. Cheers!",
        "%(what)s are ready for you at the bar. Cheers!",
        units,
    ),
    Status.RECALLED: lambda units: ngettext(
        "One moment more, please: %(low)s is back with the bar.",
        "One moment more, please: %(low)s are back with the bar.",
        units,
    ),
}
