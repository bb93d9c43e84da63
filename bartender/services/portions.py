"""Counted portions: set by staff, taken as an order is sent to the bar, given back where it is voided unmade.

The count changes under its item's row lock, in the transaction of what changes it. Rows are locked after the
tab, in the order of their keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bartender.menu.drinks import LAST_PORTIONS
from bartender.menu.snapshot import mark_menu_changed, record_availability
from bartender.models.menu import MenuItem
from bartender.models.visits import OrderLine, Ticket
from maya_site.core.errors import Refusal


class TooFewPortions(Refusal):
    """Fewer of a counted item are left than were asked for."""

    def __init__(self, item: str, left: int) -> None:
        text = ngettext(
            "There is only %(left)s %(item)s left: please make it fewer.",
            "There are only %(left)s of the %(item)s left: please make it fewer.",
            left,
        )
        gone = _("The last %(item)s is gone: please take it off your tab.")
        super().__init__((text if left else gone) % {"item": item, "left": left})
        self.item = item


@transaction.atomic
def set_portions(item: int, left: int | None) -> MenuItem:
    """So many are left. None: nobody counts any more."""
    row = MenuItem.objects.select_for_update(no_key=True).get(pk=item)
    _write([(row, left)])
    return row


def take_portions(lines: Iterable[OrderLine]) -> None:
    """For lines that are sent now, with their items. Raises TooFewPortions, and then nothing was taken."""
    counted = [line for line in lines if line.item.portions_left is not None]
    if not counted:
        return
    wanted = _units_by_item((line, line.quantity) for line in counted)
    rows = _lock_items(wanted)
    for row, left in rows:
        if wanted[row.pk] > left:
            raise TooFewPortions(row.name, left)
    _write([(row, left - wanted[row.pk]) for row, left in rows])
    taken = {row.pk for row, _left in rows}
    OrderLine.objects.filter(pk__in=[line.pk for line in counted if line.item_id in taken]).update(
        took_portions=True
    )


def take_portions_again(line: OrderLine, units: int) -> None:
    """Undoes `give_back_portions`. Raises TooFewPortions if somebody else has had them meanwhile."""
    if line.took_portions and line.ticket is not None and line.ticket.status == Ticket.Status.NEW:
        rows = _lock_items([line.item_id])
        for row, left in rows:
            if units > left:
                raise TooFewPortions(row.name, left)
        _write([(row, left - units) for row, left in rows])


def give_back_portions(voided: Iterable[tuple[OrderLine, int]]) -> None:
    """Units that are taken off lines: those that nobody has begun to make are there again."""
    unmade = [
        (line, units)
        for line, units in voided
        if line.took_portions and line.ticket is not None and line.ticket.status == Ticket.Status.NEW
    ]
    if unmade:
        back = _units_by_item(unmade)
        _write([(row, left + back[row.pk]) for row, left in _lock_items(back)])


def _units_by_item(lines: Iterable[tuple[OrderLine, int]]) -> Counter[int]:
    found: Counter[int] = Counter()
    for line, units in lines:
        found[line.item_id] += units
    return found


def _lock_items(items: Iterable[int]) -> list[tuple[MenuItem, int]]:
    """The items among these that are counted, each with its count under the lock."""
    rows = MenuItem.objects.select_for_update(no_key=True).filter(pk__in=items, portions_left__isnull=False)
    return [(row, row.portions_left) for row in rows.order_by("pk") if row.portions_left is not None]


def _write(counts: Iterable[tuple[MenuItem, int | None]]) -> None:
    """Pages are told where few are left, or were: above that nothing that a guest sees has changed."""
    is_seen = False
    gone: list[str] = []
    back: list[str] = []
    for row, left in counts:
        before, row.portions_left = row.portions_left, left
        row.save(update_fields=["portions_left"])
        is_counting_new = (before is None) != (left is None)
        is_seen = is_seen or is_counting_new or min(before or 0, left or 0) <= LAST_PORTIONS
        if row.available and (before == 0) != (left == 0):
            (gone if left == 0 else back).append(row.name)
    if is_seen:
        mark_menu_changed()
        record_availability(gone, available=False)
        record_availability(back, available=True)
