# ruff: noqa: E501 - one mutant a line reads as a table
"""Breakages of the money code, each one line wrong. The suite is worth what it does when one of them is in.

`python -m pytest tests/payments/test_ledger_mutants.py -m mutants -s` puts them in one by one and prints who
was caught, how fast, and by what.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from bartender.services import bills, orders, tickets
from payments import attempts, checkout, ledger, settling


@dataclass(frozen=True)
class Mutant:
    name: str
    module: ModuleType
    function: str
    old: str
    new: str

    @contextmanager
    def loose(self) -> Iterator[None]:
        """The function is rewritten in its own module; its callers there find the rewritten one."""
        right: Any = getattr(self.module, self.function)
        source = inspect.getsource(inspect.unwrap(right))
        assert source.count(self.old) == 1, f"{self.name}: the line it breaks is not there any more"
        exec(compile(source.replace(self.old, self.new), f"<{self.name}>", "exec"), vars(self.module))
        wrong = getattr(self.module, self.function)
        importers = [
            module
            for module in list(sys.modules.values())
            if module is not self.module and getattr(module, "__dict__", {}).get(self.function) is right
        ]
        for module in importers:
            setattr(module, self.function, wrong)
        try:
            yield
        finally:
            for module in (self.module, *importers):
                setattr(module, self.function, right)


SEEDED = [
    Mutant("tip added, not replaced", ledger, "_recompute", "change.tip.bp, change.tip.cents", "change.tip.bp, tab.tip_cents + change.tip.cents"),
    Mutant("percent tip does not follow", ledger, "_recompute", "if tab.tip_bp is not None:", "if change.tip and tab.tip_bp is not None:"),
    Mutant("tip counts on the gross", ledger, "_recompute", "share_bp(tab.net_cents, tab.tip_bp)", "share_bp(tab.subtotal_cents, tab.tip_bp)"),
    Mutant("tax truncated", ledger, "_recompute", "share_bp(tab.net_cents, tab.tax_rate_bp)", "tab.net_cents * tab.tax_rate_bp // 10_000"),
    Mutant("no freeze", ledger, "_refuse_wrong_state", "raise TabFrozen", "pass"),
    Mutant("bill without freezing", ledger, "_receive", "    if change.status:\n", "    if change.status and change.kind != Kind.FREEZE:\n"),
    Mutant("paid tab takes more", ledger, "_refuse_wrong_state", "raise TabClosed", "return"),
    Mutant("nothing can be paid", ledger, "_refuse_wrong_state", "raise NothingToPay", "pass"),
    Mutant("void without looking", ledger, "_sell", "< 0:", "< -99:"),
    Mutant("comp twice", ledger, "_comp", "if comped or not cents:", "if not cents:"),
    Mutant("key ignored", ledger, "answered", "return found", "return None"),
    Mutant("repeated key posts again", ledger, "_post", "if found := already(tab, cause.key):", "if (found := already(tab, cause.key)) and found.kind != change.kind:"),
    Mutant("other body under a key", ledger, "answered", "raise KeyReused", "pass"),
    Mutant("version skipped", ledger, "_write", "tab.version += 1", "tab.version += 1 + (change.kind == Kind.VOID)"),
    Mutant("unit limit off by one", ledger, "_refuse_over_limits", "tab.units > tab.unit_cap", "tab.units > tab.unit_cap + 1"),
    Mutant("unit limit too strict", ledger, "_refuse_over_limits", "tab.units > tab.unit_cap", "tab.units >= tab.unit_cap"),
    Mutant("line limit off by one", orders, "_refuse_too_many", "+ more > tab.line_cap", "+ more > tab.line_cap + 1"),
    Mutant("limit without the tip", ledger, "_refuse_over_limits", "max(tab.total_cents, tab.subtotal_cents)", "tab.subtotal_cents"),
    Mutant("comps make room", ledger, "_refuse_over_limits", "max(tab.total_cents, tab.subtotal_cents)", "tab.total_cents"),
    Mutant("tip limit off", ledger, "_refuse_over_limits", "tab.tip_cents > tab.tip_cap_cents", "tab.tip_cents > 2 * tab.tip_cap_cents"),
    Mutant("play money unchecked", ledger, "_refuse_over_limits", "left < 0:", "left < -10**9:"),
    Mutant("play money of the tab only", ledger, "play_balance", "- _captured(tab.visit_code)", "- 0"),
    Mutant("payment amount not checked", ledger, "_receive", "change.payment.amount_cents != tab.due_cents", "False"),
    Mutant("money in another drawer", ledger, "drawer_of", "return Account.MOCK_CLEARING", "return Account.CLEARING"),
    Mutant("received twice", settling, "settle", "if tab.status != Tab.Status.PAID:", "if True:"),
    Mutant("settled after expiry", attempts, "move", "if status not in Payment.NEXT.get(now.status, ()):", "if status not in Payment.NEXT.get(now.status, ('succeeded',)):"),
    Mutant("settled without a yes", attempts, "move", "if status not in Payment.NEXT.get(now.status, ()):", "if now.status not in Payment.LIVE:"),
    Mutant("any nonce will do", checkout, "confirm", "payment is None or not secrets", "payment is None or None is secrets"),
    Mutant("failed, still frozen", settling, "give_up", "ledger.reopen(tab, cause)", "pass"),
    Mutant("bill for less than is due", checkout, "propose", "amount_cents=posting.tab.due_cents", "amount_cents=posting.tab.due_cents - posting.tab.tip_cents"),
    Mutant("link stays when ordering goes on", checkout, "thaw", "if payment := live_payment(tab):\n", "if (payment := live_payment(tab)) and not payment.url:\n"),
    Mutant("price of the menu, not the line's", orders, "_take_off", "Sale(line.code, units, line.unit_cents)", "Sale(line.code, units, line.item.price_cents)"),
    Mutant("modifiers cost nothing", orders, "_add", "unit_cents=unit_price(drink, chosen)", "unit_cents=unit_price(drink, ())"),
    Mutant("line grows at its old price", orders, "_more", "unit_price(drink, chosen) != line.unit_cents", "False"),
    Mutant("started drinks come off", orders, "_removable", "line.ticket.status == Ticket.Status.NEW", "True"),
    Mutant("tip forgets to show the bill again", bills, "set_tip", "if was_closing:", "if False:"),
    Mutant("repeated ticket fires the rest", tickets, "fire_locked", "if found := Ticket.objects.filter(visit=visit, key=cause.key).first():", "if found := Ticket.objects.filter(visit=visit, key=cause.key, status='none').first():"),
]  # fmt: skip
