# ruff: noqa: E501 - one mutant a line reads as a table
"""Breakages of tools, claim gate, limits and phases, each one line wrong, and the scenarios that must see it.

`python -m pytest tests/bartender/evaluation/test_evaluation_mutants.py -m mutants -s` puts them in one by one and
prints what turned red.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bartender.conversation import claims, limits, phases, records, turn, untold
from bartender.conversation.gate import actions, gifts, money, truth
from bartender.services import orders
from bartender.tools import REGISTRY, bill, order, registry
from tests.payments.mutants import Mutant


@dataclass(frozen=True)
class InClass:
    """A breakage of a method or a property."""

    name: str
    owner: type
    function: str
    old: str
    new: str

    @contextmanager
    def loose(self) -> Iterator[None]:
        right: Any = vars(self.owner)[self.function]
        source = textwrap.dedent(inspect.getsource(getattr(right, "fget", right)))
        assert source.count(self.old) == 1, f"{self.name}: the line it breaks is not there any more"
        space = dict(vars(sys.modules[self.owner.__module__]))
        exec(compile(source.replace(self.old, self.new), f"<{self.name}>", "exec"), space)
        setattr(self.owner, self.function, space[self.function])
        try:
            yield
        finally:
            setattr(self.owner, self.function, right)


@dataclass(frozen=True)
class Seeded:
    """Where it is looked for: files of scenarios, by their stems."""

    mutant: Mutant | InClass
    seen_by: tuple[str, ...]

    @contextmanager
    def loose(self) -> Iterator[None]:
        tools = dict(REGISTRY)  # a tool that is defined anew registers itself
        try:
            with self.mutant.loose():
                yield
        finally:
            REGISTRY.update(tools)


def seeded(where: Any, name: str, function: str, old: str, new: str, *seen_by: str) -> Seeded:
    kind = InClass if isinstance(where, type) else Mutant
    return Seeded(kind(name, where, function, old, new), seen_by)


SEEDED = [
    seeded(order, "tool adds one too many", "add_to_order", "asked.quantity,", "asked.quantity + 1,", "ordering"),
    seeded(order, "tool forgets the modifiers", "add_to_order", "asked.modifiers,", "[],", "ordering"),
    seeded(order, "tool takes the whole line off", "remove_from_order", "line, asked.quantity, guest.cause)", "line, None, guest.cause)", "corrections"),
    seeded(order, "tool swaps all units", "change_order_line", "line, item, modifiers,", "line, line.name, modifiers,", "corrections"),
    seeded(bill, "tool tips in tenths", "_basis_points", "* 100", "* 10", "tips_and_paying"),
    seeded(bill, "tool takes dollars for nothing", "set_tip", "cents=asked.cents or 0", "cents=0", "tips_and_paying"),
    seeded(orders, "begun drinks come off", "_removable", "line.ticket.status == Ticket.Status.NEW", "True", "corrections"),
    seeded(registry.Toolbelt, "calls without end", "_use", ">= MAX_CALLS", ">= 10_000", "flood"),
    seeded(records, "any later yes pays", "_consent", "and proposed and is_yes(scene.said)", "and is_yes(scene.said)", "tips_and_paying"),
    seeded(records, "not yet is not heard", "_consent", "if is_not_yet(scene.said):", "if False:", "paying"),
    seeded(claims.ClaimGate, "gate lets everything pass", "_judged", "if kind else sentence", "if False else sentence", "claims"),
    seeded(actions, "gate lets actions pass", "false_action", "if claim.end", "if False and claim.end", "claims"),
    seeded(money, "gate lets amounts pass", "false_amount", "if amount.end", "if False and amount.end", "claims"),
    seeded(gifts, "gate lets gifts pass", "false_gift", "if not _MAY_GIVE.search(text):", "if True:", "claims"),
    seeded(truth.Backing, "gate takes any amount for true", "totals", "return {", "return set(range(200_000)) | {", "claims"),
    seeded(turn, "held words are said all the same", "_judge_again", "            return\n", "            yield _say(state, part.text)\n            continue\n", "claims"),
    seeded(turn, "silence where a claim was held", "_settle_claims", "if facts or not said.strip():", "if False:", "claims"),
    seeded(untold, "what was done may stay untold", "untold", "if told and not told(result.facts, heard):", "if False:", "paying"),
    seeded(limits.Share, "words without end", "take", "room, self.text = self.text, self.text - len(text)", "room = self.text", "flood"),
    seeded(limits, "arguments as they come", "arguments", "plain = _plain(asked, DEEPEST)", "plain = asked", "arguments"),
    seeded(phases, "sent, and still ordering", "next_phase", 'return "small_talk"\n    if ORDERING', 'return "order_taking"\n    if ORDERING', "ordering"),
    seeded(phases, "greeted for ever", "next_phase", 'if phase == "greeting":', 'if phase == "nothing":', "talk"),
]  # fmt: skip
