"""The bar display: tickets to be made, drinks off sale, and guests who talk with Maya or with a person."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from bartender.display.door import Done, done_by, person, read, shown_to
from bartender.display.forms import AnswerForm, AvailableForm, HandBackForm, StepForm
from bartender.display.pieces import MOVE, READ, SEE, SELL, SPEAK, board_context, visit_context
from bartender.menu.snapshot import set_available
from bartender.records.menu import MenuItem, Venue
from bartender.records.visits import Ticket, Visit
from bartender.services import takeovers, tickets


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
    LogEntry.objects.log_actions(person(request).pk, [item], CHANGE, change_message=done, single_object=True)
    return f"{done}: {item.name}.", ""


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


def _ticket(number: int) -> Ticket:
    return get_object_or_404(Ticket.objects.select_related("tab"), pk=number)


def _visit(code: str) -> Visit:
    return get_object_or_404(Visit, code=code)


def _seen(request: HttpRequest) -> int:
    seen: int = read(StepForm, request).cleaned_data["seen"]
    return seen


def _talk(code: str) -> str:
    return reverse("bartender:talk", args=[code])
