"""Closing the bar, step by step: orders, open tabs, waiting tickets, the drawer, the day, the letter.

Each step shows what is so and links to where it is done; nothing is done twice here. Any may be left out.
"""

from __future__ import annotations

import secrets
from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from bartender.menu.snapshot import current_menu
from bartender.models.bar_state import NightLetter
from bartender.models.menu import Venue
from bartender.services import business_days, cash_drawer
from bartender.services.bar_state import bar_state_label, current_bar_state, next_opening_words
from bartender.services.night_letter import letter_sections
from bartender.services.open_items import find_open_items
from bartender.services.report_rows import drawer_rows
from bartender.services.staff_actions import actor_name
from bartender.web.actions import parse_form
from bartender.web.display.access import ActionResult, staff_page, staff_post, staff_user
from bartender.web.display.fragments import CLOSE_DAY, USE_DRAWER, base_context, get_permissions
from maya_site.core.venue import business_day_at, venue_timezone
from payments.models import ZReport

CLOSING_PAGE = "closing"
STEPS = {
    "orders": "Orders",
    "tabs": "Open tabs",
    "tickets": "Tickets",
    "cash": "Cash",
    "day": "The day",
    "letter": "Night letter",
}


class CloseDayStepForm(forms.Form):
    date = forms.DateField()
    reason = forms.CharField(max_length=business_days.MAX_REASON_LENGTH, required=False)
    for_good = forms.BooleanField()


@staff_page(USE_DRAWER)
def closing_page(request: HttpRequest, step: str = "orders") -> HttpResponse:
    if step not in STEPS:
        raise Http404
    user, menu = staff_user(request), current_menu()
    allowed, order = get_permissions(user), list(STEPS)
    at = order.index(step)
    context = {
        "venue": menu.venue,
        "may": allowed,
        "step": step,
        "number": at + 1,
        "steps": list(STEPS.items()),
        "title": STEPS[step],
        "before": order[at - 1] if at else "",
        "next": order[at + 1] if at + 1 < len(order) else "",
        "left": find_open_items(),
        "page_id": secrets.token_hex(8),
        **_STEP_CONTEXTS.get(step, dict)(),
    } | base_context(user, allowed)
    with timezone.override(venue_timezone()):
        return render(request, "display/closing.html", context)


def _orders_context() -> dict[str, Any]:
    menu = current_menu()
    state = current_bar_state(menu)
    return {
        "state": state,
        "label": bar_state_label(state),
        "next_opening": next_opening_words(menu),
    }


def _cash_context() -> dict[str, Any]:
    drawer = cash_drawer.drawer_state()
    rows = list(drawer_rows(drawer.figures, drawer.currency)) if drawer.figures else []
    return {"drawer": drawer, "rows": rows}


def _day_context() -> dict[str, Any]:
    """The oldest day that is open, and the current one where there is none. What came after today was closed
    belongs to tomorrow, which nobody closes yet."""
    venue = Venue.current()
    today = business_day_at(venue, timezone.now()).date
    day = min(business_days.oldest_open_date(venue) or today, today)
    return {
        "day": day,
        "is_over": day < today,
        "closed": ZReport.objects.filter(business_date=day).first(),
        "max_length": business_days.MAX_REASON_LENGTH,
    }


def _letter_context() -> dict[str, Any]:
    return {
        "letters": NightLetter.objects.select_related("report")[:7],
        "mailed_to": Venue.current().night_letter_email,
    }


_STEP_CONTEXTS = {
    "orders": _orders_context,
    "cash": _cash_context,
    "day": _day_context,
    "letter": _letter_context,
}


@staff_post(CLOSE_DAY, page=CLOSING_PAGE)
def close_day(request: HttpRequest) -> ActionResult:
    """The Z report, as the admin makes it. Raises OpenItemsRemain if something is open without a reason."""
    given = parse_form(CloseDayStepForm, request).cleaned_data
    person = cast(User, staff_user(request))
    report = business_days.close_business_day(given["date"], actor_name(person), given["reason"])
    return f"{report} is closed.", reverse("bartender:night_letter", args=[report.number])


@staff_page(CLOSE_DAY)
def night_letter(request: HttpRequest, number: int) -> HttpResponse:
    user = staff_user(request)
    allowed = get_permissions(user)
    letter = get_object_or_404(NightLetter.objects.select_related("report"), report__number=number)
    context = {
        "venue": current_menu().venue,
        "may": allowed,
        "letter": letter,
        "report": letter.report,
        "sections": letter_sections(letter),
    } | base_context(user, allowed)
    with timezone.override(venue_timezone()):
        return render(request, "display/night_letter.html", context)
