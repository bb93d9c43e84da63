"""Play money that a visit has left, where the till is simulated."""

from __future__ import annotations

from maya_site.core.db import CompiledQuery
from payments.models import LedgerEntry, Tab

Account = LedgerEntry.Account


def play_money_balance_cents(tab: Tab) -> int | None:
    """Play money left for the visit if this tab were paid now; None where the money is real."""
    if tab.play_money_cents is None:
        return None
    return tab.play_money_cents - play_money_spent_cents(tab.visit_code) - tab.due_cents


def play_money_spent_cents(visit_code: str) -> int:
    """Play money that the visit has already paid with."""
    return sum(entry.cents for entry in _PLAY_MONEY_ENTRIES.rows(visit_code))


_PLAY_MONEY_ENTRIES = CompiledQuery(
    lambda visit_code: LedgerEntry.objects.filter(tab__visit_code=visit_code, account=Account.MOCK_CLEARING),
    str,
)
