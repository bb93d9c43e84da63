"""The ticket board of the bar display, read in a fixed number of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F, Prefetch, Q, QuerySet
from django.utils import timezone

from bartender.menu.composition import Ingredient
from bartender.menu.snapshot import Drink, Menu, current_menu
from bartender.models.menu import MenuItem
from bartender.models.stations import Station
from bartender.models.visits import BAR_SURFACE, OrderLine, Ticket, Visit
from bartender.safety.serving_rules import AllergenWarning, find_allergen_warning
from bartender.services.responsible_service import total_ethanol_grams, unverified_age_states
from bartender.services.staff_names import name_for_staff
from bartender.services.stations import Stations, read_stations
from bartender.services.tickets import RECALLED_STATUS, released_ticket_filter, waiting_tickets
from bartender.web.display.waiting_time import TimedRow, count_hidden, count_over_all_rows, seconds_since

TicketStatus = Ticket.Status
# Waiting times after which a ticket is highlighted as late, and as overdue.
LATE_SECONDS, OVERDUE_SECONDS = 240, 480
MAX_WAITING_TICKETS = 200
MAX_SERVED_TICKETS = 6
MAX_BATCHES = 6
SERVED_VISIBLE_FOR = timedelta(minutes=30)
VOIDED_VISIBLE_FOR = timedelta(minutes=3)
LANE_BY_STATUS = {
    TicketStatus.NEW: "new",
    TicketStatus.IN_PREP: "making",
    TicketStatus.RECALLED: "making",
    TicketStatus.READY: "ready",
    TicketStatus.SERVED: "served",
    TicketStatus.VOIDED: "served",
}
STATUS_WORDS = {
    TicketStatus.NEW: "new",
    TicketStatus.IN_PREP: "in the making",
    TicketStatus.RECALLED: "in the making",
    TicketStatus.READY: "ready",
    TicketStatus.SERVED: "served",
    TicketStatus.VOIDED: "voided",
}
BUMP_LABELS = {
    TicketStatus.NEW: "Start",
    TicketStatus.IN_PREP: "Ready",
    TicketStatus.RECALLED: "Ready again",
    TicketStatus.READY: "Served",
}


@dataclass(frozen=True)
class TicketCardLine:
    """One line of a ticket. `doubt` names the guest's allergens that it contains or may contain."""

    quantity: int
    name: str
    modifiers: tuple[str, ...]
    doubt: str
    note: str
    rung_in_by: str  # a login name, "" where the guest ordered it
    line: int  # its key
    is_made: bool
    by_agent: bool  # the guest's agent ordered it


@dataclass(frozen=True)
class TicketPart:
    """What one station makes of a ticket, as the view of all stations shows it."""

    station: str
    state: str  # "new", "making" or "ready"


@dataclass(frozen=True)
class Batch:
    """Equal drinks that are still to be made, on several tickets of guests without an allergy."""

    quantity: int
    name: str
    modifiers: tuple[str, ...]
    note: str
    tickets: tuple[int, ...]
    lines: tuple[int, ...]  # keys

    @property
    def value(self) -> str:
        return ",".join(map(str, self.lines))


@dataclass(frozen=True)
class TicketCard(TimedRow):
    """A ticket on the board."""

    number: int
    step: int
    status: str
    lane: str
    guest: str
    visit: str
    at_bar: bool  # staff opened the tab: there is no conversation to look at
    pours: tuple[TicketCardLine, ...]
    alcohol: str  # how much in all, "" where there is none
    requested_by: str
    allergies: tuple[str, ...]
    age_state: str
    no_alcohol: bool
    id_wanted: bool  # no person has seen an ID, and the policy or the guest's statement calls for it
    bump: str  # what the next step is called, "" where there is none
    recall: bool
    parts: tuple[TicketPart, ...] = ()  # by station, in the view of all of them
    is_part: bool = False  # whether its buttons are for one station's part

    @property
    def age(self) -> str:
        """A style by waiting time: calm, late or over; "done" for what is served."""
        if self.lane == "served":
            return "done"
        return (
            "over" if self.seconds >= OVERDUE_SECONDS else "late" if self.seconds >= LATE_SECONDS else "calm"
        )


@dataclass(frozen=True)
class Board:
    lanes: dict[str, list[TicketCard]]
    counts: list[tuple[str, int]]  # units still to be made, by drink
    sold_out: list[Drink]
    on_sale: list[Drink]
    portions: list[tuple[str, int]]  # counted drinks that are left, by name
    ingredients: list[Ingredient]  # that recipes and modifiers name; what is out comes first
    batches: list[Batch]
    hidden: int = 0  # how many waiting tickets are not shown, the newest ones

    @property
    def waiting(self) -> int:
        return sum(len(tickets) for lane, tickets in self.lanes.items() if lane != "served")


def build_board(
    menu: Menu | None = None, stations: Stations | None = None, station: Station | None = None
) -> Board:
    """`menu` and `stations`: the current ones, where they were read already. `station`: what is made there,
    and nothing else."""
    now, menu = timezone.now(), menu or current_menu()
    known = {drink.id: drink for drink in menu.drinks}
    unseen = unverified_age_states(menu.current_limits())
    stations = stations or read_stations()
    waiting = list(_select_waiting_tickets(now)[:MAX_WAITING_TICKETS])
    standard = menu.standard_drink_grams
    rows = [*waiting, *_select_finished_tickets(now)]
    tickets = [_ticket_card(row, known, unseen, now, standard) for row in rows]
    if station is None:
        tickets = [_with_parts(card, row, stations) for card, row in zip(tickets, rows, strict=True)]
    else:
        parts = [_part_card(card, row, stations, station) for card, row in zip(tickets, rows, strict=True)]
        tickets = [part for part in parts if part]
    lanes: dict[str, list[TicketCard]] = {"new": [], "making": [], "ready": [], "served": []}
    for ticket in tickets:
        lanes[ticket.lane].append(ticket)
    drinks = sorted(menu.drinks, key=lambda drink: drink.available)
    return Board(
        lanes=lanes,
        counts=_count_drinks_to_make(lanes["new"] + lanes["making"]),
        sold_out=[drink for drink in drinks if not drink.available],
        on_sale=[drink for drink in drinks if drink.available],
        portions=_count_portions() if menu.has_counted_items else [],
        ingredients=sorted(menu.ingredients, key=lambda one: (one.available, one.name)),
        batches=_find_batches(lanes["new"] + lanes["making"]),
        hidden=count_hidden(waiting, len(waiting)),
    )


def _count_portions() -> list[tuple[str, int]]:
    """Read anew: the menu has them exactly only where few are left."""
    rows = MenuItem.objects.filter(listed=True, portions_left__gt=0).order_by("name")
    return [(row.name, row.portions_left or 0) for row in rows]


def _select_waiting_tickets(now: datetime) -> QuerySet[Ticket]:
    return _with_lines(waiting_tickets().filter(released_ticket_filter(now))).annotate(
        total=count_over_all_rows()
    )


def _select_finished_tickets(now: datetime) -> Iterable[Ticket]:
    """Recently served tickets, which can be recalled, and voided ones that need not be made any more."""
    served = _with_lines(Ticket.objects.all()).filter(
        status=TicketStatus.SERVED, updated_at__gt=now - SERVED_VISIBLE_FOR
    )
    seen = Q(undo_until=None) | Q(undo_until__lte=F("updated_at"))  # else the bar never knew of it
    voided = _with_lines(Ticket.objects.filter(seen)).filter(
        status=TicketStatus.VOIDED, updated_at__gt=now - VOIDED_VISIBLE_FOR
    )
    newest = [
        *voided.order_by("-updated_at")[:MAX_SERVED_TICKETS],
        *served.order_by("-updated_at")[:MAX_SERVED_TICKETS],
    ]
    return newest[:MAX_SERVED_TICKETS]


def _with_lines(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    lines = Prefetch("lines", OrderLine.objects.select_related("rung_in_by", "item"))
    return tickets.select_related("visit").prefetch_related(lines)


def _ticket_card(
    row: Ticket,
    drinks_by_id: Mapping[int, Drink],
    unverified_states: Set[str],
    now: datetime,
    standard_drink_grams: int,
) -> TicketCard:
    status, visit = TicketStatus(row.status), row.visit
    # A finished ticket's waiting time counts from when it was finished.
    began = max(row.fired_at, row.undo_until or row.fired_at)
    since = (
        row.updated_at if status in (TicketStatus.READY, TicketStatus.SERVED, TicketStatus.VOIDED) else began
    )
    lines = [line for line in row.lines.all() if line.quantity or status == TicketStatus.VOIDED]
    grams = total_ethanol_grams(lines)
    alcohol = grams is None or grams > 0
    return TicketCard(
        number=row.pk,
        step=row.move_count,
        status=str(status),
        lane=LANE_BY_STATUS[status],
        since=since,
        seconds=seconds_since(since, now),
        guest=guest_name(visit),
        visit=visit.code,
        at_bar=visit.surface == BAR_SURFACE,
        pours=tuple(
            _ticket_card_line(line, drinks_by_id.get(line.item_id), visit.allergies) for line in lines
        ),
        alcohol=_describe_alcohol(grams, standard_drink_grams),
        requested_by=row.requested_by,
        allergies=tuple(visit.allergies),
        age_state=visit.age_state,
        id_wanted=alcohol and visit.age_state in unverified_states,
        no_alcohol=alcohol and visit.age_state == "refused",
        bump=BUMP_LABELS.get(status, ""),
        recall=status in RECALLED_STATUS,
    )


def _describe_alcohol(grams: Decimal | None, standard: int) -> str:
    """The alcohol of a whole ticket; "" if there is none."""
    if grams is None:
        return "alcohol not known"
    return f"{grams / standard:.1f} standard drinks ({grams:.0f} g)" if grams else ""


def _ticket_card_line(line: OrderLine, drink: Drink | None, allergies: Sequence[str]) -> TicketCardLine:
    return TicketCardLine(
        quantity=line.quantity,
        name=line.name,
        modifiers=tuple(line.modifiers),
        doubt=_describe_allergens(drink, line.modifiers, allergies),
        note=line.note,
        rung_in_by=name_for_staff(line.rung_in_by),
        line=line.pk,
        is_made=line.made_at is not None,
        by_agent=bool(line.agent_code),
    )


def _describe_allergens(drink: Drink | None, modifiers: Sequence[str], allergies: Sequence[str]) -> str:
    """A drink with the guest's allergens was approved by a person; whoever makes it must know."""
    found = (
        find_allergen_warning(drink, allergies, drink.resolve_modifiers(modifiers))
        if drink
        else AllergenWarning(unknown=tuple(allergies))
    )
    has = [f"with {', '.join(found.contains)}"] if found.contains else []
    return "; ".join(has + ([f"not known: {', '.join(found.unknown)}"] if found.unknown else []))


def _count_drinks_to_make(tickets: Iterable[TicketCard]) -> list[tuple[str, int]]:
    counted = Counter[str]()
    for ticket in tickets:
        for pour in ticket.pours:
            counted[pour.name] += 0 if pour.is_made else pour.quantity
    return sorted(filter(lambda pair: pair[1], counted.items()), key=lambda pair: (-pair[1], pair[0]))


def _find_batches(tickets: Iterable[TicketCard]) -> list[Batch]:
    """What is the same on more than one ticket, the largest first. What is for a guest with an allergy, or
    whose ID was refused, is made by itself."""
    found: dict[tuple[str, tuple[str, ...], str], list[tuple[int, TicketCardLine]]] = {}
    for ticket in tickets:
        if ticket.allergies or ticket.no_alcohol:
            continue
        for pour in ticket.pours:
            if not pour.is_made:
                found.setdefault((pour.name, pour.modifiers, pour.note), []).append((ticket.number, pour))
    batches = [
        Batch(
            quantity=sum(pour.quantity for _number, pour in same),
            name=name,
            modifiers=modifiers,
            note=note,
            tickets=tuple(dict.fromkeys(number for number, _pour in same)),
            lines=tuple(pour.line for _number, pour in same),
        )
        for (name, modifiers, note), same in found.items()
    ]
    batches = [batch for batch in batches if len(batch.tickets) > 1]
    return sorted(batches, key=lambda batch: (-batch.quantity, batch.name))[:MAX_BATCHES]


def _with_parts(card: TicketCard, row: Ticket, stations: Stations) -> TicketCard:
    """With what each station has to do with it, where there are several."""
    if len(stations.rows) < 2:
        return card
    lines = [line for line in row.lines.all() if line.quantity]
    parts = [(one.name, stations.lines_of(one, lines)) for one in stations.rows]
    states = tuple(TicketPart(name, _part_state(card, part)) for name, part in parts if part)
    return replace(card, parts=states)


def _part_state(card: TicketCard, lines: Sequence[OrderLine]) -> str:
    if card.lane in ("ready", "served") or all(line.made_at for line in lines):
        return "ready"
    return card.lane


def _part_card(card: TicketCard, row: Ticket, stations: Stations, station: Station) -> TicketCard | None:
    """The card as one station sees it: its own drinks, and how far it is with them."""
    part = stations.lines_of(station, row.lines.all())
    keys = {line.pk for line in part}
    pours = tuple(pour for pour in card.pours if pour.line in keys)
    if not pours:
        return None
    is_ready = card.lane == "making" and all(pour.is_made for pour in pours)
    lane = "ready" if is_ready else card.lane
    # Handing over is for the whole ticket: whoever sees all stations does it.
    bump = "" if lane in ("ready", "served") else card.bump
    is_part = card.lane == "making" or (card.lane != "new" and card.recall)
    recall = card.recall and (card.lane != "making" or is_ready)
    return replace(card, pours=pours, lane=lane, bump=bump, recall=recall, is_part=is_part)


def guest_name(visit: Visit) -> str:
    """The guest, with the table where one is known."""
    return visit.name_and_place
