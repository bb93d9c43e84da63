"""Settling a guest's tab at the bar: cash with the amount given, the bar's card machine, a house account.

The amount is what the tab owes. What was given only says how much change there is; it moves no money.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User

from bartender.errors import AmountChanged, GuestHasLeft, NotEnoughGiven, PaidMeanwhile, VisitClosed
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import Visit
from bartender.services import bar_tabs, bills, staff_actions
from bartender.services.staff_actions import StaffActionRequest
from maya_site.core.currencies import get_currency
from payments.ledger import TipRule
from payments.models import Tab

CASH = "cash"
MAX_CASH_SUGGESTIONS = 5
# In whole units of the currency; where it has no decimals, its smallest notes are a hundred times that.
CASH_STEPS = (5, 10, 20, 50, 100)


@dataclass(frozen=True)
class BarPayment:
    """What a guest pays with, as the form says it. Amounts are minor units.

    `shown_cents` is the amount due that the person saw. `tip_cents` replaces the tip, None leaves it.
    """

    tender: str
    shown_cents: int
    received_cents: int | None = None
    tip_cents: int | None = None
    rest_is_tip: bool = False
    note: str = ""


def settle_at_bar(visit: Visit, tab: Tab, paid: BarPayment, person: User, form_id: str) -> StaffAction:
    """Sends what is unsent to the bar, sets the tip and settles the tab, or asks a second person to.

    The same person's same form settles once. Call it outside a transaction. Raises AmountChanged,
    PaidMeanwhile or NotEnoughGiven before anything is done, and what the rules of serving and of the ledger
    refuse.
    """
    key = action_key(person, f"{form_id}:{paid.tender}")
    if found := StaffAction.objects.filter(key=key).first():
        return found
    tab = Tab.objects.get(pk=tab.pk)
    tip_cents = _tip_cents(tab, paid)
    due_cents = tab.due_cents - tab.tip_cents + tip_cents
    if paid.received_cents is not None and paid.received_cents < due_cents:
        raise NotEnoughGiven(due_cents - paid.received_cents, tab.currency)
    if visit.closed_at is None:
        bar_tabs.send_rest_to_bar(visit, person, f"{form_id}:rest")
    replaced = {"tip_bp": tab.tip_bp, "tip_cents": tab.tip_cents} if tip_cents != tab.tip_cents else {}
    if replaced:
        _set_tip(visit, tip_cents, person, form_id)
    request = StaffActionRequest(
        kind=StaffAction.Kind.TENDER,
        tab=tab,
        reason=StaffAction.Reason.AT_BAR,
        note=paid.note,
        tender=paid.tender,
        shown_cents=due_cents,
        received_cents=paid.received_cents,
        replaced=replaced,
    )
    return staff_actions.submit_action(_with_fresh_tab(request), person, key)


def action_key(person: User, form_id: str) -> str:
    """The idempotency key of a staff action that a form of the display asked for."""
    return f"{person.pk}:{form_id}"


def change_cents(action: StaffAction) -> int:
    """What the guest gets back in cash, in minor units."""
    return 0 if action.received_cents is None else action.received_cents - action.amount_cents


def cash_suggestions(due_cents: int, currency: str) -> list[int]:
    """Amounts that a guest may hand over, in minor units: what is due, then the next round sums."""
    per_unit = get_currency(currency).minor_units_per_unit
    steps = [step * (per_unit if per_unit > 1 else 100) for step in CASH_STEPS]
    rounded = {-(-due_cents // step) * step for step in steps}
    return [due_cents, *sorted(rounded - {due_cents})][:MAX_CASH_SUGGESTIONS]


def last_tender(tab: Tab) -> StaffAction | None:
    """How the tab was settled at the bar, if it was."""
    kind, done = StaffAction.Kind.TENDER, StaffAction.Status.DONE
    return tab.staff_actions.filter(kind=kind, status=done).select_related("tab", "requested_by").first()


def _tip_cents(tab: Tab, paid: BarPayment) -> int:
    """The tip that the tab is to have. Raises PaidMeanwhile, or AmountChanged if the tab owes another amount
    than was shown."""
    if tab.status == Tab.Status.PAID:
        raise PaidMeanwhile
    if paid.shown_cents != tab.due_cents:
        raise AmountChanged(paid.shown_cents, tab.due_cents)
    tip = tab.tip_cents if paid.tip_cents is None else paid.tip_cents
    if not paid.rest_is_tip or paid.received_cents is None:
        return tip
    return tip + max(0, paid.received_cents - (tab.due_cents - tab.tip_cents + tip))


def _set_tip(visit: Visit, tip_cents: int, person: User, form_id: str) -> None:
    try:
        bills.set_tip(visit, TipRule(cents=tip_cents), bar_tabs.staff_operation(person, form_id, "tip"))
    except VisitClosed as over:
        raise GuestHasLeft from over


def _with_fresh_tab(request: StaffActionRequest) -> StaffActionRequest:
    request.tab.refresh_from_db()
    return request
