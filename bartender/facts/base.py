"""What a kind of fact is: what a tool did or looked up, and all that is known of it in one class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, Literal, Self

from pydantic import TypeAdapter

from bartender.dialogue.types import Emotion, Phase
from bartender.facts.claims import PROVES_NOTHING, Proof
from bartender.facts.reply import Reply, plain_text

# What was changed: nothing, the drinks on a tab, what is owed or paid, or something else for the guest.
Effect = Literal["reads", "order", "money", "service"]


@dataclass(frozen=True)
class DrinkCount:
    """So many of a drink, as a fact states it. `quantity_before`: of the same line, before a change."""

    item: str
    quantity: int
    quantity_before: int | None = None


@dataclass(frozen=True)
class Fact(ABC):
    """One kind of fact; an instance is committed, or was read in this turn. Amounts are integer minor units.

    A subclass is a frozen dataclass of JSON values (and dataclasses and tuples of them) under
    `@register_fact`, which refuses a class that leaves one of the five decisions below open. A field with a
    default is written down only where it has another value, so a field that is added later gets one.
    """

    kind: ClassVar[str]  # in rows of turns and on the wire to a model: it never changes
    effect: ClassVar[Effect]
    phase: ClassVar[Phase | None]  # where the conversation is after it; None: where it was
    must_report: ClassVar[bool]  # said by the house where a brain is silent about it
    proof: ClassVar[Proof]

    emotion: ClassVar[Emotion] = "happy"  # how Maya looks after it, where a brain does not say
    is_chat: ClassVar[bool] = False  # a turn with nothing else was talk, as far as the phase goes

    @abstractmethod
    def sentence(self) -> str:
        """What Maya says of it, in the language that is active."""

    @property
    def is_trusted(self) -> bool:
        """Whether its words are the house's own. Those that somebody else wrote pass the claim gate."""
        return True

    def is_reported_in(self, reply: Reply) -> bool:
        """Whether a guest who heard this knows of it."""
        return plain_text(self.sentence()).strip() in reply.plain

    def backs(self, text: str) -> bool:
        """Whether this very fact makes plain `text` true, which speaks of what `proof.about` names."""
        return True

    def drinks(self) -> Sequence[DrinkCount]:
        """The drinks that were moved."""
        return ()

    def merged(self, later: Fact) -> Self | None:
        """Both as one fact, where the same thing was done twice; None where they are two."""
        return None

    def to_dict(self) -> dict[str, Any]:
        """As JSON, the form in which turns keep it."""
        values = _adapter(type(self)).dump_python(self, mode="json", exclude_defaults=True)
        return {"kind": self.kind, **values}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Raises pydantic.ValidationError where a field is missing or of another type."""
        fields = {name: value for name, value in data.items() if name != "kind"}
        fact: Self = _adapter(cls).validate_python(fields)
        return fact


@lru_cache(maxsize=128)
def _adapter(fact_class: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(fact_class)


@dataclass(frozen=True)
class UnknownFact(Fact):
    """What an old row holds of a kind, or in a form, that is no more. Nothing is said of it."""

    kind = ""
    effect = "reads"
    phase = None
    must_report = False
    proof = PROVES_NOTHING

    data: dict[str, Any] = field(default_factory=dict)

    def sentence(self) -> str:
        return ""

    def to_dict(self) -> dict[str, Any]:
        return self.data
