"""Drinks that go from one tab to another: some of them, all of them, or to a new tab.

Only who pays changes. The ticket stays the one that it was, and nothing is made again; the line keeps the
visit that drank it, whose grams of alcohol it counts for. What is unsent does not move: it has no drinker yet
who was checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from bartender.errors import GuestHasLeft
from bartender.models.visits import BAR_SURFACE, OrderLine, Visit
from bartender.services.announcements import announce_to_guest
from bartender.services.bar_tabs import open_bar_tab, staff_operation
from bartender.services.orders import current_terms, live_lines
from bartender.staff_errors import BillIsOut, NothingToMove, SendBeforeMoving
from maya_site.core.db import atomic_with_retry
from payments import ledger
from payments.ledger import Move, OperationContext, TipRule
from payments.models import Tab

# How many units of which line, by the line's number on the tab. ALL: whatever is on it.
Picks = Mapping[int, int] | None
ALL: Picks = None
MOVE_REASON = "moved to another tab"
GIVER_MESSAGE = gettext_noop("The bar put this on another tab: %(what)s.")
TAKER_MESSAGE = gettext_noop("The bar put this on your tab: %(what)s.")


@dataclass(frozen=True)
class MovedDrinks:
    """What was moved. `tip_dropped_cents` is the tip of a tab that was merged, in minor units."""

    units: int
    tip_dropped_cents: int = 0


@atomic_with_retry
def move_drinks(source: Visit, target: Visit, picks: Picks, person: User, form_id: str) -> MovedDrinks:
    """Moves drinks to another guest's tab, opened if there is none. A repeated form returns the first answer.

    Locks both visits, then both tabs, each in the order of their numbers. With ALL the tip is taken off, so
    that nothing is left on the tab. Raises NothingToMove, BillIsOut, SendBeforeMoving, GuestHasLeft, or what
    the ledger refuses.
    """
    if source.pk == target.pk:
        raise NothingToMove
    pks = [source.pk, target.pk]
    held = list(Visit.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk"))
    op = staff_operation(person, form_id, "move")
    op = OperationContext(op.key, op.actor, op.source, reason=MOVE_REASON)
    op = op.with_request("move", target.code, sorted(picks.items()) if picks else "all")
    if done := ledger.find_visit_journal(source.code, op):
        return MovedDrinks(-sum(entry.quantity for entry in done.entries.all()))
    if any(visit.pk == target.pk and visit.closed_at for visit in held):
        raise GuestHasLeft
    tab = Tab.objects.unsettled().filter(visit_code=source.code).first()
    if tab is None:
        raise NothingToMove
    tab, other = ledger.lock_two_tabs(tab, ledger.get_or_open_tab(target.code, current_terms()))
    for one, visit in ((tab, source), (other, target)):
        if one.status != Tab.Status.OPEN:
            raise BillIsOut(visit.display_name)
    chosen = _pick_lines(tab, picks)
    what = ", ".join(f"{units} × {line.name}" for line, units in chosen)
    moved = _move(tab, other, chosen, op, empties=picks is None)
    _notify_guest(source, GIVER_MESSAGE, what, op)
    _notify_guest(target, TAKER_MESSAGE, what, op)
    return moved


@atomic_with_retry
def split_off(source: Visit, picks: Picks, guest_name: str, person: User, form_id: str) -> Visit:
    """Moves drinks to a new tab, and returns its visit. Nothing is opened where nothing can be moved."""
    fresh = open_bar_tab(person, guest_name, f"{form_id}-split")
    move_drinks(source, fresh, picks, person, form_id)
    return fresh


def _notify_guest(visit: Visit, sentence: str, what: str, op: OperationContext) -> None:
    """Once, in the conversation of a guest who has one open."""
    if visit.surface == BAR_SURFACE or visit.closed_at:
        return
    key = f"moved-{hashlib.sha256(op.key.encode()).hexdigest()[:32]}"
    with override(visit.language):
        announce_to_guest(visit, _(sentence) % {"what": what}, key)


def _pick_lines(tab: Tab, picks: Picks) -> list[tuple[OrderLine, int]]:
    lines = list(live_lines(tab).select_related("ticket"))
    if picks is not None:
        lines = [line for line in lines if line.number in picks]
    chosen = [(line, line.quantity if picks is None else picks[line.number]) for line in lines]
    missing = picks is not None and len(lines) != len(picks)
    if not chosen or missing or any(not 0 < units <= line.quantity for line, units in chosen):
        raise NothingToMove
    if unsent := [line.name for line, _ in chosen if line.ticket_id is None]:
        raise SendBeforeMoving(unsent)
    return chosen


def _move(
    tab: Tab, target: Tab, chosen: list[tuple[OrderLine, int]], op: OperationContext, *, empties: bool
) -> MovedDrinks:
    dropped = tab.tip_cents if empties else 0
    if empties and (tab.tip_cents or tab.tip_bp is not None):
        ledger.set_tip(tab, TipRule(), op.with_key_suffix("tip"))
    number = OrderLine.objects.filter(tab=target).count()
    moved = [
        _line_on(target, number + place, line, units, op) for place, (line, units) in enumerate(chosen, 1)
    ]
    moves = [
        Move(line.code, new.code, units, line.unit_cents, new.comped_cents)
        for (line, units), new in zip(chosen, moved, strict=True)
    ]
    # The ledger goes first, so that its refusal leaves the lines as they are.
    ledger.move_lines(tab, target, moves, op)
    for line, units in chosen:
        line.quantity -= units
        if not line.quantity:
            line.status, line.comped, line.comped_cents = OrderLine.Status.VOIDED, False, 0
    OrderLine.objects.bulk_update(
        [line for line, _ in chosen], ["quantity", "status", "comped", "comped_cents"]
    )
    OrderLine.objects.bulk_create(moved)
    # The time of the order stays: the drinker's grams are counted from it.
    for new, (line, _units) in zip(moved, chosen, strict=True):
        new.ordered_at = line.ordered_at
    OrderLine.objects.bulk_update(moved, ["ordered_at"])
    return MovedDrinks(sum(units for _, units in chosen), dropped)


def _line_on(tab: Tab, number: int, line: OrderLine, units: int, op: OperationContext) -> OrderLine:
    """The same drink on another tab, with its drinker, its ticket and what the bar pays of it."""
    return OrderLine(
        visit_id=line.visit_id,
        tab=tab,
        number=number,
        item_id=line.item_id,
        name=line.name,
        modifiers=line.modifiers,
        quantity=units,
        unit_cents=line.unit_cents,
        price_parts=line.price_parts,
        menu_version=line.menu_version,
        previous_line=line,
        approval_id=line.approval_id,
        price_rule=line.price_rule,
        list_unit_cents=line.list_unit_cents,
        unit_ethanol_grams=line.unit_ethanol_grams,
        status=line.status,
        ticket_id=line.ticket_id,
        note=line.note,
        rung_in_by_id=line.rung_in_by_id,
        made_at=line.made_at,
        made_by_id=line.made_by_id,
        took_portions=line.took_portions,
        comped=line.comped,
        comped_cents=line.comped_cents,  # of a part of it the ledger refuses to move
        key=f"{op.key}:{line.pk}",
    )
