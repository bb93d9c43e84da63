"""Requests for approval on the bar display, each with two buttons, and refusals in force."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from bartender.menu.snapshot import Menu, current_menu
from bartender.models.responsible_service import Approval
from bartender.models.visits import Visit
from bartender.services import approvals
from bartender.services.staff_names import name_for_staff
from bartender.web.display.board import guest_name
from bartender.web.display.waiting_time import TimedRow, count_hidden, count_over_all_rows, seconds_since

MAX_APPROVAL_REQUESTS = 12
APPROVAL_LABELS = {
    Approval.Kind.ALCOHOL: ("Another drink?", "Pour it", "Alcohol-free"),
    Approval.Kind.ALLERGY: ("Despite an allergy?", "Yes, pour it", "Better not"),
    Approval.Kind.AGE: ("ID, please", "ID seen", "No alcohol"),
}


REFUSAL_LABELS = {
    Approval.Kind.ALCOHOL: "No more alcohol",
    Approval.Kind.ALLERGY: "Better not",
    Approval.Kind.AGE: "No alcohol: ID refused",
}


@dataclass(frozen=True)
class StandingRefusalRow:
    """A refusal in force: of what, by whom, and when on the venue's clock."""

    number: int
    title: str
    item: str
    who: str
    time: str
    may_be_taken_back: bool  # not for an age, which has its own button after looking at an ID


@dataclass(frozen=True)
class ApprovalRequestRow(TimedRow):
    number: int
    visit: str
    guest: str
    title: str
    about: str
    drink: str  # what the buttons are about, in a word or two; "" for an ID
    allergies: tuple[str, ...]
    yes: str
    no: str


@dataclass(frozen=True)
class ApprovalRequestList:
    """The oldest requests, and how many more there are."""

    rows: tuple[ApprovalRequestRow, ...] = ()
    more: int = 0

    @property
    def total(self) -> int:
        return len(self.rows) + self.more


def list_approval_requests(visit: Visit | None = None, menu: Menu | None = None) -> ApprovalRequestList:
    """Oldest first, in one query where the caller has read the menu; of one guest where `visit` is given.
    Left out is alcohol for whose ID was refused: a yes would pour nothing."""
    waiting = Approval.objects.filter(status=Approval.Status.WAITING, visit__closed_at=None)
    if visit is not None:
        waiting = waiting.filter(visit=visit)
    with_alcohol = [drink.id for drink in (menu or current_menu()).drinks if drink.is_alcoholic]
    asks_for_alcohol = Q(kind=Approval.Kind.ALCOHOL) | Q(kind=Approval.Kind.ALLERGY, item__in=with_alcohol)
    waiting = waiting.exclude(asks_for_alcohol, visit__age_state="refused")
    found = waiting.select_related("visit", "item").annotate(total=count_over_all_rows()).order_by("id")
    rows = list(found[:MAX_APPROVAL_REQUESTS])
    return ApprovalRequestList(
        tuple(_approval_request_row(row) for row in rows), count_hidden(rows, len(rows))
    )


def list_standing_refusals(visit: Visit) -> list[StandingRefusalRow]:
    """Newest first, in two queries."""
    rows, menu = approvals.standing_refusals(visit), current_menu()
    return [_standing_refusal_row(row, approvals.decision_time(row, menu)) for row in rows]


def _standing_refusal_row(row: Approval, time: str) -> StandingRefusalRow:
    item = row.item.name if row.item else ""
    title = "Not" if row.kind == Approval.Kind.ALCOHOL and item else REFUSAL_LABELS[Approval.Kind(row.kind)]
    lifts = row.kind != Approval.Kind.AGE
    return StandingRefusalRow(row.pk, title, item, name_for_staff(row.decided_by), time, lifts)


def _approval_request_row(row: Approval) -> ApprovalRequestRow:
    title, yes, no = APPROVAL_LABELS[Approval.Kind(row.kind)]
    return ApprovalRequestRow(
        number=row.pk,
        visit=row.visit.code,
        guest=guest_name(row.visit),
        title=title,
        about=row.item.name if row.item else row.description,
        drink="" if row.kind == Approval.Kind.AGE else approvals.describe_requested(row),
        allergies=tuple(row.visit.allergies) if row.kind == Approval.Kind.ALLERGY else (),
        yes=yes,
        no=no,
        since=row.requested_at,
        seconds=seconds_since(row.requested_at, timezone.now()),
    )
