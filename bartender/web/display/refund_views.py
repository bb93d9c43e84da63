"""Refunds on the bar display: find the paid tab, choose an amount or lines, and say why."""

from __future__ import annotations

import secrets
from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from bartender.menu.snapshot import current_menu
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import Visit
from bartender.services import bar_refunds, bar_settlement, staff_actions
from bartender.services.staff_actions import REQUIRED_PERMISSIONS
from bartender.web.actions import parse_form
from bartender.web.display.access import REFUND_PAGE, ActionResult, staff_page, staff_post, staff_user
from bartender.web.display.action_forms import RefundForm, reason_chips
from bartender.web.display.fragments import VIEW_TABS, base_context, get_permissions
from bartender.web.display.second_approvals import list_second_approvals
from maya_site.core.errors import ProviderError, Refusal
from maya_site.core.venue import venue_timezone
from payments.models import Refund, Tab

Kind = StaffAction.Kind
MAX_SEARCH_LENGTH = 60


@staff_page(VIEW_TABS)
def paid_tabs(request: HttpRequest) -> HttpResponse:
    user, text = staff_user(request), request.GET.get("find", "").strip()[:MAX_SEARCH_LENGTH]
    tabs, hidden = bar_refunds.find_paid_tabs(text)
    allowed = get_permissions(user)
    context = {
        "venue": current_menu().venue,
        "may": allowed,
        "tabs": tabs,
        "hidden": hidden,
        "text": text,
        "may_refund": user.has_perm(REQUIRED_PERMISSIONS[Kind.REFUND]),
    } | base_context(user, allowed)
    with timezone.override(venue_timezone()):
        return render(request, "display/paid_tabs.html", context)


@staff_page(REQUIRED_PERMISSIONS[Kind.REFUND], needs_person=True)
def refund_page(request: HttpRequest, code: str, tab: str) -> HttpResponse:
    user, found = staff_user(request), _tab(code, tab)
    visit, allowed = get_object_or_404(Visit, code=code), get_permissions(user)
    context = {
        "venue": current_menu().venue,
        "may": allowed,
        "visit": visit,
        "tab": found,
        "guest": visit.name_and_place,
        "page_id": f"{secrets.token_hex(8)}-{found.version}",
        "lines": bar_refunds.refundable_lines(found),
        "payments": bar_refunds.refundable_payments(found),
        "refunds": Refund.objects.filter(payment__tab=found).order_by("id"),
        "reasons": reason_chips(Kind.REFUND),
        "second_approvals": list_second_approvals(user, visit.code) if allowed["look"] else [],
        "live": False,
    } | base_context(user, allowed, on_tab_page=True)
    with timezone.override(venue_timezone()):
        return render(request, "display/refund.html", context)


@staff_post(REQUIRED_PERMISSIONS[Kind.REFUND], page=REFUND_PAGE)
def refund(request: HttpRequest, code: str, tab: str) -> ActionResult:
    """Not in a transaction: a payment provider is asked."""
    found, form = _tab(code, tab), parse_form(RefundForm, request)
    payment = get_object_or_404(found.payments, code=form.cleaned_data["payment"])
    wanted = form.build_refund(found, payment)
    person = cast(User, staff_user(request))
    try:
        key = bar_settlement.action_key(person, form.cleaned_data["id"])
        action = staff_actions.submit_action(wanted, person, key)
    except ProviderError as error:
        raise Refusal(str(error)) from error
    if action.status == StaffAction.Status.WAITING:
        planned = staff_actions.describe_planned_action(action)
        return f"A second person must agree first: {planned}. Nothing has changed yet.", _url(code, tab)
    if action.status == StaffAction.Status.DECLINED:
        planned = staff_actions.describe_planned_action(action)
        return f"Declined: {planned}. Nothing has changed.", _url(code, tab)
    return bar_refunds.describe_refund(action), _url(code, tab)


def _url(code: str, tab: str) -> str:
    return reverse(f"bartender:{REFUND_PAGE}", args=[code, tab])


def _tab(visit_code: str, code: str) -> Tab:
    return get_object_or_404(Tab, code=code, visit_code=visit_code)
