"""The page of one guest's tab on the bar display: context and HTML fragments."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.template.loader import render_to_string

from bartender.menu.snapshot import current_menu
from bartender.models.menu import Venue
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import BAR_SURFACE, Visit
from bartender.safety.allergens import ALLERGEN_NAMES
from bartender.services.agent_pairings import agents_on_tab
from bartender.services.bar_settlement import cash_suggestions, change_cents, last_tender
from bartender.services.bar_tabs import OpenTab, list_open_tabs
from bartender.services.bills import Bill, bill_of
from bartender.services.orders import current_tab
from bartender.services.printing.jobs import paper_kind, print_choices
from bartender.services.staff_actions import available_actions, describe_completed_action
from bartender.services.tables import list_places
from bartender.services.undo import list_undoable_acts
from bartender.web.display.action_forms import REASON_CHIPS, reason_chips, staff_members
from bartender.web.display.approval_requests import list_approval_requests, list_standing_refusals
from bartender.web.display.fragments import base_context, get_permissions
from bartender.web.display.second_approvals import list_second_approvals
from bartender.web.menu_cards import MenuSearch, menu_sections
from payments.models import Tab, TaxMethod

MAX_SERVERS = 24


def tab_page_context(
    user: AbstractUser, visit: Visit, page_id: str, search: MenuSearch | None = None
) -> dict[str, Any]:
    """`page_id` begins the ids of the page's forms, which become idempotency keys."""
    allowed, search, bill = get_permissions(user), search or MenuSearch(), bill_of(visit)
    venue_menu = current_menu()
    menu = menu_sections(venue_menu, visit.allergies, search)
    tab = current_tab(visit)
    return (
        {
            "tab": tab,
            "acts": {kind for kind, _label in available_actions(tab, user)} if tab else set(),
            "chips": {kind: reason_chips(kind) for kind in REASON_CHIPS},
            "servers": list(staff_members()[:MAX_SERVERS]) if tab and tab.tip_cents else [],
            "undoable": list_undoable_acts(user, visit.code) if allowed["tabs"] else [],
            "second_approvals": list_second_approvals(user, visit.code) if allowed["look"] else [],
            "live": False,
            "venue": venue_menu.venue,
            "visit": visit,
            "guest": visit.name_and_place,
            "move_targets": _move_targets(visit) if allowed["shift"] and bill.units else [],
            "can_move": allowed["shift"] and bill.units > 0 and bill.status == Tab.Status.OPEN,
            "places": list_places(visit) if allowed["ring"] and not visit.closed_at else [],
            "at_bar": visit.surface == BAR_SURFACE,
            "page_id": page_id,
            "action_id": _action_id(page_id, tab),
            "may": allowed,
            "agents": agents_on_tab(visit, is_enabled=venue_menu.agents_enabled),
            "bill": bill,
            "is_live": bool(bill.tab) and bill.status in Tab.UNSETTLED_STATUSES,
            "is_closing": bill.status == Tab.Status.CLOSING,
            "menu": menu,
            "search": search,
            "has_takeaway": venue_menu.has_takeaway_rates and Venue.current().tax_method != TaxMethod.SINGLE,
            "nothing_found": not any(found for _category, _cards, found in menu),
            "allergens": ALLERGEN_NAMES,
            "refusals": list_standing_refusals(visit) if allowed["decide"] else [],
            "approval_requests": list_approval_requests(visit, venue_menu) if allowed["decide"] else (),
        }
        | _settlement_context(tab)
        | _print_context(bill, may_print=allowed["print"])
        | base_context(user, allowed, on_tab_page=True)
    )


def _move_targets(visit: Visit) -> list[OpenTab]:
    """Open tabs of other guests, which drinks can be moved to."""
    tabs, _older = list_open_tabs()
    return [one for one in tabs if one.visit != visit.code and not (one.has_left or one.is_closing)]


def _action_id(page_id: str, tab: Tab | None) -> str:
    """Begins the ids of the forms that act on the tab: another one once an act was done or declined, and the
    same one while it waits for the second person."""
    if tab is None:
        return page_id
    decided = tab.staff_actions.exclude(status=StaffAction.Status.WAITING).count()
    return f"{page_id}-{tab.version}-{decided}"


def _settlement_context(tab: Tab | None) -> dict[str, Any]:
    """What may be handed over in cash, with the change; and how the tab was settled at the bar."""
    due = tab.due_cents if tab else 0
    given = cash_suggestions(due, tab.currency) if tab and due > 0 else []
    tender = last_tender(tab) if tab and tab.status == Tab.Status.PAID else None
    return {
        "cash": [(cents, cents - due) for cents in given],
        "before_tip_cents": due - tab.tip_cents if tab else 0,
        "tender": tender,
        "settled": describe_completed_action(tender) if tender else "",
        "change": change_cents(tender) if tender else 0,
    }


def _print_context(bill: Bill, *, may_print: bool) -> dict[str, Any]:
    tab = Tab.objects.filter(code=bill.tab).first() if may_print and bill.tab else None
    return {"print_choices": print_choices(tab) if tab else [], "paper": paper_kind(tab) if tab else None}


def render_tab_page_fragments(user: AbstractUser, visit: Visit, page_id: str) -> dict[str, str]:
    # The page puts its own token into the forms.
    context = tab_page_context(user, visit, page_id) | {"live": True, "csrf_token": "-"}
    names = ["requests", "undo", "tab_sheet", "second_approvals", "approval_requests"]
    if not visit.closed_at:
        names += ["care"] if context["may"]["decide"] else []
        names += ["ring_grid"] if context["may"]["ring"] else []
    return {name: render_to_string(f"display/_{name}.html", context) for name in names}
