"""Tabs that staff work with: opened for a guest without a phone, named, and drinks rung in to any open tab.

What is rung in goes the way of every order, with the same prices, limits and rules.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Window

from bartender.errors import (
    AgeDeclarationRequired,
    GuestHasLeft,
    NeedsDecisionFirst,
    NeedsIdFirst,
    NothingToSend,
    StaffApprovalRequired,
    VisitClosed,
)
from bartender.models.visits import BAR_SURFACE, OrderLine, Ticket, Visit
from bartender.services import orders, tickets
from bartender.services.orders import LineDetails
from bartender.services.staff_actions import actor_name
from bartender.services.visits import update_last_seen
from maya_site.core.db import atomic_with_retry
from payments.ledger import OperationContext
from payments.models import Tab

# Names the visits that forms of the display open: the same form opens the same one.
_OPENED_BY_FORM = uuid.UUID("5f0d2a0e-6f0b-4a54-9a37-0d7c6c1a4e11")
MAX_OPEN_TABS = 60


@dataclass(frozen=True)
class OpenTab:
    """A tab that staff may work with. `due_cents` is in minor units."""

    visit: str
    number: int  # the visit's, which orders them by when the guest came
    guest: str
    due_cents: int
    currency: str
    is_closing: bool  # a bill is out
    has_left: bool  # its guest went away without paying


def staff_operation(person: User, form_id: str, action: str) -> OperationContext:
    """The cause of what a person does with a form of the display: the form's id makes it one."""
    return OperationContext(f"bar:{person.pk}:{form_id}:{action}", actor_name(person), "form")


def open_bar_tab(person: User, guest_name: str, form_id: str) -> Visit:
    """A visit for a guest without a phone. The same person's same form opens one."""
    code = uuid.uuid5(_OPENED_BY_FORM, f"{person.pk}:{form_id}").hex
    visit, _ = Visit.objects.get_or_create(
        code=code, defaults={"surface": BAR_SURFACE, "language": "en", "guest_name": guest_name}
    )
    return visit


@atomic_with_retry
def name_guest(visit: Visit, guest_name: str) -> None:
    """Locks the visit's row. Saving it tells the displays."""
    held = Visit.objects.select_for_update(no_key=True).get(pk=visit.pk)
    visit.guest_name = held.guest_name = guest_name
    held.save(update_fields=["guest_name"])


def display_names(visit_codes: Collection[str]) -> dict[str, str]:
    """What staff call these guests, with their table, by the code of the visit. One query."""
    return {visit.code: visit.name_and_place for visit in Visit.objects.filter(code__in=visit_codes)}


def ring_in(
    visit: Visit,
    item: str,
    quantity: int,
    modifiers: Sequence[str],
    note: str,
    person: User,
    form_id: str,
    *,
    takeaway: bool = False,
) -> OrderLine:
    """Adds drinks to a guest's tab. Raises a Refusal; where a rule asks for a person, one for staff."""
    update_last_seen(visit)
    op, details = staff_operation(person, form_id, "ring"), LineDetails(note, person, takeaway)
    try:
        return orders.add_line(visit, item, quantity, modifiers, op, details=details)
    except VisitClosed as over:
        raise GuestHasLeft from over
    except AgeDeclarationRequired as needed:
        raise NeedsIdFirst from needed
    except StaffApprovalRequired as needed:
        raise NeedsDecisionFirst(needed.about) from needed


def send_to_bar(visit: Visit, person: User, form_id: str) -> Ticket:
    """Sends what is open on the tab to the bar, at once. Raises NothingToSend or NeedsDecisionFirst."""
    update_last_seen(visit)
    try:
        return tickets.fire_ticket(visit, staff_operation(person, form_id, "send"), skip_hold=True)
    except StaffApprovalRequired as needed:
        raise NeedsDecisionFirst(needed.about) from needed


def send_rest_to_bar(visit: Visit, person: User, form_id: str) -> None:
    """`send_to_bar`, where there may be nothing to send."""
    try:
        send_to_bar(visit, person, form_id)
    except NothingToSend:
        return


def list_open_tabs() -> tuple[list[OpenTab], int]:
    """In the order in which the guests came, and how many older tabs are left out. What was left unpaid comes
    last. Three queries."""
    unsettled = Tab.objects.unsettled().filter(units__gt=0).annotate(total=Window(Count("*")))
    newest: list[Any] = list(unsettled.order_by("-id")[:MAX_OPEN_TABS])
    tabs = {tab.visit_code: tab for tab in newest}
    drunk_on = Tab.objects.filter(visit_code=OuterRef("code"), version__gt=0)
    # Nothing was rung in yet.
    fresh = Visit.objects.active().filter(~Exists(drunk_on), surface=BAR_SURFACE).order_by("-id")
    visits = {*Visit.objects.filter(code__in=tabs), *fresh[:MAX_OPEN_TABS]}
    rows = [_open_tab(visit, tabs.get(visit.code)) for visit in visits]
    hidden = newest[0].total - len(newest) if newest else 0
    return sorted(rows, key=lambda row: (row.has_left, row.number)), hidden


def _open_tab(visit: Visit, tab: Tab | None) -> OpenTab:
    return OpenTab(
        visit=visit.code,
        number=visit.pk,
        guest=visit.name_and_place,
        due_cents=tab.due_cents if tab else 0,
        currency=tab.currency if tab else "",
        is_closing=tab is not None and tab.status == Tab.Status.CLOSING,
        has_left=visit.flagged_at is not None,
    )
