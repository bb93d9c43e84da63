"""What the claim gate checks against: the menu, the tab as it is now, and the facts of this turn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bartender.brains.rule_based.small_talk import SMALL_TALK_LINES
from bartender.brains.rule_based.talk.languages import SPEAKS_ENGLISH_AND_SPANISH
from bartender.brains.rule_based.talk.topics import replies_in
from bartender.facts import ToolResult
from bartender.facts.menu import PassagesRecalled
from bartender.menu.mentions import ANY_ITEM, Mention
from bartender.menu.snapshot import Menu, MenuModifier
from bartender.services.bills import Bill
from bartender.text.normalize import plain_text
from bartender.text.sentences import SentenceSplitter
from rag.tokens import stemmed_terms

PASSAGE_SHARE = 0.6  # of a sentence's words that its passage must hold
_MUST_AGREE = re.compile(r"\d[\d.,]*\d|\d|\b(?:not|no|never|nobody|without|sin|nunca)\b")


@dataclass(frozen=True)
class PassageWords:
    """The words of a passage, without small words and endings, and its numbers and negations."""

    plain: str
    terms: frozenset[str]
    exact: frozenset[str]

    @classmethod
    def of(cls, text: str) -> PassageWords:
        plain = plain_text(text)
        return cls(plain, frozenset(stemmed_terms(plain)), frozenset(_MUST_AGREE.findall(plain)))

    def says(self, said: str, share: float) -> bool:
        if said.strip(" .!?;") in self.plain:
            return True
        mine = PassageWords.of(said)
        found = len(mine.terms & self.terms)
        return len(mine.terms) > 1 and mine.exact <= self.exact and found >= share * len(mine.terms)


@dataclass
class Evidence:
    """What a reply is checked against. Grows as tools run (`add_evidence`). Amounts are minor units."""

    known_basis_points: set[int] = field(default_factory=set)  # strengths of what is on the menu
    menu: Menu | None = None
    bill: Bill = field(default_factory=Bill)
    passages: list[PassageWords] = field(default_factory=list)  # those that the brain was shown
    trusted_sentences: set[str] = field(default_factory=set)  # normalized; the gate lets them through
    reported_sentences: set[str] = field(default_factory=set)  # normalized; the guest hears them anyway

    # --- passages --------------------------------------------------------------------------------

    def add_passage(self, text: str) -> None:
        self.passages.append(PassageWords.of(text))

    def is_from_passage(self, said: str, share: float = PASSAGE_SHARE) -> bool:
        """Whether a passage has this share of the words of plain `said`, and all its numbers."""
        return any(passage.says(said, share) for passage in self.passages)

    # --- amounts ---------------------------------------------------------------------------------

    def totals(self) -> set[int]:
        """Every amount that may be called a total: subtotal, net, net with tax, total, and what is due."""
        bill = self.bill
        net = bill.subtotal_cents - bill.discount_cents
        return {
            bill.subtotal_cents,
            net,
            net + bill.tax_cents,
            net + bill.service_cents,
            net + bill.tax_cents + bill.service_cents,
            bill.total_cents,
            bill.due_cents,
        } - self._excluded_zero()

    def _excluded_zero(self) -> set[int]:
        """Zero counts as a total only if nothing is due."""
        return set() if self.is_nothing_due() else {0}

    def is_nothing_due(self) -> bool:
        return not self.bill.due_cents

    def item_prices(self, item: str, text: str = "") -> set[int]:
        """Unit prices of the item: on the menu, on this tab, with and for the extras that `text` mentions.
        What a price rule gave to a line is that line's alone: the menu has it as long as it holds."""
        found = {line.unit_cents for line in self.bill.lines if line.item == item and not line.price_rule}
        for drink in self.menu.drinks if self.menu else ():
            if drink.name == item:
                extras = {
                    one.price_cents for one in drink.modifiers if one.price_cents and _is_mentioned(one, text)
                }
                found |= {drink.price_cents, *extras, *(drink.price_cents + extra for extra in extras)}
        return found

    def line_totals(self, item: str, *, names_tab: bool) -> set[int]:
        """What the item's lines on this tab come to, each and together. Where the tab is not named, and the
        price rule of a line is over, its price would be heard as the menu's: it is left out."""
        prices = self.item_prices(item)
        cents = [
            line.cents
            for line in self.bill.lines
            if line.item == item and (names_tab or not line.price_rule or line.unit_cents in prices)
        ]
        return {*cents, sum(cents)} if cents else set()

    def all_prices(self) -> set[int]:
        drinks = self.menu.drinks if self.menu else ()
        return set().union(*(self.item_prices(drink.name) for drink in drinks)) | {
            one.price_cents for drink in drinks for one in drink.modifiers if one.price_cents
        }

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

    def _matches_item(self, item: str, wanted: str) -> bool:
        if wanted in (ANY_ITEM, item):
            return True
        found = self.menu.find_drink(item) if self.menu else None
        return found is not None and found.category == wanted


def _is_mentioned(modifier: MenuModifier, text: str) -> bool:
    return any(name in text for name in (modifier.name, *modifier.aliases))


def build_evidence(
    menu: Menu, bill: Bill, results: Sequence[ToolResult] = (), *, passages: Iterable[str] = ()
) -> Evidence:
    evidence = Evidence(menu=menu, trusted_sentences=set(_scripted_sentences(get_language())))
    evidence.known_basis_points |= {
        int(part.abv_percent * 100)
        for drink in menu.drinks
        for part in drink.recipe
        if part.abv_percent is not None
    }
    for text in passages:
        evidence.add_passage(text)
    add_evidence(evidence, bill, results)
    return evidence


def add_evidence(evidence: Evidence, bill: Bill, results: Sequence[ToolResult]) -> None:
    """Adds what tools did in this turn: their sentences, the passages they found, and the bill as it is."""
    evidence.bill = bill
    for result in results:
        fact = result.fact
        if fact is None:
            continue
        sentences = _normalized_sentences(result.text)
        if fact.must_report:
            evidence.reported_sentences |= sentences
        elif result.ok and fact.is_trusted:
            evidence.trusted_sentences |= sentences
        if isinstance(fact, PassagesRecalled):
            for passage in fact.sure_passages:
                evidence.add_passage(f"{passage.title} {passage.text}")


@lru_cache(maxsize=4)
def _scripted_sentences(language: str | None) -> frozenset[str]:
    """The rule-based brain's small talk in this language, normalized. The gate always lets it through, as it
    states no fact."""
    lines = [_(line) for lines in SMALL_TALK_LINES.values() for line in lines]
    lines += [*replies_in((language or "en")[:2]), *SPEAKS_ENGLISH_AND_SPANISH.values()]
    return frozenset().union(*map(_normalized_sentences, lines))


def _normalized_sentences(text: str) -> set[str]:
    cutter = SentenceSplitter()
    return {plain_text(one).strip(" ;") for one in [*cutter.feed(text), *cutter.close()]}
