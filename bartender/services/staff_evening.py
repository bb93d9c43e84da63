"""What one person behind the bar has of the evening: their tips, and the tickets that they moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Max, Sum
from django.utils import timezone

from bartender.models.display import TicketMove
from bartender.models.menu import Venue
from bartender.models.visits import Ticket
from bartender.services.bar_tabs import display_names
from maya_site.core.venue import business_day_at
from payments.models import LedgerEntry

MAX_ROWS = 50


@dataclass(frozen=True)
class EveningTip:
    """The tip of one tab, in minor units; below zero where it was handed on to somebody else."""

    guest: str
    visit: str
    cents: int
    is_play: bool


@dataclass(frozen=True)
class EveningTicket:
    number: int
    guest: str
    drinks: str
    status: str
    moved_at: datetime


@dataclass(frozen=True)
class StaffEvening:
    """The newest `MAX_ROWS` of each; `more_tips` and `more_tickets` are not shown. Amounts: minor units."""

    day: date
    currency: str
    tips_cents: int
    play_tips_cents: int
    tips: list[EveningTip]
    more_tips: int
    tickets: list[EveningTicket]
    more_tickets: int


def staff_evening(person: User) -> StaffEvening:
    """Of the current business day, as the Z report counts it. Six queries."""
    venue = Venue.current()
    day = business_day_at(venue, timezone.now())
    sums = list(_tip_sums(person, day.start, day.end))
    moves = TicketMove.objects.filter(moved_by=person, moved_at__gte=day.start, moved_at__lt=day.end)
    moved = moves.order_by().values("ticket").annotate(at=Max("moved_at"))
    newest = {row["ticket"]: row["at"] for row in moved.order_by("-at")[:MAX_ROWS]}
    names = display_names({row["tab__visit_code"] for row in sums[:MAX_ROWS]})
    by_column = {False: 0, True: 0}
    for row in sums:
        by_column[row["tab__play_money_cents"] is not None] += row["cents"]
    return StaffEvening(
        day=day.date,
        currency=venue.currency,
        tips_cents=by_column[False],
        play_tips_cents=by_column[True],
        tips=[_tip(row, names) for row in sums[:MAX_ROWS]],
        more_tips=max(0, len(sums) - MAX_ROWS),
        tickets=_tickets(newest),
        more_tickets=max(0, moved.count() - MAX_ROWS),
    )


def _tip_sums(person: User, start: datetime, end: datetime) -> Iterable[Any]:
    """By tab, newest first. What came to the person and went on to another is left out."""
    entries = LedgerEntry.objects.filter(
        account=LedgerEntry.Account.TIPS,
        tip_recipient=person,
        journal__created_at__gte=start,
        journal__created_at__lt=end,
    )
    by_tab = entries.order_by().values("tab", "tab__visit_code", "tab__play_money_cents")
    return by_tab.annotate(cents=-Sum("cents")).exclude(cents=0).order_by("-tab")


def _tip(row: dict[str, Any], names: dict[str, str]) -> EveningTip:
    visit = row["tab__visit_code"]
    guest = names.get(visit, visit[:4].upper())
    return EveningTip(guest, visit, row["cents"], row["tab__play_money_cents"] is not None)


def _tickets(moved_at: dict[int, datetime]) -> list[EveningTicket]:
    rows = Ticket.objects.filter(pk__in=moved_at).select_related("visit").prefetch_related("lines")
    found = {row.pk: row for row in rows}
    return [_ticket(found[number], at) for number, at in moved_at.items()]


def _ticket(row: Ticket, at: datetime) -> EveningTicket:
    drinks = ", ".join(f"{line.quantity} × {line.name}" for line in row.lines.all() if line.quantity)
    return EveningTicket(row.pk, row.visit.display_name, drinks, row.get_status_display(), at)
