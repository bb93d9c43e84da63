"""What the claim gate checks against: the menu, the tab as it is now, and the facts of this turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bartender.brains.rule_based.small_talk import SMALL_TALK_LINES
from bartender.brains.rule_based.talk.languages import SPEAKS_ENGLISH_AND_SPANISH
from bartender.brains.rule_based.talk.topics import replies_in
from bartender.facts import Claim, Fact, ToolResult
from bartender.facts.menu import PassagesRecalled
from bartender.menu.mentions import ANY_ITEM, Mention
from bartender.menu.snapshot import Menu, MenuModifier
from bartender.services.bills import Bill
from bartender.text.normalize import plain_text
from bartender.text.sentences import SentenceSplitter
from maya_site.core.money import apply_rate_bp

MAX_QUANTITY = 40


@dataclass
class Evidence:
    """What may be claimed in a turn. Grows as tools run (`add_evidence`). Amounts are minor units."""

    fact_cents: set[int] = field(default_factory=set)  # amounts in this turn's facts
    known_basis_points: set[int] = field(default_factory=set)  # basis points: strength and the tip
    menu: Menu | None = None
    bill: Bill = field(default_factory=Bill)
    facts: list[Fact] = field(default_factory=list)  # this turn's
    has_passages: bool = False  # the reply may repeat a passage, which anybody may have written
    trusted_sentences: set[str] = field(default_factory=set)  # normalized; the gate lets them through

    # --- facts -----------------------------------------------------------------------------------

    def has_proof(self, claim: Claim) -> bool:
        """Whether a fact of this turn backs claims of this kind."""
        return any(claim in fact.proof.claims for fact in self.facts)

    def has_change(self) -> bool:
        """Whether a tool has changed anything in this turn."""
        return any(fact.effect != "reads" for fact in self.facts)

    # --- amounts ---------------------------------------------------------------------------------

    def totals(self) -> set[int]:
        """Every amount that may be called a total: subtotal, net, net with tax, total, and what is due."""
        bill = self.bill
        net = bill.subtotal_cents - bill.discount_cents
        return {
            bill.subtotal_cents,
            net,
            net + bill.tax_cents,
            bill.total_cents,
            bill.due_cents,
        } - self._excluded_zero()

    def _excluded_zero(self) -> set[int]:
        """Zero counts as a total only if nothing is due."""
        return set() if self.is_nothing_due() else {0}

    def is_nothing_due(self) -> bool:
        return not self.bill.due_cents

    def item_prices(self, item: str, text: str = "") -> set[int]:
        """Unit prices of the item: on the menu, on this tab, with and for the extras that `text` mentions."""
        found = {line.unit_cents for line in self.bill.lines if line.item == item}
        for drink in self.menu.drinks if self.menu else ():
            if drink.name == item:
                extras = {
                    one.price_cents for one in drink.modifiers if one.price_cents and _is_mentioned(one, text)
                }
                found |= {drink.price_cents, *extras, *(drink.price_cents + extra for extra in extras)}
        return found

    def line_totals(self, item: str) -> set[int]:
        """What the item's lines on this tab come to, each and together."""
        cents = [line.cents for line in self.bill.lines if line.item == item]
        return {*cents, sum(cents)} if cents else set()

    def all_prices(self) -> set[int]:
        drinks = self.menu.drinks if self.menu else ()
        return set().union(*(self.item_prices(drink.name) for drink in drinks)) | {
            one.price_cents for drink in drinks for one in drink.modifiers if one.price_cents
        }

    def all_amounts(self) -> set[int]:
        """Every amount that may be named if nothing says what it stands for."""
        bill = self.bill
        lines = {line.cents for line in bill.lines} | {line.unit_cents for line in bill.lines}
        extra = {
            bill.tip_cents,
            bill.tax_cents,
            bill.discount_cents,
            bill.paid_cents,
            bill.balance_cents or 0,
        }
        return (self.all_prices() | lines | extra | self.fact_cents) - {0} | self.totals()

    def percentage_amounts(self, rates: Iterable[int]) -> set[int]:
        """These rates (basis points) of the net subtotal."""
        net = self.bill.subtotal_cents - self.bill.discount_cents
        return {apply_rate_bp(net, rate) for rate in rates if 0 <= rate <= 10_000}

    # --- drinks ----------------------------------------------------------------------------------

    def is_on_tab(self, mention: Mention) -> bool:
        """Whether the tab holds the mentioned quantity of the item: on one line, on equal lines together, or
        in all. Never for "another", which is more than the tab holds."""
        counts = [line.quantity for line in self.bill.lines if self._matches_item(line.item, mention.item)]
        alike = [
            row["quantity"]
            for row in self.bill.merged_lines()
            if self._matches_item(row["item"], mention.item)
        ]
        if mention.is_additional or not counts:
            return False
        return mention.quantity is None or mention.quantity in {*counts, *alike, sum(counts)}

    def was_done(self, mention: Mention, claim: Claim) -> bool:
        """Whether facts of this turn that back such claims are about the mentioned quantity of the item."""
        rows = [
            row
            for fact in self.facts
            if claim in fact.proof.claims
            for row in fact.drinks()
            if self._matches_item(row.item, mention.item)
        ]
        counts = [row.quantity for row in rows]
        moved = [abs(row.quantity - row.quantity_before) for row in rows if row.quantity_before is not None]
        return bool(counts) and (
            mention.quantity is None or mention.quantity in {*counts, *moved, sum(counts)}
        )

    def _matches_item(self, item: str, wanted: str) -> bool:
        if wanted in (ANY_ITEM, item):
            return True
        found = self.menu.find_drink(item) if self.menu else None
        return found is not None and found.category == wanted


def _is_mentioned(modifier: MenuModifier, text: str) -> bool:
    return any(name in text for name in (modifier.name, *modifier.aliases))


def build_evidence(menu: Menu, bill: Bill, results: Sequence[ToolResult] = ()) -> Evidence:
    backing = Evidence(menu=menu, trusted_sentences=set(_scripted_sentences(get_language())))
    backing.known_basis_points |= {
        int(part.abv_percent * 100) for drink in menu.drinks for part in drink.recipe
    }
    add_evidence(backing, bill, results)
    return backing


def add_evidence(evidence: Evidence, bill: Bill, results: Sequence[ToolResult]) -> None:
    """Adds what tools did in this turn: their facts, their sentences, and the bill as it is now."""
    evidence.bill = bill
    for result in results:
        fact = result.fact
        if result.ok if fact is None else fact.is_trusted:
            evidence.trusted_sentences |= _normalized_sentences(result.text)
        if isinstance(fact, PassagesRecalled) and fact.sure_passages:
            evidence.has_passages = True
        if result.ok and fact is not None:
            evidence.facts.append(fact)
            _collect_amounts(evidence, fact.to_dict())


@lru_cache(maxsize=4)
def _scripted_sentences(language: str | None) -> frozenset[str]:
    """The rule-based brain's small talk in this language, normalized. The gate always lets it through, as it
    states no fact."""
    lines = [_(line) for lines in SMALL_TALK_LINES.values() for line in lines]
    lines += [*replies_in((language or "en")[:2]), *SPEAKS_ENGLISH_AND_SPANISH.values()]
    return frozenset().union(*map(_normalized_sentences, lines))


def _normalized_sentences(text: str) -> set[str]:
    cutter = SentenceSplitter()
    return {plain_text(one).strip() for one in [*cutter.feed(text), *cutter.close()]}


def _collect_amounts(evidence: Evidence, value: Any, name: str = "") -> None:
    """Adds every integer whose name ends in "cents", at any depth of a fact's JSON."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _collect_amounts(evidence, inner, key)
    elif isinstance(value, list):
        for inner in value:
            _collect_amounts(evidence, inner, name)
    elif isinstance(value, int) and name.endswith("cents"):
        evidence.fact_cents.add(value)
