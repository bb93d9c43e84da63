"""Context and HTML fragments of the bar display, for its pages and its stream."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.template.loader import render_to_string
from django.utils import timezone

from bartender.menu.snapshot import current_menu
from bartender.models.visits import Visit
from bartender.safety.allergens import ALLERGEN_NAMES
from bartender.services.bar_state import SWITCH_PERMISSION, bar_state_label, current_bar_state
from bartender.services.bar_tabs import list_open_tabs
from bartender.services.bills import bill_of
from bartender.services.printing.queue import printer_signs, unsure_jobs
from bartender.services.staff_names import name_for_staff
from bartender.services.stations import read_stations
from bartender.services.stock import TAKE_STOCK_PERMISSION, stock_notices
from bartender.services.undo import list_undoable_acts
from bartender.web.display.approval_requests import (
    ApprovalRequestList,
    list_approval_requests,
    list_standing_refusals,
)
from bartender.web.display.assistance import AssistanceRequestList, list_assistance_requests
from bartender.web.display.board import LATE_SECONDS, OVERDUE_SECONDS, Board, build_board, guest_name
from bartender.web.display.conversations import (
    ConversationList,
    draft_handback_summary,
    list_conversations,
    list_turns,
)
from bartender.web.display.second_approvals import list_second_approvals
from payments import money_notices

VIEW_TICKETS = "bartender.view_ticket"
CHANGE_TICKETS = "bartender.change_ticket"
CHANGE_AVAILABILITY = "bartender.change_menuitem"
CHANGE_INGREDIENTS = "bartender.change_ingredient"
VIEW_CONVERSATIONS = "bartender.view_turn"
ANSWER_GUESTS = "bartender.take_over_visit"
DECIDE_APPROVALS = "bartender.decide_approval"
ANSWER_ASSISTANCE = "bartender.answer_request"
MOVE_DRINKS = "bartender.move_by_staff"
VIEW_ASSISTANCE = "bartender.view_assistancerequest"
VIEW_STAFF_ACTIONS = "bartender.view_staffaction"
ACKNOWLEDGE_MONEY_NOTICES = "payments.change_moneynotice"
VIEW_TABS = "payments.view_tab"
VIEW_DISPUTES = "payments.view_dispute"
RING_IN = "bartender.ring_in_by_staff"
STOP_AGENTS = "bartender.stop_agent"
USE_DRAWER = "payments.use_drawer"
CLOSE_DAY = "payments.close_day"
PRINT = "bartender.print_by_staff"
LANE_TITLES = {"new": "New", "making": "In the making", "ready": "Ready", "served": "Served"}


def get_permissions(user: AbstractUser) -> dict[str, bool]:
    return {
        "move": user.has_perm(CHANGE_TICKETS),
        "sell": user.has_perm(CHANGE_AVAILABILITY),
        "shelve": user.has_perm(CHANGE_INGREDIENTS),
        "count_stock": user.has_perm(TAKE_STOCK_PERMISSION),
        "read": user.has_perm(VIEW_CONVERSATIONS),
        "speak": user.has_perm(ANSWER_GUESTS),
        "decide": user.has_perm(DECIDE_APPROVALS),
        "answer": user.has_perm(ANSWER_ASSISTANCE),
        "hear": user.has_perm(ANSWER_ASSISTANCE) or user.has_perm(VIEW_ASSISTANCE),
        "look": user.has_perm(VIEW_STAFF_ACTIONS),
        "money": user.has_perm(ACKNOWLEDGE_MONEY_NOTICES),
        "tabs": user.has_perm(VIEW_TABS),
        "disputes": user.has_perm(VIEW_DISPUTES),
        "ring": user.has_perm(RING_IN),
        "stop_agents": user.has_perm(STOP_AGENTS),
        "shift": user.has_perm(MOVE_DRINKS),
        "drawer": user.has_perm(USE_DRAWER),
        "switch": user.has_perm(SWITCH_PERMISSION),
        "close_day": user.has_perm(CLOSE_DAY),
        "print": user.has_perm(PRINT),
    }


def board_context(user: AbstractUser, station: str = "") -> dict[str, Any]:
    """`station`: the key of one, for what is made there alone."""
    menu, stations = current_menu(), read_stations()
    chosen = stations.find(int(station) if station.isdecimal() else None)
    shown: Board = build_board(menu, stations, chosen)
    allowed = get_permissions(user)
    going_on = list_conversations() if allowed["read"] else ConversationList()
    open_tabs, older_tabs = list_open_tabs() if allowed["tabs"] else ([], 0)
    return {
        "open_tabs": open_tabs,
        "older_tabs": older_tabs,
        "venue": menu.venue,
        "bar_state_label": bar_state_label(current_bar_state(menu)),
        "board": shown,
        "stations": stations.rows,
        "station": chosen,
        "menu_drinks": menu.drinks,
        "stock_notices": stock_notices(menu) if allowed["shelve"] or allowed["count_stock"] else [],
        "conversations": going_on,
        "approval_requests": list_approval_requests(menu=menu)
        if allowed["decide"]
        else ApprovalRequestList(),
        "undoable": list_undoable_acts(user) if allowed["tabs"] else [],
        "second_approvals": list_second_approvals(user) if allowed["look"] else [],
        "notices": money_notices.unacknowledged_notices()[: money_notices.MAX_SHOWN]
        if allowed["money"]
        else [],
        **printer_context(),
        "may": allowed,
        "me": user.get_username(),
        "lanes": lane_contexts(shown),
        "live": False,
    } | base_context(user, allowed)


def printer_context() -> dict[str, Any]:
    """What a person must do for the printers: where nothing is wrong, nothing."""
    signs = printer_signs(timezone.now())
    return {"printer_signs": signs, "unsure_jobs": unsure_jobs() if signs else []}


def base_context(
    user: AbstractUser, allowed: dict[str, bool], *, on_tab_page: bool = False
) -> dict[str, Any]:
    """For every page of the display: guests' calls are never overlooked. What is decided on the page of a tab
    leads back to it."""
    return {
        "on_tab_page": on_tab_page,
        "requests": list_assistance_requests() if allowed["hear"] else AssistanceRequestList(),
        "my_name": name_for_staff(user),
    }


def lane_contexts(shown: Board) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "title": LANE_TITLES[name],
            "tickets": tickets,
            "late": LATE_SECONDS,
            "over": OVERDUE_SECONDS,
        }
        for name, tickets in shown.lanes.items()
    ]


def visit_context(user: AbstractUser, visit: Visit) -> dict[str, Any]:
    allowed = get_permissions(user)
    return {
        "live": False,
        "visit": visit,
        "turns": list_turns(visit),
        "bill": bill_of(visit),
        "may": allowed,
        "me": user.get_username(),
        "holder": conversation_holder(visit),
        "summary": draft_handback_summary(visit) if visit.taken_over_by_id else [],
        "guest": guest_name(visit),
        "allergens": ALLERGEN_NAMES,
        "refusals": list_standing_refusals(visit),
    } | base_context(user, allowed)


def conversation_holder(visit: Visit) -> str:
    """The username of whoever has taken over; "" while Maya answers."""
    return visit.taken_over_by.get_username() if visit.taken_over_by else ""


def render_board_fragments(user: AbstractUser, station: str = "") -> dict[str, str]:
    context = board_context(user, station) | {"live": True}  # the page counts the waiting times by itself
    fragments: dict[str, str] = {
        f"lane-{lane['name']}": render_to_string("display/_lane.html", context | {"lane": lane})
        for lane in context["lanes"]
    }
    for name in (
        "requests",
        "undo",
        "second_approvals",
        "approval_requests",
        "money",
        "batches",
        "printers",
        "counts",
        "off_sale",
        "stock",
        "open_tabs",
        "conversations",
        "bar_state",
    ):
        fragments[name] = render_to_string(f"display/_{name}.html", context)
    return fragments


def render_visit_fragments(user: AbstractUser, visit: Visit) -> dict[str, str]:
    # The page puts its own token into the forms.
    context = visit_context(user, visit) | {"live": True, "csrf_token": "-"}
    names = ["requests", "turns", "their_tab"]
    if context["may"]["decide"] and not visit.closed_at:
        names.append("care")
    fragments = {name: render_to_string(f"display/_{name}.html", context) for name in names}
    return fragments | {"holder": conversation_holder(visit)}
