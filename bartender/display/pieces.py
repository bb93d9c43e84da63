"""The display in pieces of HTML: the page is made of them, and the live stream sends those that changed."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.template.loader import render_to_string

from bartender.display.board import LATE, OVER, Board, board, guest_name
from bartender.display.talks import Talk, talks, turns_of, two_lines
from bartender.display.wishes import wishes
from bartender.records.visits import Visit
from bartender.services.bills import bill_of
from bartender.serving.declared import NAMES

SEE = "bartender.view_ticket"
MOVE = "bartender.change_ticket"
SELL = "bartender.change_menuitem"
READ = "bartender.view_turn"
SPEAK = "bartender.speak_by_staff"
DECIDE = "bartender.decide_leave"
LANE_NAMES = {"new": "New", "making": "In the making", "ready": "Ready", "served": "Served"}


def may(user: AbstractUser) -> dict[str, bool]:
    return {
        "move": user.has_perm(MOVE),
        "sell": user.has_perm(SELL),
        "read": user.has_perm(READ),
        "speak": user.has_perm(SPEAK),
        "decide": user.has_perm(DECIDE),
    }


def board_context(user: AbstractUser) -> dict[str, Any]:
    shown: Board = board()
    allowed = may(user)
    going_on: list[Talk] = talks() if allowed["read"] else []
    return {
        "board": shown,
        "talks": going_on,
        "wishes": wishes() if allowed["decide"] else [],
        "may": allowed,
        "me": user.get_username(),
        "lanes": lanes(shown),
    }


def lanes(shown: Board) -> list[dict[str, Any]]:
    return [
        {"name": name, "title": LANE_NAMES[name], "slips": slips, "late": LATE, "over": OVER}
        for name, slips in shown.lanes.items()
    ]


def visit_context(user: AbstractUser, visit: Visit) -> dict[str, Any]:
    return {
        "visit": visit,
        "turns": turns_of(visit),
        "bill": bill_of(visit),
        "may": may(user),
        "me": user.get_username(),
        "summary": two_lines(visit) if visit.taken_by else [],
        "guest": guest_name(visit),
        "allergens": NAMES,
    }


def board_pieces(user: AbstractUser) -> dict[str, str]:
    context = board_context(user) | {"live": True}  # the page's own clock tells how old things are
    pieces: dict[str, str] = {
        f"lane-{lane['name']}": render_to_string("display/_lane.html", context | {"lane": lane})
        for lane in context["lanes"]
    }
    for name in ("wishes", "counts", "off_sale", "talks"):
        pieces[name] = render_to_string(f"display/_{name}.html", context)
    return pieces


def visit_pieces(user: AbstractUser, visit: Visit) -> dict[str, str]:
    context = visit_context(user, visit)
    return {"turns": render_to_string("display/_turns.html", context), "holder": visit.taken_by}
