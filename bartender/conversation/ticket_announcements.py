"""What Maya says of a ticket unasked: that the bar is making it, that it is ready, or that it is back."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import ngettext, override

from bartender.facts.wording import capitalize_first, describe_drinks, join_words
from bartender.models.visits import Ticket
from bartender.services.announcements import announce_to_guest

TicketStatus = Ticket.Status


def announce_ticket(ticket: Ticket) -> None:
    """Called in the transaction that moved the ticket: the guest is told if and only if it commits, and once
    for each move."""
    if ticket.visit.closed_at is None and (text := announcement_text(ticket)):
        announce_to_guest(ticket.visit, text, f"ticket-{ticket.pk}-{ticket.move_count}")


def announcement_text(ticket: Ticket) -> str:
    """In the guest's language, whoever moved the ticket; "" if there is nothing to say."""
    lines = [line for line in ticket.lines.all() if line.quantity]
    if not lines or ticket.status not in _ANNOUNCEMENTS:
        return ""
    with override(ticket.visit.language):
        what = join_words([describe_drinks(line.name, line.quantity, line.modifiers) for line in lines])
        text = _ANNOUNCEMENTS[TicketStatus(ticket.status)](sum(line.quantity for line in lines))
    return text % {"what": capitalize_first(what), "low": what}


_ANNOUNCEMENTS: dict[TicketStatus, Callable[[int], str]] = {
    TicketStatus.IN_PREP: lambda units: ngettext(
        "%(what)s is being made now.", "%(what)s are being made now.", units
    ),
    TicketStatus.READY: lambda units: ngettext(
        "%(what)s is ready for you at the bar. Cheers!",
        "%(what)s are ready for you at the bar. Cheers!",
        units,
    ),
    TicketStatus.RECALLED: lambda units: ngettext(
        "One moment more, please: %(low)s is back with the bar.",
        "One moment more, please: %(low)s are back with the bar.",
        units,
    ),
}
