"""What the bar display shows of the tickets: read in a few queries, however many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from bartender.menu.snapshot import Drink, current_menu
from bartender.records.visits import OrderLine, Ticket, Visit
from bartender.services.tickets import BACK, NEXT

Status = Ticket.Status
# From when on somebody should look at a ticket, and from when on somebody should run. In seconds.
LATE, OVER = 240, 480
MOST_WAITING = 200
MOST_SERVED = 6
SERVED_STAYS = timedelta(minutes=30)
VOIDED_STAYS = timedelta(minutes=3)
LANES = {
    Status.NEW: "new",
    Status.IN_PREP: "making",
    Status.RECALLED: "making",
    Status.READY: "ready",
    Status.SERVED: "served",
    Status.VOIDED: "served",
}
STEPS = {
    Status.NEW: "Start",
    Status.IN_PREP: "Ready",
    Status.RECALLED: "Ready again",
    Status.READY: "Served",
}


@dataclass(frozen=True)
class Pour:
    """One line of a ticket. `doubt`: what the guest must not have, and is or may be in it."""

    quantity: int
    name: str
    modifiers: tuple[str, ...]
    alcohol: bool
    doubt: str


@dataclass(frozen=True)
class Slip:
    """A ticket as it hangs on the board."""

    number: int
    step: int
    status: str
    lane: str
    since: datetime
    seconds: int
    guest: str
    visit: str
    pours: tuple[Pour, ...]
    allergies: tuple[str, ...]
    age_state: str
    bump: str  # what the next step is called, "" where there is none
    recall: bool

    @property
    def age(self) -> str:
        """How the age looks. What is served has none."""
        if self.lane == "served":
            return "done"
        return "over" if self.seconds >= OVER else "late" if self.seconds >= LATE else "calm"

    @property
    def clock(self) -> str:
        return f"{self.seconds // 60}:{self.seconds % 60:02d}"

    @property
    def id_wanted(self) -> bool:
        return any(pour.alcohol for pour in self.pours) and self.age_state in ("unknown", "declared")

    @property
    def no_alcohol(self) -> bool:
        return any(pour.alcohol for pour in self.pours) and self.age_state == "refused"


@dataclass(frozen=True)
class Board:
    lanes: dict[str, list[Slip]]
    counts: list[tuple[str, int]]  # all day: what is still to be made
    sold_out: list[Drink]
    on_sale: list[Drink]

    @property
    def waiting(self) -> int:
        return sum(len(slips) for lane, slips in self.lanes.items() if lane != "served")


def board() -> Board:
    now, menu = timezone.now(), current_menu()
    known = {drink.id: drink for drink in menu.drinks}
    slips = [_slip(row, known, now) for row in (*_waiting(), *_done(now))]
    lanes: dict[str, list[Slip]] = {"new": [], "making": [], "ready": [], "served": []}
    for slip in slips:
        lanes[slip.lane].append(slip)
    drinks = sorted(menu.drinks, key=lambda drink: drink.available)
    return Board(
        lanes=lanes,
        counts=_all_day(lanes["new"] + lanes["making"]),
        sold_out=[drink for drink in drinks if not drink.available],
        on_sale=[drink for drink in drinks if drink.available],
    )


def _waiting() -> QuerySet[Ticket]:
    return _whole().filter(status__in=list(NEXT))[:MOST_WAITING]


def _done(now: datetime) -> Iterable[Ticket]:
    """What was handed over last, to be recalled; and what need not be made any more."""
    served = _whole().filter(status=Status.SERVED, changed_at__gt=now - SERVED_STAYS)
    voided = _whole().filter(status=Status.VOIDED, changed_at__gt=now - VOIDED_STAYS)
    newest = [*voided.order_by("-changed_at")[:MOST_SERVED], *served.order_by("-changed_at")[:MOST_SERVED]]
    return newest[:MOST_SERVED]


def _whole() -> QuerySet[Ticket]:
    return Ticket.objects.select_related("visit").prefetch_related("lines")


def _slip(row: Ticket, known: Mapping[int, Drink], now: datetime) -> Slip:
    status, visit = Status(row.status), row.visit
    # What is made waits for the guest from the moment it is ready.
    since = row.changed_at if status in (Status.READY, Status.SERVED, Status.VOIDED) else row.fired_at
    allergies = tuple(getattr(visit, "allergies", ()))
    voided = status == Status.VOIDED
    return Slip(
        number=row.pk,
        step=row.step,
        status=str(status),
        lane=LANES[status],
        since=since,
        seconds=max(0, int((now - since).total_seconds())),
        guest=guest_name(visit),
        visit=visit.code,
        pours=tuple(
            _pour(line, known.get(line.item_id), allergies)
            for line in row.lines.all()
            if line.quantity or voided
        ),
        allergies=allergies,
        age_state=getattr(visit, "age_state", "unknown"),
        bump=STEPS.get(status, ""),
        recall=status in BACK,
    )


def _pour(line: OrderLine, drink: Drink | None, allergies: tuple[str, ...]) -> Pour:
    grams: Any = getattr(line, "unit_grams", drink.grams if drink else 0)
    return Pour(line.quantity, line.name, tuple(line.modifiers), grams > 0, _doubt(drink, allergies))


def _doubt(drink: Drink | None, allergies: tuple[str, ...]) -> str:
    """Nothing known is never nothing in it."""
    states = dict(drink.allergens) if drink else {}
    said = {"contains": "contains", "may_contain": "may contain", "unknown": "not known:", "": "not known:"}
    found = [f"{said[states.get(name, '')]} {name}" for name in allergies if states.get(name) != "free"]
    return ", ".join(found)


def _all_day(slips: Iterable[Slip]) -> list[tuple[str, int]]:
    counted = Counter[str]()
    for slip in slips:
        for pour in slip.pours:
            counted[pour.name] += pour.quantity
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def guest_name(visit: Visit) -> str:
    """Nobody gives a name here: a short one from the visit's code."""
    return visit.code[:4].upper()
