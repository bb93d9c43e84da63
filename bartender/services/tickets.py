"""What the bar must make: firing lines as a ticket, and moving a ticket on."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from bartender.errors import MovedOn, NothingToSend
from bartender.records.room import TicketMove
from bartender.records.visits import OrderLine, Ticket, Visit
from bartender.services.orders import current_tab, live_lines
from bartender.services.serving import asking_people, check_ticket
from maya_site.lib.db import committed
from maya_site.lib.errors import Refused
from payments import ledger
from payments.ledger import Cause
from payments.models import Tab

Status = Ticket.Status
NEXT = {
    Status.NEW: Status.IN_PREP,
    Status.IN_PREP: Status.READY,
    Status.RECALLED: Status.READY,
    Status.READY: Status.SERVED,
}
BACK = {
    Status.IN_PREP: Status.NEW,
    Status.READY: Status.RECALLED,
    Status.SERVED: Status.RECALLED,
}


@asking_people
@committed
def fire(visit: Visit, cause: Cause, *, at_once: bool = False) -> Ticket:
    """Send the open lines to the bar as one ticket. The same cause again: the same ticket.

    The bar sees it when its hold is over; there is one where a page counts it down. Asked again while it is
    held, with nothing new: it goes at once.
    """
    tab = current_tab(visit)
    if tab is None:
        raise NothingToSend
    tab = ledger.lock(tab)
    hold = settings.HOLD_SECONDS if visit.surface == "page" and not at_once else 0
    try:
        return fire_locked(visit, tab, cause, hold)
    except NothingToSend:
        if (held := waiting_tickets().filter(tab=tab, held_until__gt=timezone.now()).last()) is None:
            raise
        release(tab)
        held.refresh_from_db()
        return held


def fire_locked(visit: Visit, tab: Tab, cause: Cause, hold: int = 0) -> Ticket:
    """`hold`: seconds in which the guest may still think better of it."""
    # Of the whole visit: a repeated request must not send what was ordered on the next tab.
    if found := Ticket.objects.filter(visit=visit, key=cause.key).first():
        return found
    waiting = live_lines(tab).filter(status=OrderLine.Status.OPEN)
    lines = list(waiting)
    if not lines:
        raise NothingToSend
    check_ticket(visit, lines)
    until = timezone.now() + timedelta(seconds=hold) if hold else None
    ticket = Ticket.objects.create(visit=visit, tab=tab, key=cause.key, held_until=until)
    waiting.update(status=OrderLine.Status.SENT, ticket=ticket)
    return ticket


def release(tab: Tab) -> None:
    """What is held goes to the bar now. The tab is locked."""
    for ticket in waiting_tickets().filter(tab=tab, held_until__gt=timezone.now()):  # seldom more than one
        ticket.held_until = None
        ticket.save(update_fields=["held_until", "changed_at"])  # each save is news for the displays


def waiting_tickets() -> QuerySet[Ticket]:
    return Ticket.objects.filter(status__in=list(NEXT))


def at_the_bar(now: datetime) -> Q:
    """Whose hold is over. No job releases a ticket: time does, whatever was restarted meanwhile."""
    return Q(held_until=None) | Q(held_until__lte=now)


def next_at_the_bar(now: datetime) -> float | None:
    """In how many seconds the next held ticket is due."""
    held = waiting_tickets().filter(held_until__gt=now)
    due: datetime | None = held.aggregate(first=Min("held_until"))["first"]
    return (due - now).total_seconds() if due else None


@committed
def bump(ticket: Ticket, by: str = "", step: int | None = None) -> Ticket:
    """New to in preparation, to ready, to served. With the tab held: what is begun is not taken off.

    The tip is for whoever moved the tab's first ticket, until somebody says otherwise in the admin.
    """
    now, tab = _moved(ticket, NEXT, by, step)
    if by and not tab.tip_for and tab.status != Tab.Status.VOIDED:
        ledger.tip_for(tab, by, Cause(f"served:{ticket.pk}", actor=f"staff:{by}"[:80], source="admin"))
    return now


@committed
def recall(ticket: Ticket, by: str = "", step: int | None = None) -> Ticket:
    """Back onto the board: what was begun by mistake is new again, what was done is to be done again."""
    return _moved(ticket, BACK, by, step)[0]


def _moved(ticket: Ticket, way: dict[Status, Status], by: str, step: int | None) -> tuple[Ticket, Tab]:
    """`step` is the one that was on the screen: two people who press at once move it once.

    The tab first, as everywhere: two locks in one order never wait for each other.
    """
    tab = ledger.lock(ticket.tab)
    now = Ticket.objects.select_for_update().get(pk=ticket.pk)
    if step is not None and step != now.step:
        raise MovedOn(now.pk, now.get_status_display())
    before = Status(now.status)
    if before not in way:
        raise Refused("That ticket is done." if way is NEXT else "There is nothing to recall of that ticket.")
    now.status, now.step = way[before], now.step + 1
    TicketMove.objects.create(ticket=now, number=now.step, before=before, after=now.status, by=by)
    now.save(update_fields=["status", "step", "changed_at"])
    return now, tab
