"""What the bar display shows of the tickets: read in a few queries, however many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from bartender.display.timed import Timed, seconds_since
from bartender.menu.snapshot import Drink, current_menu
from bartender.records.visits import OrderLine, Ticket, Visit
from bartender.services.tickets import BACK, at_the_bar, waiting_tickets
from bartender.serving.rules import Doubt, doubt

Status = Ticket.Status
UNSEEN = {"unknown", "declared"}
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
    doubt: str


@dataclass(frozen=True)
class Slip(Timed):
    """A ticket as it hangs on the board."""

    number: int
    step: int
    status: str
    lane: str
    guest: str
    visit: str
    pours: tuple[Pour, ...]
    allergies: tuple[str, ...]
    age_state: str
    no_alcohol: bool
    id_wanted: bool  # nobody has looked, and the house asks for it or the guest's word is all there is
    bump: str  # what the next step is called, "" where there is none
    recall: bool

    @property
    def age(self) -> str:
        """How the age looks. What is served has none."""
        if self.lane == "served":
            return "done"
        return "over" if self.seconds >= OVER else "late" if self.seconds >= LATE else "calm"


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
    unseen = {"declared"} if menu.limits_now().age_check == "none" else UNSEEN
    slips = [_slip(row, known, unseen, now) for row in (*_waiting(now), *_done(now))]
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


def _waiting(now: datetime) -> QuerySet[Ticket]:
    return _whole(waiting_tickets().filter(at_the_bar(now)))[:MOST_WAITING]


def _done(now: datetime) -> Iterable[Ticket]:
    """What was handed over last, to be recalled; and what need not be made any more."""
    served = _whole(Ticket.objects.all()).filter(status=Status.SERVED, changed_at__gt=now - SERVED_STAYS)
    seen = Q(held_until=None) | Q(held_until__lte=F("changed_at"))  # else the bar never knew of it
    voided = _whole(Ticket.objects.filter(seen)).filter(
        status=Status.VOIDED, changed_at__gt=now - VOIDED_STAYS
    )
    newest = [*voided.order_by("-changed_at")[:MOST_SERVED], *served.order_by("-changed_at")[:MOST_SERVED]]
    return newest[:MOST_SERVED]


def _whole(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    return tickets.select_related("visit").prefetch_related("lines")


def _slip(row: Ticket, known: Mapping[int, Drink], unseen: Set[str], now: datetime) -> Slip:
    status, visit = Status(row.status), row.visit
    # What is made waits for the guest from the moment it is ready.
    began = max(row.fired_at, row.held_until or row.fired_at)
    since = row.changed_at if status in (Status.READY, Status.SERVED, Status.VOIDED) else began
    lines = [line for line in row.lines.all() if line.quantity or status == Status.VOIDED]
    alcohol = any(line.unit_grams for line in lines)
    return Slip(
        number=row.pk,
        step=row.step,
        status=str(status),
        lane=LANES[status],
        since=since,
        seconds=seconds_since(since, now),
        guest=guest_name(visit),
        visit=visit.code,
        pours=tuple(_pour(line, known.get(line.item_id), visit.allergies) for line in lines),
        allergies=tuple(visit.allergies),
        age_state=visit.age_state,
        id_wanted=alcohol and visit.age_state in unseen,
        no_alcohol=alcohol and visit.age_state == "refused",
        bump=STEPS.get(status, ""),
        recall=status in BACK,
    )


def _pour(line: OrderLine, drink: Drink | None, allergies: Sequence[str]) -> Pour:
    return Pour(line.quantity, line.name, tuple(line.modifiers), _doubt(drink, allergies))


def _doubt(drink: Drink | None, allergies: Sequence[str]) -> str:
    """What is on a ticket all the same has a person's yes: whoever pours it is to know of it."""
    found = doubt(drink, allergies) if drink else Doubt(unknown=tuple(allergies))
    has = [f"with {', '.join(found.contains)}"] if found.contains else []
    return "; ".join(has + ([f"not known: {', '.join(found.unknown)}"] if found.unknown else []))


def _all_day(slips: Iterable[Slip]) -> list[tuple[str, int]]:
    counted = Counter[str]()
    for slip in slips:
        for pour in slip.pours:
            counted[pour.name] += pour.quantity
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def guest_name(visit: Visit) -> str:
    """Nobody gives a name here: a short one from the visit's code."""
    return visit.code[:4].upper()
