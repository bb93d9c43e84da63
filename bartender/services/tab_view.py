"""The guest's tab as a template shows it: on the page, and rendered anew for the streams of open pages."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string

from bartender.menu.snapshot import Menu, current_menu
from bartender.services.bills import Bill
from bartender.services.split_bill import SharedBill

TIP_PERCENTAGES = (10, 15, 20)
LOW_BALANCE_CENTS = 50_00
CSRF_PLACEHOLDER = "-"
# A browser shows a run of it as one space, and it is a fifth of what would be sent.
INDENTATION = re.compile(r"[ \n]+")
FRAGMENT_TEMPLATES = {"tab": "bartender/_tab_content.html", "due": "bartender/_amount_due.html"}


@dataclass(frozen=True)
class TabView:
    """All that a guest's tab shows. Two that are equal look the same."""

    bill: Bill
    shared_bills: tuple[SharedBill, ...]
    allergies: tuple[str, ...]
    age_state: str


def tab_context(shown: TabView, page: str = "", menu: Menu | None = None) -> dict[str, Any]:
    """For `_tab_content.html` and `_amount_due.html`, on a page and on the live stream."""
    bill, limits = shown.bill, (menu or current_menu()).current_limits()
    return {
        "page": page,
        "page_id": secrets.token_hex(8),
        "legal_age": limits.legal_age,
        "asks_age": limits.age_check == "declared" and shown.age_state == "unknown",
        "allergies": shown.allergies,
        "bill": bill,
        "tips": TIP_PERCENTAGES,
        "money": balance_level(bill),
        "unsent": bill.unsent,
        "shared": shown.shared_bills,
    }


def balance_level(bill: Bill) -> str:
    """How the balance looks: "", low or out. Real money has no balance."""
    if bill.balance_cents is None or bill.balance_cents >= LOW_BALANCE_CENTS:
        return ""
    return "low" if bill.balance_cents > 0 else "out"


def render_tab_fragments(shown: TabView) -> dict[str, str]:
    """HTML by the name of its fragment, in the active language.

    The page includes the same templates, so a tab looks the same however it came there;
    `static/js/fragments.js` puts each fragment into the element whose `data-fragment` is its name. There is
    no request to make a CSRF token for: the page puts its own in the place of `CSRF_PLACEHOLDER`.
    """
    context = tab_context(shown) | {"csrf_token": CSRF_PLACEHOLDER}
    return {
        name: INDENTATION.sub(" ", render_to_string(template, context))
        for name, template in FRAGMENT_TEMPLATES.items()
    }
