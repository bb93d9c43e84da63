"""Where a guest sits: found by the code of a table's QR card, given or changed by staff."""

from __future__ import annotations

from dataclasses import dataclass

from bartender.errors import TableNotInUse
from bartender.models.tables import MAX_PLACE_LENGTH, Seat, Table
from bartender.models.visits import Visit
from maya_site.core.db import atomic_with_retry

MAX_PLACES = 400


@dataclass(frozen=True)
class PlaceOption:
    """A table, or a seat at one, as staff choose it. `value` names it in a form."""

    value: str
    label: str
    is_current: bool


def find_table(code: str) -> Table:
    """The table of a QR card. Raises TableNotInUse for a wrong code and for a retired table."""
    found = Table.objects.select_related("area").filter(code=code.strip().lower(), is_active=True).first()
    if found is None:
        raise TableNotInUse
    return found


def find_place(value: str) -> tuple[Table | None, Seat | None]:
    """What a `PlaceOption.value` names; nothing for "". Raises TableNotInUse."""
    kind, number = value[:1], int(value[1:]) if value[1:].isdecimal() else 0
    if not value:
        return None, None
    if kind == "s":
        seat = Seat.objects.select_related("table__area").filter(pk=number, table__is_active=True).first()
        if seat:
            return seat.table, seat
    table = Table.objects.select_related("area").filter(pk=number, is_active=True).first()
    if kind != "t" or table is None:
        raise TableNotInUse
    return table, None


@atomic_with_retry
def seat_guest(visit: Visit, table: Table | None, seat: Seat | None = None) -> None:
    """Puts the guest at a table, or at none. Locks the visit's row. Saving it tells displays and pages."""
    held = Visit.objects.select_for_update(no_key=True).get(pk=visit.pk)
    visit.table = held.table = table
    visit.seat = held.seat = seat
    visit.place = held.place = str(seat or table or "")[:MAX_PLACE_LENGTH]
    held.save(update_fields=["table", "seat", "place"])


def list_places(visit: Visit) -> list[PlaceOption]:
    """All tables in use, each with its seats below it, by area. Two queries."""
    tables = Table.objects.filter(is_active=True).select_related("area").prefetch_related("seats")
    found: list[PlaceOption] = []
    for table in tables[:MAX_PLACES]:
        here = visit.table_id == table.pk
        found.append(PlaceOption(f"t{table.pk}", str(table), here and visit.seat_id is None))
        found += [
            PlaceOption(f"s{seat.pk}", f"{table}, {seat.name}", here and visit.seat_id == seat.pk)
            for seat in table.seats.all()
        ]
    return found
