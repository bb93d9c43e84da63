"""What Maya says of a ticket by herself: that the bar is at it, and that it is ready."""

from __future__ import annotations

from bartender.conversation.facts import drinks, first_up, join
from bartender.records.visits import Ticket
from bartender.services.remarks import remark

Status = Ticket.Status


def tell_of(ticket: Ticket) -> None:
    """In the transaction that moved it: told if and only if it moved, and once for each step."""
    if ticket.visit.closed_at is None and (text := words(ticket)):
        remark(ticket.visit, text, f"ticket-{ticket.pk}-{ticket.step}")


def words(ticket: Ticket) -> str:
    lines = [line for line in ticket.lines.all() if line.quantity]
    if not lines or ticket.status not in _SAYS:
        return ""
    what = join([drinks(line.name, line.quantity, line.modifiers) for line in lines])
    one = len(lines) == 1 and lines[0].quantity == 1
    return _SAYS[Status(ticket.status)].format(what=first_up(what), low=what, be="is" if one else "are")


_SAYS = {
    Status.IN_PREP: "{what} {be} being made now.",
    Status.READY: "{what} {be} ready for you at the bar. Cheers!",
    Status.RECALLED: "One moment more, please: {low} {be} back with the bar.",
}
