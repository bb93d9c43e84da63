"""The shared screen: open it, say by PIN who acts, lock and close it; and each person's own page."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters

from bartender.menu.snapshot import current_menu
from bartender.models.shared_screens import StaffPin
from bartender.models.staff_actions import StaffAction
from bartender.services import shared_screens, staff_actions, staff_pins
from bartender.services.shared_screens import OPEN_PERMISSION, OpenScreen
from bartender.services.staff_evening import staff_evening
from bartender.staff_errors import MayNotApprove, NoSharedScreen
from bartender.web.actions import parse_form
from bartender.web.display.access import (
    ActionResult,
    display_access,
    staff_page,
    staff_post,
    staff_user,
)
from bartender.web.display.fragments import VIEW_STAFF_ACTIONS, VIEW_TICKETS, base_context, get_permissions
from bartender.web.display.screen_forms import ApproveByPinForm, NewPinForm, PinForm
from maya_site.core.errors import ProviderError, Refusal
from maya_site.core.venue import venue_timezone

MY_PAGE = "my_evening"


@staff_post(OPEN_PERMISSION)
def open_screen(request: HttpRequest) -> ActionResult:
    """Whoever opens it is logged out here: on the screen they act by their PIN, as everybody does."""
    if display_access(request).screen is None:
        shared_screens.open_screen(request, _user(request))
    return "This is a shared screen now. Type your PIN and tap your name.", reverse("bartender:display")


@sensitive_post_parameters("pin")
@staff_post(VIEW_TICKETS)
def enter_pin(request: HttpRequest) -> ActionResult:
    form = parse_form(PinForm, request)
    shared_screens.switch_person(_screen(request).row, form.chosen_person, form.cleaned_data["pin"])
    return "", _next_page(form.cleaned_data["next"])


@staff_post(VIEW_TICKETS)
def lock_screen(request: HttpRequest) -> ActionResult:
    shared_screens.lock_screen(_screen(request).row)
    return "", reverse("bartender:display")


@staff_post(VIEW_TICKETS)
def stay_awake(request: HttpRequest) -> ActionResult:
    """Sent by the script while somebody taps and types. Every form of the display does the same."""
    return "", ""


@staff_post(OPEN_PERMISSION)
def close_screen(request: HttpRequest) -> ActionResult:
    shared_screens.close_screen(_screen(request).row)
    request.session.flush()
    return "The shared screen is closed.", reverse("bartender:display")


@sensitive_post_parameters("pin")
@staff_post(VIEW_STAFF_ACTIONS)
def approve_by_pin(request: HttpRequest, number: int) -> ActionResult:
    """The second person's word, given with their own PIN where the first one stands. Not in a transaction: a
    payment provider may be asked."""
    row = get_object_or_404(StaffAction.objects.select_related("tab", "requested_by"), pk=number)
    form = parse_form(ApproveByPinForm, request)
    person = form.chosen_person
    if not staff_actions.can_approve(row, person):
        raise MayNotApprove(person.get_username())
    staff_pins.check_pin(person, form.cleaned_data["pin"], _place(request))
    is_declined = form.cleaned_data["declined"]
    try:
        now = (staff_actions.decline if is_declined else staff_actions.approve)(row, person)
    except ProviderError as error:
        raise Refusal(str(error)) from error
    if is_declined:
        return f"Declined: {staff_actions.describe_planned_action(now)}.", ""
    return f"Done: {staff_actions.describe_completed_action(now)}", ""


@staff_page(VIEW_TICKETS, needs_person=True)
def my_evening(request: HttpRequest) -> HttpResponse:
    access = display_access(request)
    allowed = get_permissions(access.user)
    context = {
        "venue": current_menu().venue,
        "may": allowed,
        "evening": staff_evening(_user(request)),
        "pin": StaffPin.objects.select_related("set_by").filter(user=_user(request)).first(),
        "min_digits": staff_pins.MIN_DIGITS,
        "max_digits": staff_pins.MAX_DIGITS,
        "may_open": access.screen is None and access.user.has_perm(OPEN_PERMISSION),
        "may_close": access.screen is not None and access.user.has_perm(OPEN_PERMISSION),
    } | base_context(access.user, allowed)
    with timezone.override(venue_timezone()):
        return render(request, "display/my_evening.html", context)


@sensitive_post_parameters("current", "pin", "again")
@staff_post(VIEW_TICKETS, page=MY_PAGE, needs_person=True)
def set_my_pin(request: HttpRequest) -> ActionResult:
    """On a shared screen the old PIN is asked for: it may be somebody else who stands there."""
    access, form = display_access(request), parse_form(NewPinForm, request)
    person = _user(request)
    pin = form.new_pin
    if access.screen is not None:
        staff_pins.check_pin(person, form.cleaned_data["current"], _place(request))
    staff_pins.set_pin(person, pin, set_by=person)
    return f"Your PIN is set, {person.get_username()}.", reverse(f"bartender:{MY_PAGE}")


def _screen(request: HttpRequest) -> OpenScreen:
    screen = display_access(request).screen
    if screen is None:
        raise NoSharedScreen
    return screen


def _place(request: HttpRequest) -> str:
    """Where PINs are typed, for the limit of tries: a shared screen, or a person's own session."""
    screen = display_access(request).screen
    return screen.row.code if screen else f"user:{_user(request).pk}"


def _next_page(path: str) -> str:
    """A page of the display that somebody wanted while the screen was locked, else the board."""
    board = reverse("bartender:display")
    is_ours = path.startswith(board) and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_ours else board


def _user(request: HttpRequest) -> User:
    return cast(User, staff_user(request))
