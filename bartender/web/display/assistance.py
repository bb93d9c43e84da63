"""Assistance requests on the bar display, shown above everything else until they are resolved."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, IntegerField, Value, When
from django.utils import timezone

from bartender.models.assistance import AssistanceRequest
from bartender.services.staff_names import name_for_staff
from bartender.web.display.board import guest_name
from bartender.web.display.waiting_time import TimedRow, count_hidden, count_over_all_rows, seconds_since

MAX_ASSISTANCE_REQUESTS = 12
AssistanceKind = AssistanceRequest.Kind
# Discreet about harassment: others can read the display too.
TITLES = {
    AssistanceKind.HELP: "Wants a person",
    AssistanceKind.HARASSMENT: "Look in on this guest",
    AssistanceKind.COMPLAINT: "Has a complaint",
}


@dataclass(frozen=True)
class AssistanceRequestRow(TimedRow):
    number: int
    visit: str
    guest: str
    title: str
    kind: str
    words: tuple[str, ...]  # the guest's, one for each call; none where the button was pressed
    open: bool
    coming: str  # who has answered, "" where nobody has


@dataclass(frozen=True)
class AssistanceRequestList:
    """The most urgent requests, and how many more there are."""

    rows: tuple[AssistanceRequestRow, ...] = ()
    more: int = 0

    @property
    def total(self) -> int:
        return len(self.rows) + self.more


def list_assistance_requests() -> AssistanceRequestList:
    """Harassment first, then by when the guest called: whoever answers a call moves no other under a finger.

    Where not all fit, the unanswered ones do. Guests who have left are included.
    """
    rank = Case(
        When(status="open", kind=AssistanceKind.HARASSMENT, then=Value(0)),
        When(status="open", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    unresolved = AssistanceRequest.objects.unresolved().annotate(total=count_over_all_rows())
    found = unresolved.select_related("visit", "answered_by").order_by(rank, "open_since", "id")
    rows = list(found[:MAX_ASSISTANCE_REQUESTS])
    in_place = sorted(rows, key=lambda row: (row.kind != AssistanceKind.HARASSMENT, row.pk))
    return AssistanceRequestList(
        tuple(_assistance_request_row(row) for row in in_place), count_hidden(rows, len(rows))
    )


def _assistance_request_row(row: AssistanceRequest) -> AssistanceRequestRow:
    return AssistanceRequestRow(
        number=row.pk,
        visit=row.visit.code,
        guest=guest_name(row.visit),
        title=TITLES[AssistanceKind(row.kind)],
        kind=row.kind,
        words=tuple(row.guest_text.splitlines()),
        open=row.status == AssistanceRequest.Status.OPEN,
        coming=name_for_staff(row.answered_by) if row.status == AssistanceRequest.Status.ANSWERED else "",
        since=row.open_since,
        seconds=seconds_since(row.open_since, timezone.now()),
    )
