"""The guest's tab as its templates need it, for the page and for the live stream's fragments."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string

from bartender.menu.opening_hours import ALWAYS_OPEN, BarState
from bartender.menu.snapshot import Menu, current_menu
from bartender.services.agent_pairings import AgentOnTab
from bartender.services.bar_state import bar_state_text
from bartender.services.bills import Bill
from bartender.services.split_bill import SharedBill

TIP_PERCENTAGES = (10, 15, 20)
LOW_BALANCE_CENTS = 50_00
CSRF_PLACEHOLDER = "-"
# Browsers show a run of white space as one space; it is a fifth of the bytes to send.
INDENTATION = re.compile(r"[ \n]+")
FRAGMENT_TEMPLATES = {
    "tab": "bartender/_tab_content.html",
    "due": "bartender/_amount_due.html",
    "bar_state": "bartender/_bar_state.html",
}


@dataclass(frozen=True)
class TabView:
    """Everything that a guest's tab shows; equal values render the same."""

    bill: Bill
    shared_bills: tuple[SharedBill, ...]
    allergies: tuple[str, ...]
    age_state: str
    agents: tuple[AgentOnTab, ...] | None = None  # None: the venue has no agents
    guest: str = ""  # what the guest is called, with the table
    bar_state: BarState = ALWAYS_OPEN


def tab_context(
    shown: TabView, page: str = "", menu: Menu | None = None, page_id: str = ""
) -> dict[str, Any]:
    """Context of the templates of FRAGMENT_TEMPLATES, on the page and in fragments. `page_id` begins the ids
    of the forms; a new one without it."""
    bill, limits = shown.bill, (menu or current_menu()).current_limits()
    return {
        "page": page,
        "page_id": page_id or secrets.token_hex(8),
        "legal_age": limits.legal_age,
        "guest": shown.guest,
        "asks_age": limits.age_check == "declared" and shown.age_state == "unknown",
        "allergies": shown.allergies,
        "bill": bill,
        "tips": TIP_PERCENTAGES,
        "money": balance_level(bill),
        "unsent": bill.unsent,
        "shared": shown.shared_bills,
        "agents": shown.agents,
        "takes_orders": shown.bar_state.takes_orders,
        "bar_state_text": "" if shown.bar_state == ALWAYS_OPEN else bar_state_text(shown.bar_state),
    }


def balance_level(bill: Bill) -> str:
    """Returns "low" or "out" when play money runs short, else ""; real money has no balance."""
    if bill.balance_cents is None or bill.balance_cents >= LOW_BALANCE_CENTS:
        return ""
    return "low" if bill.balance_cents > 0 else "out"


def render_tab_fragments(shown: TabView, page_id: str = "") -> dict[str, str]:
    """HTML by fragment name, in the active language.

    The page includes the same templates. `static/js/fragments.js` puts each fragment into the element whose
    `data-fragment` is its name, and the page's CSRF token in the place of `CSRF_PLACEHOLDER`, because a
    stream has no request to make one for.
    """
    context = tab_context(shown, page_id=page_id) | {"csrf_token": CSRF_PLACEHOLDER}
    return {
        name: INDENTATION.sub(" ", render_to_string(template, context))
        for name, template in FRAGMENT_TEMPLATES.items()
    }
