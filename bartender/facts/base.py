"""The base class of all facts, and the class of stored facts that can no longer be read."""

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
    """How many of a drink a fact is about. `quantity_before`: the same line's quantity before a change."""

    item: str
    quantity: int
    quantity_before: int | None = None


@dataclass(frozen=True)
class Fact(ABC):
    """One kind of fact; an instance was committed, or read, in this turn. Amounts are minor units.

    A subclass is a frozen dataclass of JSON values (and dataclasses and tuples of them), decorated with
    `@register_fact`, which raises TypeError if one of the five class variables without a default is not set.
    Fields that have their default value are not stored, so a field that is added later needs a default.
    """

    kind: ClassVar[str]  # stored with turns and sent to models, so it must never change
    effect: ClassVar[Effect]
    phase: ClassVar[Phase | None]  # the conversation's phase after it; None: unchanged
    must_report: ClassVar[bool]  # whether it is told to the guest even if a brain is silent about it
    proof: ClassVar[Proof]

    emotion: ClassVar[Emotion] = "happy"  # how Maya looks after it, if the brain does not say
    is_chat: ClassVar[bool] = False  # whether a turn with only such facts counts as chat for the phase

    @abstractmethod
    def sentence(self) -> str:
        """What Maya says of it, in the active language."""

    @property
    def is_trusted(self) -> bool:
        """Whether the sentence is in the venue's own words. If not, the claim gate checks it."""
        return True

    def is_reported_in(self, reply: Reply) -> bool:
        """Whether a guest who heard this reply knows of the fact."""
        return plain_text(self.sentence()).strip() in reply.plain

    def backs(self, text: str) -> bool:
        """Whether this very fact makes normalized `text` true, which mentions a word of `proof.about`."""
        return True

    def drinks(self) -> Sequence[DrinkCount]:
        """The drinks that were ordered, changed or removed."""
        return ()

    def merged(self, later: Fact) -> Self | None:
        """Both facts as one if the same thing was done twice, else None."""
        return None

    def to_dict(self) -> dict[str, Any]:
        """The fact as JSON, with its kind, as rows of turns store it."""
        values = _adapter(type(self)).dump_python(self, mode="json", exclude_defaults=True)
        return {"kind": self.kind, **values}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Raises pydantic.ValidationError if a field is missing or of another type."""
        fields = {name: value for name, value in data.items() if name != "kind"}
        fact: Self = _adapter(cls).validate_python(fields)
        return fact


@lru_cache(maxsize=128)
def _adapter(fact_class: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(fact_class)


@dataclass(frozen=True)
class UnknownFact(Fact):
    """A stored fact whose kind or form no longer exists. Nothing is said of it."""

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
