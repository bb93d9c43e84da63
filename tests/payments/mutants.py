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

from bartender.services import amends, bills, orders, tickets
from payments import attempts, checkout, effects, ledger, settling


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
    Mutant("tip added, not replaced", effects, "recompute", "change.tip.bp, change.tip.cents", "change.tip.bp, tab.tip_cents + change.tip.cents"),
    Mutant("percent tip does not follow", effects, "recompute", "if tab.tip_bp is not None:", "if change.tip and tab.tip_bp is not None:"),
    Mutant("tip counts on the gross", effects, "recompute", "share_bp(tab.net_cents, tab.tip_bp)", "share_bp(tab.subtotal_cents, tab.tip_bp)"),
    Mutant("tax truncated", effects, "recompute", "share_bp(tab.net_cents, tab.tax_rate_bp)", "tab.net_cents * tab.tax_rate_bp // 10_000"),
    Mutant("no freeze", effects, "refuse_wrong_state", "raise TabFrozen", "pass"),
    Mutant("bill without freezing", effects, "receive", "    if change.status:\n", "    if change.status and change.kind != Kind.FREEZE:\n"),
    Mutant("paid tab takes more", effects, "refuse_wrong_state", "raise TabClosed", "return"),
    Mutant("nothing can be paid", effects, "refuse_wrong_state", "raise NothingToPay", "pass"),
    Mutant("void without looking", effects, "sell", "< 0:", "< -99:"),
    Mutant("comp twice", effects, "comp", "left.subtract(comped)", "pass"),
    Mutant("key ignored", ledger, "answered", "return found", "return None"),
    Mutant("repeated key posts again", ledger, "_post", "if found := already(tab, cause.key):", "if (found := already(tab, cause.key)) and found.kind != change.kind:"),
    Mutant("other body under a key", ledger, "answered", "raise KeyReused", "pass"),
    Mutant("version skipped", ledger, "_write", "tab.version += 1", "tab.version += 1 + (change.kind == Kind.VOID)"),
    Mutant("unit limit off by one", effects, "refuse_over_limits", "tab.units > tab.unit_cap", "tab.units > tab.unit_cap + 1"),
    Mutant("unit limit too strict", effects, "refuse_over_limits", "tab.units > tab.unit_cap", "tab.units >= tab.unit_cap"),
    Mutant("line limit off by one", orders, "_refuse_too_many", "+ more > tab.line_cap", "+ more > tab.line_cap + 1"),
    Mutant("limit without the tip", effects, "refuse_over_limits", "max(tab.total_cents, tab.subtotal_cents)", "tab.subtotal_cents"),
    Mutant("comps make room", effects, "refuse_over_limits", "max(tab.total_cents, tab.subtotal_cents)", "tab.total_cents"),
    Mutant("tip limit off", effects, "refuse_over_limits", "tab.tip_cents > tab.tip_cap_cents", "tab.tip_cents > 2 * tab.tip_cap_cents"),
    Mutant("play money unchecked", effects, "refuse_over_limits", "left < 0:", "left < -10**9:"),
    Mutant("play money of the tab only", effects, "play_balance", "- played(tab.visit_code)", "- 0"),
    Mutant("payment amount not checked", effects, "_refuse_another_amount", "payment.amount_cents != wanted", "False"),
    Mutant("money in another drawer", effects, "drawer_of", "return Account.MOCK_CLEARING", "return Account.CLEARING"),
    Mutant("received twice", settling, "settle", "if tab.status != Tab.Status.PAID:", "if True:"),
    Mutant("settled after expiry", attempts, "move", "if status not in Payment.NEXT.get(now.status, ()):", "if status not in Payment.NEXT.get(now.status, ('succeeded',)):"),
    Mutant("settled without a yes", attempts, "move", "if status not in Payment.NEXT.get(now.status, ()):", "if now.status not in Payment.LIVE:"),
    Mutant("any nonce will do", checkout, "confirm", "payment is None or not secrets", "payment is None or None is secrets"),
    Mutant("failed, still frozen", settling, "give_up", "ledger.reopen(tab, cause)", "pass"),
    Mutant("bill for less than is due", checkout, "propose", "amount_cents=posting.tab.due_cents", "amount_cents=posting.tab.due_cents - posting.tab.tip_cents"),
    Mutant("link stays when ordering goes on", checkout, "thaw", "if payment := live_payment(tab):\n", "if (payment := live_payment(tab)) and not payment.url:\n"),
    Mutant("price of the menu, not the line's", orders, "take_off_anyway", "Sale(line.code, units, line.unit_cents)", "Sale(line.code, units, line.item.price_cents)"),
    Mutant("modifiers cost nothing", orders, "_add", "unit_cents=unit_price(drink, chosen)", "unit_cents=unit_price(drink, ())"),
    Mutant("line grows at its old price", orders, "_more", "unit_price(drink, chosen) != line.unit_cents", "False"),
    Mutant("started drinks come off", orders, "_removable", "line.ticket.status == Ticket.Status.NEW", "True"),
    Mutant("tip forgets to show the bill again", bills, "set_tip", "if was_closing:", "if False:"),
    Mutant("repeated ticket fires the rest", tickets, "fire_locked", "if found := Ticket.objects.filter(visit=visit, key=cause.key).first():", "if found := Ticket.objects.filter(visit=visit, key=cause.key, status='none').first():"),
    Mutant("comp to a cent too many", effects, "comp", "if not 0 < cents <= left", "if not 0 <= cents - 1 <= left"),
    Mutant("comp of a tab loses a cent", amends, "comp_tab", "apportion(cents, left)", "[cents * one // sum(left) for one in left]"),
    Mutant("voided tab keeps its tip", ledger, "void_tab", "tip=TipRule(), ", ""),
    Mutant("voided tab keeps its comps", effects, "take_everything_off", "leg(change, tab, Account.COMPS, -cents, reference)", "pass"),
    Mutant("closed for nothing while something is due", effects, "_refuse_to_close", "(tab.due_cents or not tab.units)", "not tab.units"),
    Mutant("staff void more than there is", amends, "void_line", "whole(units) > found.quantity", "False"),
    Mutant("the tip stays in the pool", effects, "hand_over_the_tip", "or tab.tip_for == held_by", "or change.payment"),
    Mutant("the tip is paid out twice", effects, "hand_over_the_tip", "leg(change, tab, Account.TIPS, tab.tip_cents, held_by)", "leg(change, tab, Account.TIPS, tab.tip_cents, '')"),
    Mutant("whoever bumps last has the tip", tickets, "bump", "if by and not tab.tip_for", "if by"),
]  # fmt: skip
