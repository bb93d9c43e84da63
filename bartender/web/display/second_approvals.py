"""Staff actions that wait for a second person, on the bar display, with two buttons."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser
from django.utils import timezone

from bartender.models.staff_actions import StaffAction
from bartender.services.staff_actions import can_approve, describe_planned_action
from bartender.web.display.waiting_time import TimedRow, seconds_since

MAX_SECOND_APPROVALS = 12


@dataclass(frozen=True)
class SecondApprovalRow(TimedRow):
    number: int
    guest: str
    words: str
    why: str
    requested_by: str
    may: bool  # whether the current user may decide it


def list_second_approvals(user: AbstractUser) -> list[SecondApprovalRow]:
    """Oldest first, in one query. `may` says whether this user may approve a row."""
    return [
        _second_approval_row(row, user)
        for row in StaffAction.objects.awaiting_approval()[:MAX_SECOND_APPROVALS]
    ]


def _second_approval_row(row: StaffAction, user: AbstractUser) -> SecondApprovalRow:
    return SecondApprovalRow(
        number=row.pk,
        guest=row.tab.visit_code[:4].upper(),
        words=describe_planned_action(row),
        why=row.why,
        requested_by=row.requested_by.get_username(),
        may=can_approve(row, user),
        since=row.requested_at,
        seconds=seconds_since(row.requested_at, timezone.now()),
    )
