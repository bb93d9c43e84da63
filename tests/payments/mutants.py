# ruff: noqa: E501 - one mutant a line reads as a table
"""Breakages of the money code, each one line wrong. The suite is worth what it does when one of them is in.

`python -m pytest tests/payments/test_ledger_mutants.py -m mutants -s` puts them in one by one and prints who
was caught, how fast, and by what.
"""

from __future__ import annotations

import builtins
import dis
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, ModuleType
from typing import Any

from bartender.services import bills, corrections, orders, tickets, voids
from payments import attempts, checkout, ledger, posting_rules, reopen_tab, settlement


def global_names(code: CodeType) -> set[str]:
    """All that a function, and the functions within, look up in their module."""
    found = {str(one.argval) for one in dis.get_instructions(code) if one.opname == "LOAD_GLOBAL"}
    return found.union(*(global_names(one) for one in code.co_consts if isinstance(one, CodeType)))


@dataclass(frozen=True)
class Mutant:
    name: str
    module: ModuleType
    function: str
    old: str
    new: str

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The function is rewritten in its own module; its callers there find the rewritten one."""
        right: Any = getattr(self.module, self.function)
        source = inspect.getsource(inspect.unwrap(right))
        assert source.count(self.old) == 1, f"{self.name}: the line it breaks is not there any more"
        exec(compile(source.replace(self.old, self.new), f"<{self.name}>", "exec"), vars(self.module))
        wrong = getattr(self.module, self.function)
        unknown = global_names(inspect.unwrap(wrong).__code__) - {*vars(self.module), *dir(builtins)}
        assert not unknown, f"{self.name}: it would break for {unknown}, which nothing defines"
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
    Mutant("tip added, not replaced", posting_rules, "recompute_tax_and_tip", "change.tip.basis_points, change.tip.cents", "change.tip.basis_points, tab.tip_cents + change.tip.cents"),
    Mutant("percent tip does not follow", posting_rules, "recompute_tax_and_tip", "if tab.tip_bp is not None:", "if change.tip and tab.tip_bp is not None:"),
    Mutant("tip counts on the gross", posting_rules, "recompute_tax_and_tip", "apply_rate_bp(tab.net_cents, tab.tip_bp)", "apply_rate_bp(tab.subtotal_cents, tab.tip_bp)"),
    Mutant("tax truncated", posting_rules, "recompute_tax_and_tip", "apply_rate_milli_percent(tab.net_cents, tab.tax_rate)", "tab.net_cents * tab.tax_rate // 100_000"),
    Mutant("no freeze", posting_rules, "check_tab_state", "raise TabFrozen", "pass"),
    Mutant("bill without freezing", posting_rules, "post_payment", "    if change.status:\n", "    if change.status and change.kind != JournalKind.FREEZE:\n"),
    Mutant("paid tab takes more", posting_rules, "check_tab_state", "raise TabClosed", "return"),
    Mutant("nothing can be paid", posting_rules, "check_tab_state", "raise NothingToPay", "pass"),
    Mutant("void without looking", posting_rules, "post_sales", "< 0:", "< -99:"),
    Mutant("comp twice", posting_rules, "post_comps", "left.subtract(comped)", "pass"),
    Mutant("key ignored", ledger, "find_visit_journal", "return found", "return None"),
    Mutant("repeated key posts again", ledger, "_post", "if found := find_tab_journal(tab, context.key):", "if (found := find_tab_journal(tab, context.key)) and found.kind != change.kind:"),
    Mutant("other body under a key", ledger, "find_visit_journal", "raise IdempotencyKeyReused", "pass"),
    Mutant("version skipped", ledger, "_write_journal", "tab.version += 1", "tab.version += 1 + (change.kind == JournalKind.VOID)"),
    Mutant("unit limit off by one", posting_rules, "check_limits", "tab.units > tab.unit_cap", "tab.units > tab.unit_cap + 1"),
    Mutant("unit limit too strict", posting_rules, "check_limits", "tab.units > tab.unit_cap", "tab.units >= tab.unit_cap"),
    Mutant("line limit off by one", orders, "_check_line_limit", "+ additional_units > tab.line_cap", "+ additional_units > tab.line_cap + 1"),
    Mutant("limit without the tip", posting_rules, "check_limits", "max(tab.total_cents, tab.subtotal_cents)", "tab.subtotal_cents"),
    Mutant("comps make room", posting_rules, "check_limits", "max(tab.total_cents, tab.subtotal_cents)", "tab.total_cents"),
    Mutant("tip limit off", posting_rules, "check_limits", "tab.tip_cents > tab.tip_cap_cents", "tab.tip_cents > 2 * tab.tip_cap_cents"),
    Mutant("play money unchecked", posting_rules, "check_limits", "left < 0", "left < -10**9"),
    Mutant("play money of the tab only", posting_rules, "play_money_balance_cents", "- play_money_spent_cents(tab.visit_code)", "- 0"),
    Mutant("payment amount not checked", posting_rules, "_check_payment_amount", "payment.amount_cents != wanted", "False"),
    Mutant("money in another drawer", posting_rules, "money_account_for", "return Account.MOCK_CLEARING", "return Account.CLEARING"),
    Mutant("received twice", settlement, "mark_paid", "if tab.status != Tab.Status.PAID:", "if True:"),
    Mutant("settled after expiry", attempts, "transition_payment", "if status not in Payment.ALLOWED_TRANSITIONS.get(now.status, ()):", "if status not in Payment.ALLOWED_TRANSITIONS.get(now.status, ('succeeded',)):"),
    Mutant("settled without a yes", attempts, "transition_payment", "if status not in Payment.ALLOWED_TRANSITIONS.get(now.status, ()):", "if now.status not in Payment.LIVE_STATUSES:"),
    Mutant("any nonce will do", checkout, "confirm_payment", "payment is None or not secrets", "payment is None or None is secrets"),
    Mutant("failed, still frozen", settlement, "end_attempt", "ledger.reopen(tab, context)", "pass"),
    Mutant("bill for less than is due", checkout, "propose_payment", "amount_cents=posting.tab.due_cents", "amount_cents=posting.tab.due_cents - posting.tab.tip_cents"),
    Mutant("link stays when ordering goes on", reopen_tab, "reopen_without_provider", "if payment := live_payment(tab):\n", "if (payment := live_payment(tab)) and not payment.url:\n"),
    Mutant("price of the menu, not the line's", voids, "void_units", "Sale(line.code, units, line.unit_cents)", "Sale(line.code, units, line.item.price_cents)"),
    Mutant("modifiers cost nothing", orders, "_add_line", "price_line(drink, chosen,", "price_line(drink, (),"),
    Mutant("line grows at its old price", orders, "_increase_quantity", "price != _frozen_price(line)", "False"),
    Mutant("started drinks come off", orders, "_is_removable", "line.ticket.status == Ticket.Status.NEW", "True"),
    Mutant("tip forgets to show the bill again", bills, "set_tip", "if was_closing:", "if False:"),
    Mutant("repeated ticket fires the rest", tickets, "fire_open_lines", "if found := Ticket.objects.filter(visit=visit, key=op.key).first():", "if found := Ticket.objects.filter(visit=visit, key=op.key, status='none').first():"),
    Mutant("comp to a cent too many", posting_rules, "post_comps", "if not 0 < cents <= left", "if not 0 <= cents - 1 <= left"),
    Mutant("comp of a tab loses a cent", corrections, "comp_tab", "apportion(cents, left)", "[cents * one // sum(left) for one in left]"),
    Mutant("voided tab keeps its tip", ledger, "void_tab", "tip=TipRule(), ", ""),
    Mutant("voided tab keeps its comps", posting_rules, "void_all_lines", "add_leg(change, tab, Account.COMPS, -cents, reference)", "pass"),
    Mutant("closed for nothing while something is due", posting_rules, "_check_can_close", "(tab.due_cents or not tab.units)", "not tab.units"),
    Mutant("staff void more than there is", corrections, "void_line", "validate_quantity(units) > found.quantity", "False"),
    Mutant("the tip stays in the pool", posting_rules, "transfer_tip", "if recipient_id == previous_recipient_id", "if recipient_id == previous_recipient_id or change.payment"),
    Mutant("the tip is paid out twice", posting_rules, "transfer_tip", "add_leg(change, tab, Account.TIPS, tab.tip_cents, tip_recipient_id=previous_recipient_id)", "add_leg(change, tab, Account.TIPS, tab.tip_cents)"),
    Mutant("whoever bumps last has the tip", tickets, "bump_ticket", " and not ledger.is_tip_assigned(tab)", ""),
]  # fmt: skip
