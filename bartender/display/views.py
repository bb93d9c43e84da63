"""The bar display: tickets to be made, drinks off sale, and guests who talk with Maya or with a person."""

from __future__ import annotations

import secrets
from typing import Any, cast

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from bartender.deeds import read
from bartender.display.board import guest_name
from bartender.display.door import Done, done_by, person, shown_to
from bartender.display.forms import (
    AllergiesForm,
    AnswerForm,
    AvailableForm,
    HandBackForm,
    StepForm,
    YesOrNoForm,
)
from bartender.display.pieces import DECIDE, MOVE, READ, SEE, SELL, SPEAK, board_context, visit_context
from bartender.menu.snapshot import set_available
from bartender.records.menu import MenuItem, Venue
from bartender.records.serving import StaffLeave
from bartender.records.visits import Ticket, Visit
from bartender.services import serving, takeovers, tickets


@shown_to(SEE)
def display(request: HttpRequest) -> HttpResponse:
    return render(request, "display/display.html", board_context(person(request)) | _page())


@done_by(MOVE)
def bump(request: HttpRequest, number: int) -> Done:
    moved = tickets.bump(_ticket(number), person(request).get_username(), _seen(request))
    return f"Ticket {number}: {moved.get_status_display()}.", ""


@done_by(MOVE)
def recall(request: HttpRequest, number: int) -> Done:
    moved = tickets.recall(_ticket(number), person(request).get_username(), _seen(request))
    return f"Ticket {number} is back: {moved.get_status_display()}.", ""


@done_by(SELL)
@transaction.atomic
def availability(request: HttpRequest, number: int) -> Done:
    """Says which way, so that a second tap changes nothing."""
    item = get_object_or_404(MenuItem, pk=number)
    available = read(AvailableForm, request).cleaned_data["available"]
    if not set_available([item.pk], available=available):
        return "That was done already.", ""
    done = "Put back" if available else "86"
    _log(request, item, done)
    return f"{done}: {item.name}.", ""


@done_by(DECIDE)
@transaction.atomic
def decide(request: HttpRequest, number: int) -> Done:
    """A person's word on what no rule may decide. Said once; the second is told that it was."""
    leave = get_object_or_404(StaffLeave, pk=number)
    given = read(YesOrNoForm, request).cleaned_data["given"]
    now = serving.decide_leave(leave, _user(request), given=given)
    _log(request, now, now.get_status_display())
    return f"{now}: {now.get_status_display()}.", ""


@done_by(DECIDE)
@transaction.atomic
def look_at_id(request: HttpRequest, code: str) -> Done:
    visit, of_age = _visit(code), read(YesOrNoForm, request).cleaned_data["given"]
    serving.check_age(visit, _user(request), of_age=of_age)
    said = "ID seen" if of_age else "No alcohol"
    _log(request, visit, said)
    return f"{said}: guest {guest_name(visit)}.", ""


@done_by(DECIDE)
@transaction.atomic
def allergies(request: HttpRequest, code: str) -> Done:
    visit, names = _visit(code), read(AllergiesForm, request).cleaned_data["allergies"]
    kept = serving.set_allergies(visit, names)
    said = f"Allergies: {', '.join(kept) or 'none'}"
    _log(request, visit, said)
    return f"{said}. Guest {guest_name(visit)}.", ""


@shown_to(READ)
def talk(request: HttpRequest, code: str) -> HttpResponse:
    visit = get_object_or_404(Visit, code=code)
    return render(request, "display/talk.html", visit_context(person(request), visit) | _page())


@done_by(SPEAK)
def take_over(request: HttpRequest, code: str) -> Done:
    takeovers.take_over(_visit(code), person(request).get_username())
    return "You answer this guest now. Maya is silent until you hand back.", _talk(code)


@done_by(SPEAK)
def answer(request: HttpRequest, code: str) -> Done:
    form = read(AnswerForm, request)
    key = f"bar-{form.cleaned_data['id']}"
    takeovers.answer(_visit(code), form.cleaned_data["text"], person(request).get_username(), key)
    return "", _talk(code)


@done_by(SPEAK)
def hand_back(request: HttpRequest, code: str) -> Done:
    lines = read(HandBackForm, request).cleaned_data
    summary = [lines["first"], lines["second"]]
    was = takeovers.hand_back(_visit(code), person(request).get_username(), summary)
    said = "Maya has the conversation again." if was else "Maya has it already."
    return said, reverse("bartender:display")


def _page() -> dict[str, Any]:
    return {"venue": Venue.here().name, "page_id": secrets.token_hex(8)}


def _log(request: HttpRequest, row: Model, said: str) -> None:
    LogEntry.objects.log_actions(person(request).pk, [row], CHANGE, change_message=said, single_object=True)


def _user(request: HttpRequest) -> User:
    return cast(User, person(request))


def _ticket(number: int) -> Ticket:
    return get_object_or_404(Ticket.objects.select_related("tab"), pk=number)


def _visit(code: str) -> Visit:
    return get_object_or_404(Visit, code=code)


def _seen(request: HttpRequest) -> int:
    seen: int = read(StepForm, request).cleaned_data["seen"]
    return seen


def _talk(code: str) -> str:
    return reverse("bartender:talk", args=[code])
