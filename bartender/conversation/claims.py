"""The claim gate: what Maya says about actions and money must be backed by committed facts.

Text comes in pieces cut anywhere; it leaves in whole sentences, byte for byte as it came. A sentence that
claims an action of this turn (added, removed, sent, tipped, paid, ...), what is on the tab, or an amount is
let through only if a fact backs it. Deterministic: no model judges a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import get_language

from bartender.conversation.gate.actions import false_action
from bartender.conversation.gate.gifts import false_gift
from bartender.conversation.gate.mentions import mentions, names_of
from bartender.conversation.gate.money import false_amount
from bartender.conversation.gate.numbers import digits
from bartender.conversation.gate.plain import TURNS_AROUND, plain
from bartender.conversation.gate.sentences import Sentences
from bartender.conversation.gate.spanish import false_in_spanish, unknown_amount
from bartender.conversation.gate.state import false_state
from bartender.conversation.gate.truth import Backing
from bartender.menu.snapshot import Menu
from bartender.spanish.reading import speaks_spanish

__all__ = ["Backing", "ClaimGate", "Held"]

REMEMBERED = 160
_ENDS = (".", "!", "?")
_DANGLING = re.compile(
    r"(?:\b(?:is|are|was|be|been|being|to|at|of|on|in|and|a|an|the|your|you|i|we|have|has|am|will|just|only|now|for|come|comes|"
    r"total|tab|bill|owe|tip|cost|costs)|[:=$,-]) ?$"
)
_NO_MENU = Menu("", "", "", 14, ())


@dataclass(frozen=True)
class Held:
    """A sentence that is not let through, and which kind of claim it makes."""

    text: str
    kind: str


@dataclass
class ClaimGate:
    """One reply's worth of text. `backing` may grow while the reply goes on."""

    backing: Backing
    of_a_model: bool = False  # the house's own Spanish is written by us; a model's is read
    _sentences: Sentences = field(default_factory=Sentences)
    _before: str = ""  # the plain end of what has no end yet: a claim may go on across an empty line
    _doubt: str | None = None  # what stood before the first held sentence
    _known: set[str] = field(default_factory=set)  # drinks this reply has named

    def __post_init__(self) -> None:
        self._names = names_of(self.backing.menu or _NO_MENU)

    def feed(self, piece: str) -> Iterator[str | Held]:
        """Sentences that are complete now, in order: as they were, or held."""
        for sentence in self._sentences.feed(piece):
            yield self._judged(sentence)

    def close(self) -> Iterator[str | Held]:
        """What was still waiting for its end."""
        for sentence in self._sentences.close():
            yield self._judged(sentence)

    def again(self, sentences: Sequence[str]) -> Iterator[str | Held]:
        """Judge what came from the first held sentence on once more: by now more may be true."""
        self._before, self._doubt = self._doubt or "", None
        for sentence in sentences:
            yield self._judged(sentence)

    def _judged(self, sentence: str) -> str | Held:
        before = self._before
        kind = self._kind(sentence)
        if kind and self._doubt is None:
            self._doubt = before
        return Held(sentence, kind) if kind else sentence

    def _kind(self, sentence: str) -> str:
        if TURNS_AROUND.search(sentence):
            return "disguise"
        said = digits(plain(sentence)).strip(" ;")
        if not said or said in self.backing.sayings:
            return ""
        gap = " " if _DANGLING.search(self._before) else " ; "
        text = f"{self._before}{gap}{said}" if self._before else said
        since = len(text) - len(said)
        self._before = "" if text.endswith(_ENDS) else text[-REMEMBERED:].lstrip()
        named = mentions(text, self._names)
        self._known |= {one.item for one in named if one.item}
        spanish = get_language() == "es"
        strict = self.of_a_model or self.backing.quoted
        if strict and false_in_spanish(said, self.backing, spanish=spanish):
            return "spanish"
        if not strict and spanish and speaks_spanish(said, spanish=True):
            return "amount" if unknown_amount(said, self.backing) else ""
        if false_state(text, named, self.backing):
            return "order"
        return (
            false_action(text, named, self.backing, since)
            or false_gift(text, named, self.backing)
            or false_amount(text, named, self.backing, self._known, since)
        )
