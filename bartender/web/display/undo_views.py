"""Undoing on the bar display what was done a moment ago."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from bartender.models.staff_actions import StaffAction
from bartender.models.visits import OrderLine
from bartender.services import undo
from bartender.services.staff_actions import REQUIRED_PERMISSIONS, describe_completed_action
from bartender.services.undo import RING_IN_PERMISSION
from bartender.web.display.access import ActionResult, staff_post, staff_user
from bartender.web.display.fragments import VIEW_TABS
from maya_site.core.money import format_money

Kind = StaffAction.Kind


@staff_post(VIEW_TABS, needs_person=True)
def undo_action(request: HttpRequest, number: int) -> ActionResult:
    """Needs the permission of the act. Pressed twice, or on two displays, it is done once."""
    action = get_object_or_404(StaffAction.objects.select_related("tab"), pk=number)
    permission = REQUIRED_PERMISSIONS.get(Kind(action.kind))
    if permission is None or not staff_user(request).has_perm(permission):
        raise PermissionDenied
    done = undo.undo_action(action, _user(request))
    return f"{_sentence(done)}{_what_to_do(action)}", ""


@staff_post(RING_IN_PERMISSION, needs_person=True)
def undo_ring_in(request: HttpRequest, number: int) -> ActionResult:
    line = get_object_or_404(OrderLine.objects.select_related("tab"), pk=number)
    return _sentence(undo.undo_ring_in(line, _user(request))), ""


def _what_to_do(action: StaffAction) -> str:
    """With the money that was taken a moment ago."""
    amount = format_money(action.amount_cents, action.tab.currency)
    ways = {
        "cash": f" {amount} in cash goes back to the guest, and the tab is open.",
        "card": " Cancel it on the terminal as well: the tab is open.",
        "house": " The tab is open.",
    }
    return ways.get(action.tender, "") if action.kind == Kind.TENDER else ""


def _sentence(done: StaffAction) -> str:
    said = describe_completed_action(done)
    return said[:1].upper() + said[1:]


def _user(request: HttpRequest) -> User:
    return cast(User, staff_user(request))
