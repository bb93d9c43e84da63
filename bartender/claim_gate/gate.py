"""The claim gate: withholds sentences about actions and money that no committed fact backs.

Text comes in pieces cut anywhere and leaves in whole sentences, byte for byte as it came. A sentence that
claims an action of this turn (added, removed, sent, tipped, paid, ...), what is on the tab, or an amount
passes only if the evidence backs it. The rules are deterministic: no model judges a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import get_language

from bartender.claim_gate.actions import unsupported_action_kind
from bartender.claim_gate.evidence import Evidence
from bartender.claim_gate.money import unsupported_amount_kind
from bartender.claim_gate.spanish import has_unknown_amount, is_false_spanish_claim
from bartender.claim_gate.tab_claims import is_false_tab_claim, unsupported_giveaway_kind
from bartender.menu.mentions import find_mentions, item_names
from bartender.menu.snapshot import Menu
from bartender.spanish.to_english import is_spanish_sentence
from bartender.text.normalize import BIDI_CONTROLS, plain_text
from bartender.text.sentences import SentenceSplitter

MAX_CONTEXT_CHARS = 160
_SENTENCE_ENDS = (".", "!", "?")
_UNFINISHED_PHRASE = re.compile(
    r"(?:\b(?:is|are|was|be|been|being|to|at|of|on|in|and|a|an|the|your|you|i|we|have|has|am|will|just|only|now|for|come|comes|"
    r"total|tab|bill|owe|tip|cost|costs)|[:=$,-]) ?$"
)
# A button's name is no claim: "press “Split the bill”".
BUTTON_NAMES = ("Call a person", "Split the bill", "Your usual")
_BUTTON_REFERENCE = re.compile(
    rf'\b(press|tap|choose|use|find|under|called) "(?:{"|".join(map(str.lower, BUTTON_NAMES))})"'
)
_EMPTY_MENU = Menu("", "", "", 14, ())


@dataclass(frozen=True)
class UnsupportedClaim:
    """A withheld sentence, and the kind of claim in it that nothing backs."""

    text: str
    kind: str


@dataclass
class ClaimGate:
    """Checks one reply, sentence by sentence. `evidence` may grow while the reply goes on."""

    evidence: Evidence
    is_llm_text: bool = False  # a model's Spanish is checked more strictly than our own
    _splitter: SentenceSplitter = field(default_factory=SentenceSplitter)
    _context: str = ""  # normalized text without an end yet: a claim may go on across an empty line
    _context_before_first_claim: str | None = None  # the context of the first withheld sentence
    _mentioned_items: set[str] = field(default_factory=set)  # drinks this reply has named

    def __post_init__(self) -> None:
        self._item_names = item_names(self.evidence.menu or _EMPTY_MENU)

    def feed(self, text: str) -> Iterator[str | UnsupportedClaim]:
        """Yields the sentences that are complete now, in order; a withheld one as an UnsupportedClaim."""
        for sentence in self._splitter.feed(text):
            yield self._check_sentence(sentence)

    def close(self) -> Iterator[str | UnsupportedClaim]:
        """Yields the rest of the text, checked in the same way."""
        for sentence in self._splitter.close():
            yield self._check_sentence(sentence)

    def recheck(self, sentences: Sequence[str]) -> Iterator[str | UnsupportedClaim]:
        """Checks the sentences from the first withheld one on again, now that tools have added evidence."""
        self._context, self._context_before_first_claim = self._context_before_first_claim or "", None
        for sentence in sentences:
            yield self._check_sentence(sentence)

    def _check_sentence(self, sentence: str) -> str | UnsupportedClaim:
        before = self._context
        kind = self._unsupported_claim_kind(sentence)
        if kind and self._context_before_first_claim is None:
            self._context_before_first_claim = before
        return UnsupportedClaim(sentence, kind) if kind else sentence

    def _unsupported_claim_kind(self, sentence: str) -> str:
        if BIDI_CONTROLS.search(sentence):
            return "disguise"
        said = plain_text(sentence).strip(" ;")
        if not said or said in self.evidence.trusted_sentences:
            return ""
        said = _BUTTON_REFERENCE.sub(r"\1 a button", said)
        gap = " " if _UNFINISHED_PHRASE.search(self._context) else " ; "
        text = f"{self._context}{gap}{said}" if self._context else said
        since = len(text) - len(said)
        self._context = "" if text.endswith(_SENTENCE_ENDS) else text[-MAX_CONTEXT_CHARS:].lstrip()
        named = find_mentions(text, self._item_names)
        self._mentioned_items |= {one.item for one in named if one.item}
        spanish = get_language() == "es"
        strict = self.is_llm_text or self.evidence.has_passages
        if strict and is_false_spanish_claim(said, self.evidence, is_spanish=spanish):
            return "spanish"
        if not strict and spanish and is_spanish_sentence(said, is_spanish_visit=True):
            return "amount" if has_unknown_amount(said, self.evidence) else ""
        if is_false_tab_claim(text, named, self.evidence):
            return "order"
        return (
            unsupported_action_kind(text, named, self.evidence, since)
            or unsupported_giveaway_kind(text, named, self.evidence)
            or unsupported_amount_kind(text, named, self.evidence, self._mentioned_items, since)
        )
