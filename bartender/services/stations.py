"""Stations: which lines of a ticket are made where, and what is made already.

A line is made or not. A station's part of a ticket is ready when its lines are made, and the ticket is ready
when all of its lines are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils import timezone

from bartender.errors import TicketAlreadyMoved
from bartender.models.stations import Station
from bartender.models.visits import OrderLine, Ticket
from bartender.services.tickets import RECALLED_STATUS, bump_ticket, recall_ticket
from maya_site.core.db import atomic_with_retry
from payments import ledger

TicketStatus = Ticket.Status
UNFINISHED = (TicketStatus.NEW, TicketStatus.IN_PREP, TicketStatus.RECALLED)


@dataclass(frozen=True)
class Stations:
    """The stations in their order, and where each category is made. Without any all is made in one place."""

    rows: tuple[Station, ...] = ()
    by_category: tuple[tuple[int, int], ...] = ()  # category, station

    def station_of(self, category: int) -> int | None:
        """The station's key; None without stations."""
        if not self.rows:
            return None
        return dict(self.by_category).get(category, self.rows[0].pk)

    def find(self, key: int | None) -> Station | None:
        return next((row for row in self.rows if row.pk == key), None)

    def lines_of(self, station: Station, lines: Iterable[OrderLine]) -> list[OrderLine]:
        """Of these lines, with their items, those that are made there."""
        return [line for line in lines if self.station_of(line.item.category_id) == station.pk]


def read_stations() -> Stations:
    """Two queries, one without stations."""
    rows = tuple(Station.objects.prefetch_related("categories"))
    pairs = {category.pk: row.pk for row in reversed(rows) for category in row.categories.all()}
    return Stations(rows, tuple(pairs.items()))


@atomic_with_retry
def mark_made(ticket: Ticket, lines: Collection[int], by: User) -> Ticket:
    """Marks lines of a ticket as made, by their keys; what is made or voided already is left alone.

    The ticket is begun with the first and ready with the last. Locks the tab, then the ticket.
    """
    ledger.lock_tab(ticket.tab)
    now = Ticket.objects.select_for_update().get(pk=ticket.pk)
    if now.status not in UNFINISHED:
        return now
    unmade = OrderLine.objects.filter(ticket=now, quantity__gt=0, made_at=None)
    if not unmade.filter(pk__in=lines).update(made_at=timezone.now(), made_by=by):
        return now
    if now.status == TicketStatus.NEW:
        now = bump_ticket(now, by)
    if not unmade.exists():
        return bump_ticket(now, by)
    now.save(update_fields=["updated_at"])  # the signal refreshes the displays
    return now


@atomic_with_retry
def bump_part(ticket: Ticket, station: Station, by: User, step: int) -> Ticket:
    """A station has made its part. `step` is the ticket's that was shown. Raises TicketAlreadyMoved."""
    now = _lock_ticket(ticket, step)
    return mark_made(now, [line.pk for line in _part_of(now, station)], by)


@atomic_with_retry
def recall_part(ticket: Ticket, station: Station, by: User, step: int) -> Ticket:
    """A station makes its part once more; what the others have made stays made. Raises TicketAlreadyMoved."""
    now = _lock_ticket(ticket, step)
    others = list(OrderLine.objects.filter(ticket=now, quantity__gt=0).exclude(made_at=None))
    part = {line.pk for line in _part_of(now, station)}
    stays = [line for line in others if line.pk not in part]
    if now.status in RECALLED_STATUS and now.status != TicketStatus.IN_PREP:
        now = recall_ticket(now, by)
        OrderLine.objects.bulk_update(stays, ["made_at", "made_by"])  # as they were before it
    else:
        OrderLine.objects.filter(pk__in=part).update(made_at=None, made_by=None)
        now.save(update_fields=["updated_at"])
    return now


def _lock_ticket(ticket: Ticket, step: int) -> Ticket:
    ledger.lock_tab(ticket.tab)
    now = Ticket.objects.select_for_update().get(pk=ticket.pk)
    if step != now.move_count:
        raise TicketAlreadyMoved(now.pk, now.get_status_display())
    return now


def _part_of(ticket: Ticket, station: Station) -> list[OrderLine]:
    lines = OrderLine.objects.filter(ticket=ticket, quantity__gt=0).select_related("item")
    return read_stations().lines_of(station, lines)
