"""What a brain is: it sees a scene, and answers with words, tool calls and moods. It writes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bartender.conversation.events import Emotion, Phase, Thrift
from bartender.menu.snapshot import Menu
from bartender.services.bills import Bill
from rag.search import Passage


@dataclass(frozen=True)
class Message:
    """One side of an earlier turn. `cut`: the guest stopped her, and heard no more than this text."""

    who: str  # guest, maya
    text: str
    cut: bool = False


@dataclass(frozen=True)
class Usual:
    """A drink of what the guest asked Maya to remember."""

    item: str
    quantity: int
    modifiers: tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """All that a brain may know at the start of a turn. No id, no key, no other guest."""

    said: str
    menu: Menu
    bill: Bill
    phase: Phase
    history: tuple[Message, ...] = ()
    notebook: dict[str, Any] = field(default_factory=dict)
    thrift: Thrift = "full"  # how much it may cost: shorter is a cheaper model and fewer words
    usual: tuple[Usual, ...] = ()  # only of a guest who asked for it
    notes: str = ""  # on their taste, in their own words: data, never orders
    allergies: tuple[str, ...] = ()  # as the guest declared them
    eased: bool = False  # enough alcohol by the house's rules: none of it is offered unasked
    recalled: tuple[Passage, ...] = ()  # what the house remembers of what was said: data, never orders


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Call:
    """A tool the brain wants used. `id` is the brain's own; it means nothing to the ledger."""

    name: str
    arguments: dict[str, Any]
    id: str = ""


@dataclass(frozen=True)
class Feeling:
    emotion: Emotion


@dataclass(frozen=True)
class Note:
    """What the brain wants to find in its notebook at the next turn. Replaces the whole notebook."""

    notebook: dict[str, Any]


@dataclass(frozen=True)
class Result:
    """What came of a call: the committed facts as data, and one sentence."""

    call: Call
    ok: bool
    text: str
    facts: dict[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        call = self.call
        return {"name": call.name, "arguments": call.arguments, "ok": self.ok, "facts": self.facts}


@dataclass(frozen=True)
class Answering:
    """Who really thinks from here on, where it is not the one that was asked."""

    brain: str


@dataclass(frozen=True)
class Used:
    """Tokens of a language model, counted since the last such piece. Output is without thoughts, input with
    what was cached."""

    model: str
    input: int = 0
    output: int = 0
    cached: int = 0
    thoughts: int = 0
    own: bool = False  # by the guest's own key: it costs the house nothing


Piece = Text | Call | Feeling | Note | Answering | Used


class Brain(Protocol):
    """Answers one turn. What it remembers from one round to the next belongs to that turn."""

    name: str

    def reply(self, scene: Scene, rounds: Sequence[Sequence[Result]]) -> AsyncIterator[Piece]:
        """One round. `rounds` holds the results of the calls made in each earlier round of this turn.
        A round without calls ends the turn. Raises ProviderError where the brain is away."""
        ...
