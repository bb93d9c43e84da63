"""How long a guest waits, from the tickets alone: how far theirs is, and how long the last ones took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from statistics import median

from django.db.models import Max, Q
from django.utils import timezone

from bartender.models.visits import OrderLine, Ticket, Visit
from bartender.services.orders import current_tab, live_lines
from bartender.services.tickets import released_ticket_filter, waiting_tickets

# How long tickets took says something of tonight's if it is fresh, and if it is not one drink's.
FRESH = timedelta(hours=2)
FEWEST_TICKETS, MAX_TICKETS = 3, 20
AT_WORK = (Ticket.Status.NEW, Ticket.Status.IN_PREP, Ticket.Status.RECALLED)


@dataclass(frozen=True)
class WaitingTime:
    """`status`: of the guest's oldest ticket that is not served; "unsent" if drinks wait to be sent; "served"
    if there is nothing to wait for; "" without any drink. `minutes`: until it is ready; None where nobody can
    tell. `ahead`: tickets of all guests that came before it."""

    status: str
    minutes: int | None = None
    ahead: int = 0


def waiting_time_of(visit: Visit) -> WaitingTime:
    tab = current_tab(visit)
    if tab is None:
        return WaitingTime("")
    now = timezone.now()
    mine = (
        Ticket.objects.filter(tab=tab, status__in=[*AT_WORK, Ticket.Status.READY])
        .order_by("fired_at")
        .first()
    )
    if mine is None:
        statuses = set(live_lines(tab).values_list("status", flat=True))
        if OrderLine.Status.OPEN in statuses:
            return WaitingTime("unsent")
        return WaitingTime("served" if statuses else "")
    if mine.status == Ticket.Status.READY:
        return WaitingTime("ready")
    before = waiting_tickets().filter(
        released_ticket_filter(now), status__in=AT_WORK, fired_at__lt=mine.fired_at
    )
    seconds = usual_seconds()
    minutes = None
    if seconds is not None:
        minutes = max(1, ceil((seconds - (now - mine.fired_at).total_seconds()) / 60))
    return WaitingTime(str(mine.status), minutes, before.count())


def usual_seconds() -> float | None:
    """How long the last tickets took from the guest to the counter; None if too few did lately."""
    is_ready = Q(moves__to_status=Ticket.Status.READY)
    recent = (
        Ticket.objects.filter(
            fired_at__gte=timezone.now() - FRESH, status__in=[Ticket.Status.READY, Ticket.Status.SERVED]
        )
        .annotate(ready_at=Max("moves__moved_at", filter=is_ready))
        .exclude(ready_at=None)
        .order_by("-fired_at")
        .values_list("fired_at", "ready_at")[:MAX_TICKETS]
    )
    took = [(ready - fired).total_seconds() for fired, ready in recent]
    return median(took) if len(took) >= FEWEST_TICKETS else None
