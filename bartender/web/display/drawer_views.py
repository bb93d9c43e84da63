"""The cash drawer on the bar display: float, paid in, paid out, count; and what should be in it."""

from __future__ import annotations

import secrets
from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from bartender.menu.snapshot import current_menu
from bartender.models.menu import Venue
from bartender.services import cash_drawer
from bartender.services.cash_drawer import PAY_OUT_PERMISSION, USE_PERMISSION
from bartender.services.report_rows import drawer_rows
from bartender.staff_errors import DrawerAmountMissing
from bartender.web.actions import parse_form
from bartender.web.display.access import ActionResult, closing_step_url, staff_page, staff_post, staff_user
from bartender.web.display.action_forms import typed_cents
from bartender.web.display.fragments import base_context, get_permissions
from bartender.web.forms import IdempotentForm, OneLineField
from maya_site.core.money import format_money
from maya_site.core.venue import venue_timezone
from payments.models import DrawerEntry

DRAWER_PAGE = "drawer"
Kind = DrawerEntry.Kind


class DrawerForm(IdempotentForm):
    amount = OneLineField(12)
    note = OneLineField(160)


@staff_page(USE_PERMISSION)
def drawer_page(request: HttpRequest) -> HttpResponse:
    user, state = staff_user(request), cash_drawer.drawer_state()
    allowed = get_permissions(user)
    context = {
        "venue": current_menu().venue,
        "may": allowed,
        "may_pay_out": user.has_perm(PAY_OUT_PERMISSION),
        "state": state,
        "rows": list(drawer_rows(state.figures, state.currency)) if state.figures else [],
        "has_float": (state.figures or {}).get("float_cents") is not None,
        "page_id": secrets.token_hex(8),
    } | base_context(user, allowed)
    with timezone.override(venue_timezone()):
        return render(request, "display/drawer.html", context)


@staff_post(USE_PERMISSION, page=DRAWER_PAGE)
def enter_float(request: HttpRequest) -> ActionResult:
    return _enter(request, Kind.FLOAT)


@staff_post(USE_PERMISSION, page=DRAWER_PAGE)
def pay_in(request: HttpRequest) -> ActionResult:
    return _enter(request, Kind.PAID_IN)


@staff_post(PAY_OUT_PERMISSION, page=DRAWER_PAGE)
def pay_out(request: HttpRequest) -> ActionResult:
    return _enter(request, Kind.PAID_OUT)


@staff_post(USE_PERMISSION, page=DRAWER_PAGE)
def count_drawer(request: HttpRequest) -> ActionResult:
    return _enter(request, Kind.COUNT)


def _enter(request: HttpRequest, kind: DrawerEntry.Kind) -> ActionResult:
    given, currency = parse_form(DrawerForm, request).cleaned_data, Venue.current().currency
    cents = typed_cents(given["amount"], currency)
    if cents is None or (not cents and kind in (Kind.PAID_IN, Kind.PAID_OUT)):
        raise DrawerAmountMissing
    person = cast(User, staff_user(request))
    row = cash_drawer.enter(kind, cents, given["note"], person, given["id"])
    said = f"{str(row.get_kind_display()).capitalize()}: {format_money(row.cents, row.currency)}."
    return said + _over_or_short(row), closing_step_url(request) or reverse(f"bartender:{DRAWER_PAGE}")


def _over_or_short(row: DrawerEntry) -> str:
    if row.expected_cents is None:
        return ""
    over = row.cents - row.expected_cents
    if not over:
        return " That is what was expected."
    return f" {format_money(abs(over), row.currency)} {'over' if over > 0 else 'short'}."
