"""Views of one guest's tab on the bar display: open it, ring drinks in, send them, take them off."""

from __future__ import annotations

import secrets
from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from bartender.errors import NoSuchLine, NotOnTheMenu
from bartender.menu.snapshot import current_menu
from bartender.models.visits import Visit
from bartender.services import agent_pairings, bar_tabs, bills, orders, tab_moves, tables
from bartender.web.actions import parse_form
from bartender.web.display.access import ActionResult, staff_page, staff_post, staff_user
from bartender.web.display.forms import MoveForm, OpenTabForm, PlaceForm, RingInForm
from bartender.web.display.fragments import MOVE_DRINKS, RING_IN, STOP_AGENTS, VIEW_TABS
from bartender.web.display.tab_page import tab_page_context
from bartender.web.forms import GuestNameForm, IdempotentForm
from bartender.web.menu_cards import MenuSearch
from maya_site.core.money import format_money

TAB_PAGE = "staff_tab"


@staff_post(RING_IN)
def open_tab(request: HttpRequest) -> ActionResult:
    """The form's id makes the tab, so pressing twice opens one."""
    given = parse_form(OpenTabForm, request).cleaned_data
    visit = bar_tabs.open_bar_tab(_user(request), given["name"], given["id"])
    return "", reverse(f"bartender:{TAB_PAGE}", args=[visit.code])


@staff_page(VIEW_TABS)
def staff_tab(request: HttpRequest, code: str) -> HttpResponse:
    search = MenuSearch.from_query(request.GET)
    context = tab_page_context(staff_user(request), _visit(code), secrets.token_hex(8), search)
    return render(request, "display/tab.html", context)


@staff_post(RING_IN, page=TAB_PAGE)
def name_guest(request: HttpRequest, code: str) -> ActionResult:
    name = parse_form(GuestNameForm, request).cleaned_data["name"]
    visit = _visit(code)
    bar_tabs.name_guest(visit, name)
    return f"This guest is {visit.display_name} now.", reverse(f"bartender:{TAB_PAGE}", args=[code])


@staff_post(RING_IN, page=TAB_PAGE)
def change_table(request: HttpRequest, code: str) -> ActionResult:
    table, seat = tables.find_place(parse_form(PlaceForm, request).cleaned_data["place"])
    visit = _visit(code)
    tables.seat_guest(visit, table, seat)
    where = f"is at {visit.place}" if visit.place else "has no table"
    return f"{visit.display_name} {where} now.", reverse(f"bartender:{TAB_PAGE}", args=[code])


@staff_post(MOVE_DRINKS, page=TAB_PAGE)
def move_drinks(request: HttpRequest, code: str) -> ActionResult:
    """To another guest's tab, or to a new one. The page of the other tab is the next one after a new tab."""
    form, source, person = parse_form(MoveForm, request), _visit(code), _user(request)
    given, currency = form.cleaned_data, bills.bill_of(source).currency
    if not given["target"]:
        fresh = tab_moves.split_off(source, form.picks, given["name"], person, given["id"])
        said = f"Moved from {source.display_name} to this new tab."
        return said, reverse(f"bartender:{TAB_PAGE}", args=[fresh.code])
    target = _visit(given["target"])
    moved = tab_moves.move_drinks(source, target, form.picks, person, given["id"])
    drinks = "1 drink" if moved.units == 1 else f"{moved.units} drinks"
    dropped = (
        f" The tip of {format_money(moved.tip_dropped_cents, currency)} was taken off: say it again there."
        if moved.tip_dropped_cents
        else ""
    )
    return f"{drinks} moved to the tab of {target.name_and_place}.{dropped}", ""


@staff_post(RING_IN, page=TAB_PAGE)
def ring_in(request: HttpRequest, code: str, slug: str) -> ActionResult:
    form, visit = parse_form(RingInForm, request), _visit(code)
    drink = next((drink for drink in current_menu().drinks if drink.slug == slug), None)
    if drink is None:
        raise NotOnTheMenu(slug)
    given = form.cleaned_data
    wanted = 1 if given["quantity"] is None else given["quantity"]
    line = bar_tabs.ring_in(
        visit,
        drink.name,
        wanted,
        form.modifiers,
        given["note"],
        _user(request),
        given["id"],
        takeaway=given["takeaway"],
    )
    price = format_money(line.quantity * line.unit_cents, line.tab.currency)
    return f"{line.quantity} × {line.name}, {price}: on the tab of {visit.display_name}.", ""


@staff_post(RING_IN, page=TAB_PAGE)
def send_to_bar(request: HttpRequest, code: str) -> ActionResult:
    form_id = parse_form(IdempotentForm, request).cleaned_data["id"]
    ticket = bar_tabs.send_to_bar(_visit(code), _user(request), form_id)
    return f"Sent to the bar: ticket {ticket.pk}.", ""


@staff_post(RING_IN, page=TAB_PAGE)
def remove_line(request: HttpRequest, code: str, number: int) -> ActionResult:
    """What the bar has not begun; what it has begun is voided, with a reason."""
    form_id, visit = parse_form(IdempotentForm, request).cleaned_data["id"], _visit(code)
    line = bills.line_by_number(visit, number)
    if line is None:
        raise NoSuchLine
    cause = bar_tabs.staff_operation(_user(request), form_id, f"remove:{number}")
    orders.remove_line(visit, line, None, cause)
    return f"{line.name} is off the tab of {visit.display_name}.", ""


@staff_post(STOP_AGENTS, page=TAB_PAGE)
def stop_agent(request: HttpRequest, code: str, agent: str) -> ActionResult:
    visit = _visit(code)
    pairing = get_object_or_404(visit.agent_pairings.select_related("visit"), code=agent)
    agent_pairings.revoke_pairing(pairing, _user(request))
    return f"The assistant of {visit.display_name} orders nothing more.", ""


def _user(request: HttpRequest) -> User:
    return cast(User, staff_user(request))


def _visit(code: str) -> Visit:
    return get_object_or_404(Visit, code=code)
