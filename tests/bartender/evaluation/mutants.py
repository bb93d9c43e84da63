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

from bartender.claim_gate import classifier, evidence, gate, menu_facts, restatements
from bartender.conversation import limits, persistence, turn, turn_ending
from bartender.services import orders
from bartender.tools import REGISTRY, bill, order, registry
from tests.payments.mutants import Mutant


@dataclass(frozen=True)
class ClassMutant:
    """A breakage of a method or a property."""

    name: str
    owner: type
    function: str
    old: str
    new: str

    @contextmanager
    def applied(self) -> Iterator[None]:
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
class SeededMutant:
    """Where it is looked for: files of scenarios, by their stems."""

    mutant: Mutant | ClassMutant
    detected_by: tuple[str, ...]

    @contextmanager
    def applied(self) -> Iterator[None]:
        tools = dict(REGISTRY)  # a tool that is defined anew registers itself
        try:
            with self.mutant.applied():
                yield
        finally:
            REGISTRY.update(tools)


def seed_mutant(where: Any, name: str, function: str, old: str, new: str, *seen_by: str) -> SeededMutant:
    kind = ClassMutant if isinstance(where, type) else Mutant
    return SeededMutant(kind(name, where, function, old, new), seen_by)


SEEDED = [
    seed_mutant(order, "tool adds one too many", "add_to_order", "arguments.quantity,", "arguments.quantity + 1,", "ordering"),
    seed_mutant(order, "tool forgets the modifiers", "add_to_order", "arguments.modifiers,", "[],", "ordering"),
    seed_mutant(order, "tool takes the whole line off", "remove_from_order", "line, arguments.quantity, context.operation)", "line, None, context.operation)", "corrections"),
    seed_mutant(order, "tool swaps all units", "change_order_line", "line, item, modifiers,", "line, line.name, modifiers,", "corrections"),
    seed_mutant(bill, "tool tips in tenths", "_basis_points", "* 100", "* 10", "tips_and_paying"),
    seed_mutant(bill, "tool takes dollars for nothing", "set_tip", "cents=arguments.cents or 0", "cents=0", "tips_and_paying"),
    seed_mutant(orders, "begun drinks come off", "_is_removable", "line.ticket.status == Ticket.Status.NEW", "True", "corrections"),
    seed_mutant(registry.ToolRunner, "calls without end", "_run_call", ">= MAX_TOOL_CALLS", ">= 10_000", "flood"),
    seed_mutant(persistence, "any later yes pays", "_answer_payment_consent", "and proposed and is_yes(context.guest_text)", "and is_yes(context.guest_text)", "tips_and_paying"),
    seed_mutant(persistence, "not yet is not heard", "_answer_payment_consent", "if is_not_yet(context.guest_text):", "if False:", "paying"),
    seed_mutant(gate.ClaimGate, "gate lets everything pass", "_check_sentence", "if kind else sentence", "if False else sentence", "claims"),
    seed_mutant(classifier, "gate takes claims for talk", "makes_claim", "        return True", "        return False", "claims"),
    seed_mutant(menu_facts, "gate lets prices pass", "has_false_number", "return True", "return False", "claims"),
    seed_mutant(restatements, "gate takes any word for the tab's", "_is_in_plain_words", "return set(_WORD.findall(text)) <= _PLAIN_WORDS", "return True", "claims"),
    seed_mutant(evidence.Evidence, "gate takes any amount for true", "totals", "return {", "return set(range(200_000)) | {", "claims"),
    seed_mutant(turn, "held words are said all the same", "_recheck_claims", "            return\n", "            yield _emit_text(state, part.text)\n            continue\n", "claims"),
    seed_mutant(turn, "silence where a claim was held", "_append_missing_facts", "if facts or not said.strip():", "if False:", "claims"),
    seed_mutant(turn_ending, "what was done may stay untold", "reportable_results", "if one.fact and one.fact.must_report]", "if False]", "paying"),
    seed_mutant(limits.OutputQuota, "words without end", "admit", "room, self.text_chars = self.text_chars, self.text_chars - len(text)", "room = self.text_chars", "flood"),
    seed_mutant(limits, "arguments as they come", "sanitize_arguments", "plain = _sanitize_value(raw, MAX_ARGUMENTS_DEPTH)", "plain = raw", "arguments"),
    seed_mutant(turn_ending, "sent, and still ordering", "next_phase", 'return "small_talk"\n    if "order_taking"', 'return "order_taking"\n    if "order_taking"', "ordering"),
    seed_mutant(turn_ending, "greeted for ever", "next_phase", 'if phase == "greeting":', 'if phase == "nothing":', "talk"),
]  # fmt: skip
