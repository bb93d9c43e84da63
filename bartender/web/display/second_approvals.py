"""Staff actions that wait for a second person, on the bar display, with two buttons."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser
from django.utils import timezone

from bartender.models.staff_actions import StaffAction
from bartender.services.bar_tabs import display_names
from bartender.services.staff_actions import APPROVE_PERMISSION, can_approve, describe_planned_action
from bartender.services.staff_pins import MAX_NAMES, people_with_permission
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
    approvers: tuple[str, ...]  # who may by their PIN on this screen, where the current user may not


def list_second_approvals(user: AbstractUser, visit_code: str = "") -> list[SecondApprovalRow]:
    """Oldest first, in three queries; of one visit where its code is given. `may` says whether this user may
    approve a row."""
    waiting = StaffAction.objects.awaiting_approval()
    if visit_code:
        waiting = waiting.filter(tab__visit_code=visit_code)
    rows = list(waiting[:MAX_SECOND_APPROVALS])
    names = display_names({row.tab.visit_code for row in rows})
    approvers = list(people_with_permission(APPROVE_PERMISSION)[:MAX_NAMES]) if rows else []
    return [_second_approval_row(row, names[row.tab.visit_code], user, approvers) for row in rows]


def _second_approval_row(
    row: StaffAction, guest: str, user: AbstractUser, approvers: list[str]
) -> SecondApprovalRow:
    may, requester = can_approve(row, user), row.requested_by.get_username()
    return SecondApprovalRow(
        number=row.pk,
        guest=guest,
        words=describe_planned_action(row),
        why=row.why,
        requested_by=requester,
        may=may,
        approvers=() if may else tuple(name for name in approvers if name != requester),
        since=row.requested_at,
        seconds=seconds_since(row.requested_at, timezone.now()),
    )
