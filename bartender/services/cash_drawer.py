"""The cash drawer of the business day: float, paid in, paid out, count. Guests' cash is the ledger's.

What is expected is always computed from the ledger's cash tenders, so it is nobody's figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from bartender.models.menu import Venue
from bartender.services import business_days
from bartender.staff_errors import DrawerDayClosed, DrawerHasFloat, DrawerNoteMissing, DrawerTooShort
from maya_site.core.db import atomic_with_retry
from payments import chain
from payments.errors import IdempotencyKeyReused
from payments.models import DrawerEntry
from payments.providers import is_provider_simulated

Kind = DrawerEntry.Kind
USE_PERMISSION = "payments.use_drawer"
PAY_OUT_PERMISSION = "payments.pay_out_of_drawer"
MAX_ENTRIES = 50
REQUIRED_PERMISSIONS = {
    Kind.FLOAT: USE_PERMISSION,
    Kind.PAID_IN: USE_PERMISSION,
    Kind.PAID_OUT: PAY_OUT_PERMISSION,
    Kind.COUNT: USE_PERMISSION,
}


@dataclass(frozen=True)
class DrawerState:
    """The drawer of the current business day. `figures` are minor units as in the report, None where nobody
    has used it yet. `entries` are the newest ones."""

    currency: str
    is_play_money: bool
    figures: dict[str, Any] | None
    entries: list[DrawerEntry]


def drawer_state() -> DrawerState:
    """As it is now: the X report's figures, and what was entered since the last Z report."""
    venue, is_play = Venue.current(), is_provider_simulated()
    report = business_days.build_x_report()
    name = "play" if is_play else "real"
    rows = DrawerEntry.objects.filter(is_play_money=is_play, created_at__gte=report.start)
    entries = list(rows.select_related("made_by")[:MAX_ENTRIES])
    return DrawerState(venue.currency, is_play, report.figures.get("drawer", {}).get(name), entries)


@atomic_with_retry
def enter(kind: str, cents: int, note: str, person: User, form_id: str) -> DrawerEntry:
    """One act at the drawer, in minor units. The same person's same form is one act.

    Locks the venue's row, as closing the day does: an entry is in the report before or in the one after.
    Raises DrawerDayClosed, DrawerHasFloat, DrawerNoteMissing, DrawerTooShort or IdempotencyKeyReused.
    """
    venue = Venue.objects.select_for_update().get(pk=Venue.current().pk)
    key = f"{person.pk}:{form_id}"
    if found := DrawerEntry.objects.filter(key=key).first():
        if (found.kind, found.cents, found.note) != (kind, cents, note):
            raise IdempotencyKeyReused
        return found
    if closed := business_days.build_x_report().number:
        raise DrawerDayClosed(closed)
    figures = drawer_state().figures or {}
    if kind in (Kind.PAID_IN, Kind.PAID_OUT) and not note:
        raise DrawerNoteMissing
    if kind == Kind.FLOAT and figures.get("float_cents") is not None:
        raise DrawerHasFloat(figures["float_cents"], venue.currency)
    expected = figures.get("expected_cents", _cash_so_far())
    if kind == Kind.PAID_OUT and cents > expected:
        raise DrawerTooShort(expected, venue.currency)
    entry = DrawerEntry(
        kind=kind,
        cents=cents,
        expected_cents=expected if kind == Kind.COUNT else None,
        currency=venue.currency,
        is_play_money=is_provider_simulated(),
        note=note,
        made_by=person,
        key=key,
        created_at=timezone.now(),
    )
    chain.append_drawer_link(entry)
    entry.save(force_insert=True)
    return entry


def _cash_so_far() -> int:
    """What guests' cash comes to in a drawer that nobody has used yet."""
    column = business_days.build_x_report().figures["play" if is_provider_simulated() else "real"]
    received, returned = column["tenders"].get("bar_cash", 0), column["refunds"].get("bar_cash", 0)
    return int(received - returned)
