"""Whether the bar is open, on the bar display: what the hours say, and the switch that wins over them."""

from __future__ import annotations

import secrets
from typing import cast

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from bartender.menu.snapshot import current_menu
from bartender.models.bar_state import BarSwitch
from bartender.models.menu import Venue
from bartender.services import bar_state
from bartender.services.bar_state import (
    DEFAULT_LAST_CALL_MINUTES,
    MAX_LAST_CALL_MINUTES,
    SWITCH_PERMISSION,
    bar_state_label,
    current_bar_state,
    moment_words,
    next_opening_words,
)
from bartender.web.actions import parse_form
from bartender.web.display.access import ActionResult, closing_step_url, staff_page, staff_post, staff_user
from bartender.web.display.fragments import VIEW_TICKETS, base_context, get_permissions
from bartender.web.forms import IdempotentForm
from maya_site.core.venue import venue_timezone

BAR_STATE_PAGE = "bar_state"
MAX_ROWS = 12
Kind = BarSwitch.Kind


class LastCallForm(IdempotentForm):
    minutes = forms.IntegerField(min_value=1, max_value=MAX_LAST_CALL_MINUTES)


class CloseBarForm(IdempotentForm):
    until_next_opening = forms.BooleanField(required=False)


@staff_page(VIEW_TICKETS)
def bar_state_page(request: HttpRequest) -> HttpResponse:
    user, menu = staff_user(request), current_menu()
    allowed, state = get_permissions(user), current_bar_state(menu)
    context = {
        "venue": menu.venue,
        "may": allowed,
        "state": state,
        "label": bar_state_label(state),
        "opens": moment_words(state.opens_at),
        "next_opening": next_opening_words(menu),
        "has_hours": menu.opening_times is not None and menu.opening_times.is_known,
        "minutes": Venue.current().last_call_minutes or DEFAULT_LAST_CALL_MINUTES,
        "max_minutes": MAX_LAST_CALL_MINUTES,
        "pressed": BarSwitch.objects.select_related("switched_by")[:MAX_ROWS],
        "page_id": secrets.token_hex(8),
    } | base_context(user, allowed)
    with timezone.override(venue_timezone()):
        return render(request, "display/bar_state.html", context)


@staff_post(SWITCH_PERMISSION, page=BAR_STATE_PAGE)
def give_last_call(request: HttpRequest) -> ActionResult:
    given = parse_form(LastCallForm, request).cleaned_data
    bar_state.switch_bar(Kind.LAST_CALL, _person(request), given["id"], minutes=given["minutes"])
    return _done(request)


@staff_post(SWITCH_PERMISSION, page=BAR_STATE_PAGE)
def close_bar(request: HttpRequest) -> ActionResult:
    given = parse_form(CloseBarForm, request).cleaned_data
    until_next = given["until_next_opening"]
    bar_state.switch_bar(Kind.CLOSED, _person(request), given["id"], until_next_opening=until_next)
    return _done(request)


@staff_post(SWITCH_PERMISSION, page=BAR_STATE_PAGE)
def open_bar(request: HttpRequest) -> ActionResult:
    given = parse_form(IdempotentForm, request).cleaned_data
    bar_state.switch_bar(Kind.OPEN, _person(request), given["id"])
    return _done(request)


def _done(request: HttpRequest) -> ActionResult:
    next_url = closing_step_url(request) or reverse(f"bartender:{BAR_STATE_PAGE}")
    return f"{bar_state_label(current_bar_state())}.", next_url


def _person(request: HttpRequest) -> User:
    return cast(User, staff_user(request))
