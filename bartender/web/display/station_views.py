"""What is pressed at a station: its part of a ticket is made, or equal drinks of several tickets."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from bartender.models.stations import Station
from bartender.models.visits import OrderLine, Ticket
from bartender.services import stations
from bartender.web.actions import parse_form
from bartender.web.display.access import ActionResult, staff_post, staff_user
from bartender.web.display.board import STATUS_WORDS, TicketStatus
from bartender.web.display.forms import MadeForm, TicketStepForm
from bartender.web.display.fragments import CHANGE_TICKETS


@staff_post(CHANGE_TICKETS)
def bump_part(request: HttpRequest, number: int, station: int) -> ActionResult:
    row, step = (
        get_object_or_404(Station, pk=station),
        parse_form(TicketStepForm, request).cleaned_data["seen"],
    )
    ticket = stations.bump_part(_ticket(number), row, _user(request), step)
    return f"{row.name}: ticket {number} is made{_end(ticket)}", ""


@staff_post(CHANGE_TICKETS)
def recall_part(request: HttpRequest, number: int, station: int) -> ActionResult:
    row, step = (
        get_object_or_404(Station, pk=station),
        parse_form(TicketStepForm, request).cleaned_data["seen"],
    )
    stations.recall_part(_ticket(number), row, _user(request), step)
    return f"{row.name}: ticket {number} is to be made once more.", ""


@staff_post(CHANGE_TICKETS)
def mark_batch_made(request: HttpRequest) -> ActionResult:
    """Each ticket is done by itself, so one that somebody else moves meanwhile stops none of the others."""
    keys = parse_form(MadeForm, request).keys
    waiting = OrderLine.objects.filter(pk__in=keys, ticket__isnull=False, made_at=None, quantity__gt=0)
    lines = list(waiting.select_related("ticket__tab").order_by("ticket_id", "pk"))
    if not lines:
        return "That was made already.", ""
    by_ticket: dict[Ticket, list[OrderLine]] = {}
    for line in lines:
        by_ticket.setdefault(cast(Ticket, line.ticket), []).append(line)
    for ticket, same in by_ticket.items():
        stations.mark_made(ticket, [line.pk for line in same], _user(request))
    units, numbers = sum(line.quantity for line in lines), ", ".join(str(ticket.pk) for ticket in by_ticket)
    return f"{units} × {lines[0].name} made, for the tickets {numbers}.", ""


def _end(ticket: Ticket) -> str:
    if ticket.status == TicketStatus.READY:
        return f", and all of it is {STATUS_WORDS[TicketStatus.READY]}."
    return "; other stations are still at it."


def _ticket(number: int) -> Ticket:
    return get_object_or_404(Ticket.objects.select_related("tab"), pk=number)


def _user(request: HttpRequest) -> User:
    return cast(User, staff_user(request))
