"""Template context of the guest's pages. It only reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bartender.menu.snapshot import Menu, current_menu
from bartender.models.visits import Turn, Visit
from bartender.provider_status.badges import provider_badges
from bartender.safety.allergens import ALLERGEN_NAMES
from bartender.services.agent_pairings import agents_on_tab
from bartender.services.assistance import assistance_call_state
from bartender.services.bar_state import current_bar_state
from bartender.services.bills import bill_of
from bartender.services.own_keys import encryption
from bartender.services.own_keys.store import own_keys_of
from bartender.services.split_bill import shared_bills_of
from bartender.services.tab_view import TabView, tab_context
from bartender.speech.stt.registry import preferred_provider
from bartender.web.menu_cards import STRENGTH_LABELS, MenuSearch
from bartender.web.menu_rows import render_menu_rows
from bartender.web.script_messages import script_messages_json

MAX_TURNS = 60


def bar_context(visit: Visit, search: MenuSearch, csrf_token: str) -> dict[str, Any]:
    menu = current_menu()
    shown = bill_context(visit, menu=menu)
    return shown | {
        "menu_rows": render_menu_rows(
            menu, visit.allergies, search, csrf_token=csrf_token, page_id=shown["page_id"]
        ),
        "search": search,
        "measures": STRENGTH_LABELS,
        "allergens": ALLERGEN_NAMES,
        "venue": menu.venue,
        "turns": recent_turns(visit),
        "stt_engine": preferred_provider(),
        "components": provider_badges(visit),
        "keys_offered": encryption.own_keys_enabled(),
        "own_keys": bool(own_keys_of(visit)),
        "script_messages": script_messages_json(),
    }


def bill_context(visit: Visit, page: str = "", menu: Menu | None = None) -> dict[str, Any]:
    """`page` names the page that the forms redirect back to, if not the bar."""
    menu = menu or current_menu()
    shown = TabView(
        bill_of(visit),
        shared_bills_of(visit.code),
        tuple(visit.allergies),
        visit.age_state,
        agents_on_tab(visit, is_enabled=menu.agents_enabled),
        visit.name_and_place,
        current_bar_state(menu),
    )
    return tab_context(shown, page, menu) | {"visit": visit, "called": assistance_call_state(visit)}


def recent_turns(visit: Visit) -> Sequence[Turn]:
    """The conversation, oldest first; empty for a visit that is not saved yet."""
    if visit._state.adding:
        return []
    return list(visit.turns.order_by("-id")[:MAX_TURNS])[::-1]
