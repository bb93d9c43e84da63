"""Whether the bar takes orders now, and the switch by which staff say so against the hours.

`check_takes_orders` stands in the order operations, so that no road to a tab can miss it. What staff ring in
or send themselves is their own decision: they stand there, and may have poured already.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from bartender.menu.opening_hours import ALWAYS_OPEN, BarState
from bartender.menu.snapshot import Menu, current_menu, mark_menu_changed
from bartender.models.bar_state import BarSwitch
from bartender.models.menu import Venue
from bartender.staff_errors import BarClosedAlready
from maya_site.core.db import atomic_with_retry
from maya_site.core.errors import Refusal
from maya_site.core.venue import format_wall_time, venue_timezone
from payments.errors import IdempotencyKeyReused
from payments.ledger import OperationContext

SWITCH_PERMISSION = "bartender.switch_bar"
DEFAULT_LAST_CALL_MINUTES, MAX_LAST_CALL_MINUTES = 15, 240
Kind = BarSwitch.Kind


class BarClosed(Refusal):
    """`opens_at`: in words, when the bar takes orders again; "" where nobody has said."""

    def __init__(self, opens_at: str) -> None:
        text = (
            _("The bar is closed and takes no orders now; it opens again on %(when)s.") % {"when": opens_at}
            if opens_at
            else _("The bar is closed and takes no orders now; nobody has said yet when it opens again.")
        )
        super().__init__(text)


class NothingWasSent(Refusal):
    """Of what the guest wants to pay nothing went to the bar before it closed."""

    def __init__(self) -> None:
        super().__init__(
            _("The bar has closed, and nothing on your tab was sent: take it off, there is nothing to pay.")
        )


def current_bar_state(menu: Menu | None = None) -> BarState:
    """`menu`: the current one, where it was read already."""
    times = (menu or current_menu()).opening_times
    return times.state_at(timezone.now()) if times else ALWAYS_OPEN


def takes_orders_from(op: OperationContext, menu: Menu | None = None) -> bool:
    return op.is_by_staff or current_bar_state(menu).takes_orders


def check_takes_orders(op: OperationContext, menu: Menu | None = None) -> None:
    """Raises BarClosed, unless staff do it."""
    if op.is_by_staff:
        return
    state = current_bar_state(menu)
    if not state.takes_orders:
        raise BarClosed(moment_words(state.opens_at))


def last_call_text(state: BarState) -> str:
    """What guests hear while it is last call; "" otherwise."""
    if not (state.takes_orders and state.is_last_call and state.orders_end_at):
        return ""
    return _("Last call: the bar takes orders until %(time)s.") % {
        "time": format_wall_time(state.orders_end_at)
    }


def bar_state_text(state: BarState) -> str:
    """What a page says of last call, or while there are no orders; else ""."""
    if state.takes_orders:
        return last_call_text(state)
    closed = str(BarClosed(moment_words(state.opens_at)))
    return f"{closed} {_('You can still pay, talk to Maya and call a person.')}"


def bar_state_label(state: BarState) -> str:
    """For staff, in a few words."""
    if not state.takes_orders:
        return "Bar closed"
    if state.orders_end_at is None:
        return "Bar open"
    word = "Last call" if state.is_last_call else "Bar open"
    return f"{word} until {format_wall_time(state.orders_end_at)}"


def moment_words(at: datetime | None) -> str:
    """Such as "Tuesday at 17:00", with the date where it is not within a week; "" for None."""
    if at is None:
        return ""
    local = at.astimezone(venue_timezone())
    parts = {"day": date_format(local, "l"), "time": format_wall_time(at)}
    if at - timezone.now() < timedelta(days=6):
        return _("%(day)s at %(time)s") % parts
    return _("%(day)s %(date)s at %(time)s") % {**parts, "date": date_format(local, "MONTH_DAY_FORMAT")}


def next_opening_words(menu: Menu) -> str:
    """When the hours open the bar next, also while it is open; "" where nobody knows."""
    return moment_words(menu.opening_times.next_opening(timezone.now()) if menu.opening_times else None)


@atomic_with_retry
def switch_bar(
    kind: BarSwitch.Kind,
    person: User,
    form_id: str,
    *,
    minutes: int = DEFAULT_LAST_CALL_MINUTES,
    until_next_opening: bool = False,
) -> BarSwitch:
    """Closes or opens the bar, or gives last call for so many minutes, which ends at closing at the latest.

    The same person's same form is one press. Locks the venue's row, so that the newest press is the last one.
    Raises BarClosedAlready or IdempotencyKeyReused.
    """
    Venue.objects.select_for_update().get(pk=Venue.current().pk)
    key, now, menu = f"{person.pk}:{form_id}", timezone.now(), current_menu()
    if found := BarSwitch.objects.filter(key=key).first():
        if found.kind != kind:
            raise IdempotencyKeyReused
        return found
    ends_at = None
    if kind == Kind.LAST_CALL:
        state = current_bar_state(menu)
        if not state.takes_orders:
            raise BarClosedAlready
        ends_at = now + timedelta(minutes=minutes)
        if state.orders_end_at is not None:
            ends_at = min(ends_at, state.orders_end_at)
    pressed = BarSwitch.objects.create(
        kind=kind,
        orders_end_at=ends_at,
        until_next_opening=kind == Kind.LAST_CALL or (kind == Kind.CLOSED and until_next_opening),
        switched_by=person,
        switched_at=now,
        key=key,
    )
    mark_menu_changed()
    return pressed
