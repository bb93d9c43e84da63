"""Views of the bar display: tickets, items off sale, approvals, assistance requests and conversations."""

from __future__ import annotations

import secrets
from typing import cast

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from bartender.menu.availability import set_ingredients_available
from bartender.menu.snapshot import current_menu, set_available
from bartender.models.assistance import AssistanceRequest
from bartender.models.ingredients import Ingredient
from bartender.models.menu import MenuItem, Venue
from bartender.models.responsible_service import Approval
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import Ticket, Visit
from bartender.services import approvals, assistance, responsible_service, staff_actions, takeovers, tickets
from bartender.services.portions import set_portions
from bartender.services.printing.queue import record_display_seen
from bartender.services.staff_actions import APPROVE_PERMISSION
from bartender.web.actions import parse_form
from bartender.web.display.access import ActionResult, staff_page, staff_post, staff_user
from bartender.web.display.board import STATUS_WORDS, TicketStatus, guest_name
from bartender.web.display.forms import (
    AllergiesForm,
    AnswerForm,
    AvailabilityForm,
    HandBackForm,
    PortionsForm,
    PortionsLeftForm,
    TicketStepForm,
    YesOrNoForm,
)
from bartender.web.display.fragments import (
    ACKNOWLEDGE_MONEY_NOTICES,
    ANSWER_ASSISTANCE,
    ANSWER_GUESTS,
    CHANGE_AVAILABILITY,
    CHANGE_INGREDIENTS,
    CHANGE_TICKETS,
    DECIDE_APPROVALS,
    VIEW_CONVERSATIONS,
    VIEW_TICKETS,
    board_context,
    visit_context,
)
from maya_site.core.errors import ProviderError, Refusal
from payments import money_notices
from payments.models import MoneyNotice


@staff_page(VIEW_TICKETS, counts_as_touch=False)
def display(request: HttpRequest) -> HttpResponse:
    record_display_seen()
    context = board_context(staff_user(request), request.GET.get("station", "")[:9]) | {
        "page_id": secrets.token_hex(8)
    }
    return render(request, "display/display.html", context)


@staff_post(CHANGE_TICKETS)
def bump(request: HttpRequest, number: int) -> ActionResult:
    moved = tickets.bump_ticket(_ticket(number), _user(request), _shown_step(request))
    return f"Ticket {number} is {STATUS_WORDS[TicketStatus(moved.status)]}.", ""


@staff_post(CHANGE_TICKETS)
def recall(request: HttpRequest, number: int) -> ActionResult:
    moved = tickets.recall_ticket(_ticket(number), _user(request), _shown_step(request))
    return f"Ticket {number} was recalled: it is {STATUS_WORDS[TicketStatus(moved.status)]} again.", ""


@staff_post(CHANGE_AVAILABILITY)
@transaction.atomic
def change_availability(request: HttpRequest, number: int) -> ActionResult:
    """The form names the wanted state, so a second tap changes nothing."""
    item = get_object_or_404(MenuItem, pk=number)
    available = parse_form(AvailabilityForm, request).cleaned_data["available"]
    if not set_available([item.pk], available=available):
        return "That was done already.", ""
    done = "Put back" if available else "86"
    _log_change(request, item, done)
    return f"{done}: {item.name}.", ""


@staff_post(CHANGE_AVAILABILITY)
@transaction.atomic
def count_portions(request: HttpRequest) -> ActionResult:
    """How many of an item are left. Nothing filled in: it is not counted any more."""
    cleaned = parse_form(PortionsForm, request).cleaned_data
    return _count_item(request, cleaned["item"], cleaned["left"])


@staff_post(CHANGE_AVAILABILITY)
@transaction.atomic
def sell_so_many_more(request: HttpRequest, number: int) -> ActionResult:
    """What the stock sign proposes, in one tap: the item is counted from here on."""
    item = get_object_or_404(MenuItem, pk=number, listed=True)
    return _count_item(request, item, parse_form(PortionsLeftForm, request).cleaned_data["left"])


def _count_item(request: HttpRequest, item: MenuItem, left: int | None) -> ActionResult:
    row = set_portions(item.pk, left)
    counted = "not counted" if left is None else f"{left} left"
    _log_change(request, row, counted)
    return f"{row.name}: {counted}.", ""


@staff_post(CHANGE_INGREDIENTS)
@transaction.atomic
def change_ingredient_availability(request: HttpRequest, number: int) -> ActionResult:
    """86 of an ingredient, and of every drink that cannot be made without it. Says which those are."""
    ingredient = get_object_or_404(Ingredient, pk=number)
    available = parse_form(AvailabilityForm, request).cleaned_data["available"]
    before = set(current_menu().sold_out)
    if not set_ingredients_available([ingredient.pk], available=available):
        return "That was done already.", ""
    done = "Put back" if available else "86"
    _log_change(request, ingredient, done)
    drinks = ", ".join(sorted(before ^ set(current_menu().sold_out)))
    with_it = f" {'On' if available else 'Off'} sale with it: {drinks}." if drinks else ""
    return f"{done}: {ingredient.name}.{with_it}", ""


@staff_post(DECIDE_APPROVALS)
@transaction.atomic
def decide_approval(request: HttpRequest, number: int) -> ActionResult:
    """A person's decision on a waiting request. Whoever decides second is told that it was decided."""
    leave = get_object_or_404(Approval, pk=number)
    given = parse_form(YesOrNoForm, request).cleaned_data["given"]
    now = responsible_service.decide_approval(leave, _user(request), is_approved=given)
    _log_change(request, now, now.get_status_display())
    return approvals.describe_decision(now), ""


@staff_post(APPROVE_PERMISSION)
def decide_second_approval(request: HttpRequest, number: int) -> ActionResult:
    """Not in a transaction: a payment provider may be asked."""
    row = get_object_or_404(StaffAction.objects.select_related("tab", "requested_by"), pk=number)
    given = parse_form(YesOrNoForm, request).cleaned_data["given"]
    decide_it = staff_actions.approve if given else staff_actions.decline
    try:
        now = decide_it(row, _user(request))
    except ProviderError as error:
        raise Refusal(str(error)) from error
    return (
        f"Done: {staff_actions.describe_completed_action(now)}"
        if given
        else f"Declined: {staff_actions.describe_planned_action(now)}.",
        "",
    )


@staff_post(DECIDE_APPROVALS)
@transaction.atomic
def withdraw_refusal(request: HttpRequest, number: int) -> ActionResult:
    """Lifts a refusal in force; who did so is recorded. An age refusal needs an ID check instead."""
    leave = get_object_or_404(Approval.objects.select_related("visit"), pk=number)
    if leave not in approvals.standing_refusals(leave.visit):
        return "That no does not hold any more.", _conversation_url(leave.visit.code)
    if leave.kind == Approval.Kind.AGE:
        return "Look at the ID, then press “ID seen”.", _conversation_url(leave.visit.code)
    now = approvals.overturn_refusal(leave, _user(request))
    _log_change(request, now, "Taken back")
    what = f"the no to {approvals.describe_requested(leave)} for guest {guest_name(leave.visit)}"
    return f"Taken back: {what}.", _conversation_url(leave.visit.code)


@staff_post(ACKNOWLEDGE_MONEY_NOTICES)
def acknowledge_money_notice(request: HttpRequest, number: int) -> ActionResult:
    """Removes the notice from the display; it stays on its tab, with who has seen it."""
    notice = get_object_or_404(MoneyNotice.objects.select_related("tab"), pk=number)
    fresh = money_notices.acknowledge_notice(notice, _user(request))
    return f"{'Seen' if fresh else 'Seen already'}: {notice.message}", ""


@staff_post(DECIDE_APPROVALS)
@transaction.atomic
def record_id_check(request: HttpRequest, code: str) -> ActionResult:
    visit, of_age = _visit(code), parse_form(YesOrNoForm, request).cleaned_data["given"]
    responsible_service.record_age_check(visit, _user(request), is_of_age=of_age)
    said = "ID seen" if of_age else "No alcohol"
    _log_change(request, visit, said)
    return f"{said}: guest {guest_name(visit)}.", ""


@staff_post(DECIDE_APPROVALS)
@transaction.atomic
def change_allergies(request: HttpRequest, code: str) -> ActionResult:
    visit, names = _visit(code), parse_form(AllergiesForm, request).cleaned_data["allergies"]
    allergies = responsible_service.set_allergies(visit, names)
    said = f"Allergies: {', '.join(allergies) or 'none'}"
    _log_change(request, visit, said)
    return f"{said}. Guest {guest_name(visit)}.", ""


@staff_post(ANSWER_ASSISTANCE)
@transaction.atomic
def answer_request(request: HttpRequest, number: int) -> ActionResult:
    """The first person to answer counts; a second one is told who is going."""
    now = assistance.answer_request(get_object_or_404(AssistanceRequest, pk=number), _user(request))
    _log_change(request, now, "I am coming")
    return f"You are going to guest {guest_name(now.visit)}.", ""


@staff_post(ANSWER_ASSISTANCE)
@transaction.atomic
def resolve_request(request: HttpRequest, number: int) -> ActionResult:
    now = assistance.resolve_request(get_object_or_404(AssistanceRequest, pk=number), _user(request))
    _log_change(request, now, "Seen to")
    return f"Seen to: guest {guest_name(now.visit)}.", ""


@staff_page(VIEW_CONVERSATIONS)
def conversation(request: HttpRequest, code: str) -> HttpResponse:
    visit = get_object_or_404(Visit, code=code)
    context = visit_context(staff_user(request), visit)
    context |= {"venue": Venue.current().name, "page_id": secrets.token_hex(8)}
    return render(request, "display/conversation.html", context)


@staff_post(ANSWER_GUESTS)
def take_over(request: HttpRequest, code: str) -> ActionResult:
    takeovers.take_over(_visit(code), _user(request))
    return "You answer this guest now. Maya is silent until you hand back.", _conversation_url(code)


@staff_post(ANSWER_GUESTS)
def answer_guest(request: HttpRequest, code: str) -> ActionResult:
    form = parse_form(AnswerForm, request)
    key = f"bar-{form.cleaned_data['id']}"
    takeovers.send_staff_reply(_visit(code), form.cleaned_data["text"], _user(request), key)
    return "", _conversation_url(code)


@staff_post(ANSWER_GUESTS)
def hand_back(request: HttpRequest, code: str) -> ActionResult:
    lines = parse_form(HandBackForm, request).cleaned_data
    summary = [lines["first"], lines["second"]]
    was = takeovers.hand_back(_visit(code), _user(request), summary)
    said = "Maya has the conversation again." if was else "Maya has it already."
    return said, reverse("bartender:display")


def _log_change(request: HttpRequest, row: Model, message: str) -> None:
    LogEntry.objects.log_actions(
        staff_user(request).pk, [row], CHANGE, change_message=message, single_object=True
    )


def _user(request: HttpRequest) -> User:
    return cast(User, staff_user(request))


def _ticket(number: int) -> Ticket:
    return get_object_or_404(Ticket.objects.select_related("tab"), pk=number)


def _visit(code: str) -> Visit:
    return get_object_or_404(Visit, code=code)


def _shown_step(request: HttpRequest) -> int:
    seen: int = parse_form(TicketStepForm, request).cleaned_data["seen"]
    return seen


def _conversation_url(code: str) -> str:
    return reverse("bartender:conversation", args=[code])
