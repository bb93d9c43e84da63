"""Tickets: sending order lines to the bar, and moving tickets through their statuses."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from bartender.errors import NothingToSend, TicketAlreadyMoved
from bartender.models.display import TicketMove
from bartender.models.visits import OrderLine, Ticket, Visit
from bartender.services.bar_state import check_takes_orders, takes_orders_from
from bartender.services.orders import current_tab, live_lines, order_operation
from bartender.services.portions import take_portions
from bartender.services.print_requests import request_ticket_print
from bartender.services.responsible_service import check_ticket
from bartender.services.stock import give_back_of_ticket, use_for_ticket
from bartender.services.voids import void_open_lines
from maya_site.core.db import atomic_with_retry, literally_in
from maya_site.core.errors import Refusal
from maya_site.events.models import EventKind
from maya_site.events.record import record_event
from maya_site.tasks.enqueue import enqueue
from payments import ledger
from payments.ledger import OperationContext
from payments.models import Tab

TicketStatus = Ticket.Status
NEXT_STATUS = {
    TicketStatus.NEW: TicketStatus.IN_PREP,
    TicketStatus.IN_PREP: TicketStatus.READY,
    TicketStatus.RECALLED: TicketStatus.READY,
    TicketStatus.READY: TicketStatus.SERVED,
}
RECALLED_STATUS = {
    TicketStatus.IN_PREP: TicketStatus.NEW,
    TicketStatus.READY: TicketStatus.RECALLED,
    TicketStatus.SERVED: TicketStatus.RECALLED,
}


@order_operation
def fire_ticket(visit: Visit, op: OperationContext, *, skip_hold: bool = False) -> Ticket:
    """Sends the open lines to the bar as one ticket. A repeated `op.key` returns the first ticket.

    On a page the ticket is held for a few seconds so that the guest can undo it. Firing again during the
    hold, with nothing new to send, releases it at once. Raises NothingToSend.
    """
    tab = current_tab(visit)
    if tab is None:
        raise NothingToSend
    tab = ledger.lock_tab(tab)
    hold = settings.HOLD_SECONDS if visit.surface == "page" and not skip_hold else 0
    try:
        return fire_open_lines(visit, tab, op, hold)
    except NothingToSend:
        held = waiting_tickets().filter(tab=tab, undo_until__gt=timezone.now()).last()
        if held is None or op.agent_code:  # the time to undo is the guest's: no agent cuts it short
            raise
        release_held_tickets(tab)
        held.refresh_from_db()
        return held


def fire_open_lines(visit: Visit, tab: Tab, op: OperationContext, hold_seconds: int = 0) -> Ticket:
    """`fire_ticket` for a locked tab. `hold_seconds` is how long the guest may undo it. An agent sends what
    it has ordered itself, and nothing else."""
    # Searched in the whole visit: a repeated request must not send what is on the next tab.
    if found := Ticket.objects.filter(visit=visit, key=op.key).first():
        return found
    waiting = live_lines(tab).filter(status=OrderLine.Status.OPEN)
    if op.agent_code:
        waiting = waiting.filter(agent_code=op.agent_code)
    lines = list(waiting.select_related("item"))
    if not lines:
        raise NothingToSend
    check_takes_orders(op)
    grams, standard_drinks = check_ticket(visit, lines)
    until = timezone.now() + timedelta(seconds=hold_seconds) if hold_seconds else None
    ticket = Ticket.objects.create(
        visit=visit,
        tab=tab,
        key=op.key,
        undo_until=until,
        ethanol_grams=grams,
        standard_drinks=standard_drinks,
        requested_by=_requester_label(op),
    )
    waiting.update(status=OrderLine.Status.SENT, ticket=ticket)
    take_portions(lines)
    wait = timedelta(seconds=hold_seconds)
    request_ticket_print(ticket, wait)
    if settings.EVENTS_TOKEN:  # once nobody can undo it any more
        enqueue(ORDER_SENT_TASK, f"order.sent:{ticket.pk}", after=wait, ticket=ticket.pk)
    return ticket


def send_or_take_off_open_lines(visit: Visit, tab: Tab, op: OperationContext) -> int:
    """Before a bill, for a locked tab: what is open goes to the bar, or off the tab where the bar takes no
    orders any more. Returns how many drinks were taken off. Raises NothingWasSent."""
    taken_off = 0
    if live_lines(tab).filter(status=OrderLine.Status.OPEN).exists():
        if takes_orders_from(op):
            fire_open_lines(visit, tab, op.with_key_suffix("fire"))
        else:
            taken_off = void_open_lines(tab, op.with_key_suffix("unsent"))
    release_held_tickets(tab)
    return taken_off


ORDER_SENT_TASK = "record_order_sent"


@transaction.atomic
def record_order_sent(ticket_id: int) -> bool:
    """Tells the bar's other systems of a ticket that was not undone. Returns whether there is anything to
    tell."""
    lines = OrderLine.objects.filter(ticket=ticket_id, status=OrderLine.Status.SENT).select_related("tab")
    sent = [{"item": one.name, "quantity": one.quantity, "modifiers": one.modifiers} for one in lines]
    if sent:
        data = {"ticket": ticket_id, "tab": lines[0].tab.code[:8], "lines": sent}
        record_event(EventKind.ORDER_SENT, str(ticket_id), data)
    return bool(sent)


# How the order was placed, for staff.
SOURCE_LABELS = {"tool": "in words", "button": "by a tap", "form": "by a form"}


def _requester_label(op: OperationContext) -> str:
    if op.is_by_staff and op.actor.startswith("staff:"):
        return f"{op.actor.removeprefix('staff:')}, behind the bar"
    if op.agent_code:
        return "the guest's agent"
    return f"{op.actor}, {SOURCE_LABELS.get(op.source, op.source)}"[:100]


def release_held_tickets(tab: Tab) -> None:
    """Sends held tickets to the bar now. The caller holds the tab's row lock."""
    for ticket in waiting_tickets().filter(tab=tab, undo_until__gt=timezone.now()):  # seldom more than one
        ticket.undo_until = None
        ticket.save(update_fields=["undo_until", "updated_at"])  # the signal refreshes the displays
        request_ticket_print(ticket, cause="released")


def waiting_tickets() -> QuerySet[Ticket]:
    return Ticket.objects.filter(literally_in("status", NEXT_STATUS))


def released_ticket_filter(now: datetime) -> Q:
    """Tickets that are not held. No task releases them, so a restart cannot delay one."""
    return Q(undo_until=None) | Q(undo_until__lte=now)


def seconds_to_next_release(now: datetime) -> float | None:
    """Seconds until the next held ticket is released; None if none is held."""
    held = waiting_tickets().filter(undo_until__gt=now)
    due: datetime | None = held.aggregate(first=Min("undo_until"))["first"]
    return (due - now).total_seconds() if due else None


@atomic_with_retry
def bump_ticket(ticket: Ticket, by: User | None = None, step: int | None = None) -> Ticket:
    """Moves a ticket on: new, in preparation, ready, served. Locks the tab's row, then the ticket's.

    The first person to move a ticket of the tab gets its tip, unless the tip was assigned otherwise. Raises
    TicketAlreadyMoved.
    """
    now, tab = _move_ticket(ticket, NEXT_STATUS, by, step)
    if by and tab.status != Tab.Status.VOIDED and not ledger.is_tip_assigned(tab):
        actor = f"staff:{by.get_username()}"[:80]
        ledger.assign_tip(tab, by, OperationContext(f"served:{ticket.pk}", actor=actor, source="admin"))
    return now


@atomic_with_retry
def recall_ticket(ticket: Ticket, by: User | None = None, step: int | None = None) -> Ticket:
    """Moves a ticket back: one in preparation is new again, a finished one must be made again."""
    return _move_ticket(ticket, RECALLED_STATUS, by, step)[0]


def _move_ticket(
    ticket: Ticket, transitions: dict[TicketStatus, TicketStatus], by: User | None, step: int | None
) -> tuple[Ticket, Tab]:
    """`step` is the one that was shown, so two people who press at once move the ticket once.

    The tab is locked before the ticket, as everywhere, so that locks cannot deadlock.
    """
    tab = ledger.lock_tab(ticket.tab)
    now = Ticket.objects.select_for_update().get(pk=ticket.pk)
    if step is not None and step != now.move_count:
        raise TicketAlreadyMoved(now.pk, now.get_status_display())
    before = TicketStatus(now.status)
    if before not in transitions:
        raise Refusal(
            "That ticket is done."
            if transitions is NEXT_STATUS
            else "There is nothing to recall of that ticket."
        )
    now.status, now.move_count = transitions[before], now.move_count + 1
    TicketMove.objects.create(
        ticket=now, number=now.move_count, from_status=before, to_status=now.status, moved_by=by
    )
    lines = OrderLine.objects.filter(ticket=now, quantity__gt=0)
    if now.status == TicketStatus.READY:
        lines.filter(made_at=None).update(made_at=timezone.now(), made_by=by)
    elif now.status in (TicketStatus.NEW, TicketStatus.RECALLED):
        lines.exclude(made_at=None).update(made_at=None, made_by=None)
    now.save(update_fields=["status", "move_count", "updated_at"])
    if now.status == TicketStatus.READY:
        use_for_ticket(now, by)
    elif now.status == TicketStatus.RECALLED:
        give_back_of_ticket(now, by)
    return now, tab
