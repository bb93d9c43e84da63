"""The claim gate: of a model's sentences it lets those pass that are known to be harmless or true.

Text comes in pieces cut anywhere and leaves in whole sentences, byte for byte as it came. A sentence passes
if it touches nothing (a small classifier says so) and its numbers are the menu's own, if it restates the tab
as it is, or if the menu or a passage that the brain was shown says it. Nothing is looked for that would be
wrong: whatever is not recognised is held. Our own texts are not checked, except what quotes somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import get_language

from bartender.claim_gate.classifier import is_about_tab, is_foreign, makes_claim
from bartender.claim_gate.evidence import Evidence
from bartender.claim_gate.features import name_drinks
from bartender.claim_gate.menu_facts import has_false_allergen, has_false_number, is_menu_statement
from bartender.claim_gate.restatements import contradicts_tab, restates_tab
from bartender.menu.mentions import Mention, find_mentions, item_names
from bartender.menu.snapshot import Menu
from bartender.spanish.number_words import SMALL_NUMBER_WORDS, TENS_WORDS
from bartender.spanish.to_english import fold_accents
from bartender.text.normalize import BIDI_CONTROLS, MEANINGFUL_SIGNS, plain_text
from bartender.text.sentences import SentenceSplitter

MAX_CONTEXT_CHARS = 160
REPEATED = "repeated"  # the kind of a sentence that the guest hears as a fact anyway
_SENTENCE_ENDS = (".", "!", "?")
# A button's name is no claim: "press “Split the bill”".
BUTTON_NAMES = ("Call a person", "Split the bill", "Your usual")
_BUTTON_REFERENCE = re.compile(
    rf'\b(?:press|tap|choose|use|find|under|called) "(?:{"|".join(map(str.lower, BUTTON_NAMES))})"'
    r"(?: on (?:your|the) (?:page|tab))?"
)
_ADDRESS = re.compile(
    r"https?:|\bwww\b|\w\.\w{2,}/|\b\w{2,}\.(?:com|net|org|example|io|link|bar|app|me|es)\b|\w@\w|\bdot com\b"
)
_SPANISH_NUMBERS = {
    fold_accents(word): str(value) for value, word in enumerate(SMALL_NUMBER_WORDS) if word and value > 1
} | {fold_accents(word): str(30 + 10 * place) for place, word in enumerate(TENS_WORDS)}
_SPANISH_NUMBER = re.compile(rf"\b(?:{'|'.join(_SPANISH_NUMBERS)})\b")
_EMPTY_MENU = Menu("", "", "", 14, ())


@dataclass(frozen=True)
class UnsupportedClaim:
    """A withheld sentence, and why: "disguise", "link", "language", "tab" (an order or money), "fact" (any
    other claim), "number", "allergen", or REPEATED."""

    text: str
    kind: str


@dataclass
class ClaimGate:
    """Checks one reply, sentence by sentence. `evidence` may grow while the reply goes on."""

    evidence: Evidence
    is_llm_text: bool = False
    is_quoted: bool = False  # somebody's words in a sentence of ours: it must not speak of orders or money
    _splitter: SentenceSplitter = field(default_factory=SentenceSplitter)
    _context: str = ""  # text without an end yet: a claim may go on across an empty line
    _context_before_first_claim: str | None = None  # the context of the first withheld sentence

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
        if self.is_llm_text:
            return self._model_claim_kind(sentence, said)
        if self.is_quoted or self.evidence.is_from_passage(said, share=0.5):
            return self._quoted_claim_kind(said)
        return ""

    def _model_claim_kind(self, sentence: str, said: str) -> str:
        if kind := self._form_kind(sentence, said):
            return kind
        said = _BUTTON_REFERENCE.sub("", said)
        if not any(map(str.isalnum, said)):
            return ""
        before = self._context
        self._context = "" if said.endswith(_SENTENCE_ENDS) else f"{before} {said}"[-MAX_CONTEXT_CHARS:]
        texts = [said, f"{before} {said}"] if before else [said]
        plain = self._in_menu_words(said) if get_language() == "es" else said
        mentions = find_mentions(plain, self._item_names)
        if self.evidence.reported_sentences and restates_tab(plain, mentions, self.evidence):
            return REPEATED
        if not any(makes_claim(text, self._item_names) for text in texts):
            return self._talk_kind(plain, mentions)
        about_tab = is_about_tab(said, self._item_names)
        if self._is_proven(said, plain, mentions, about_tab=about_tab):
            return ""
        return "tab" if about_tab else "fact"

    def _in_menu_words(self, said: str) -> str:
        """Spanish with numbers, money and drinks in the form that `find_amounts` and the menu have."""
        text = _SPANISH_NUMBER.sub(lambda found: _SPANISH_NUMBERS[found.group()], fold_accents(said))
        text = re.sub(r"\bdolar(?:es)?\b", "dollars", re.sub(r"\bun(?:a|o)? (?=dolar)", "1 ", text))
        return name_drinks(text, self._item_names)

    def _form_kind(self, sentence: str, said: str) -> str:
        if said in self.evidence.reported_sentences:
            return REPEATED
        if MEANINGFUL_SIGNS.intersection(sentence):
            return "disguise"  # a tick or a banknote says that something is done or paid
        if _ADDRESS.search(said):
            return "link"
        foreign = is_foreign(sentence, self._item_names, is_spanish_visit=get_language() == "es")
        return "language" if foreign else ""

    def _talk_kind(self, plain: str, mentions: Sequence[Mention]) -> str:
        """What touches nothing may still name a number, an allergen or a state that is not so."""
        if contradicts_tab(plain, mentions, self.evidence):
            return "tab"
        if has_false_number(plain, mentions, self.evidence) and not restates_tab(
            plain, mentions, self.evidence
        ):
            return "number"
        return "allergen" if has_false_allergen(plain, mentions, self.evidence) else ""

    def _is_proven(self, said: str, plain: str, mentions: Sequence[Mention], *, about_tab: bool) -> bool:
        """Whether the claim is what the menu or a passage says, or restates the tab. A passage proves nothing
        of the tab, as anybody may have written it."""
        evidence = self.evidence
        if is_menu_statement(plain, mentions, evidence):
            return True
        if not about_tab and evidence.is_from_passage(said):
            return not has_false_number(plain, mentions, evidence)
        return restates_tab(plain, mentions, evidence)

    def _quoted_claim_kind(self, said: str) -> str:
        if _ADDRESS.search(said):
            return "link"
        said = _BUTTON_REFERENCE.sub("", said)
        is_claim = makes_claim(said, self._item_names) and is_about_tab(said, self._item_names)
        return "tab" if is_claim else ""
