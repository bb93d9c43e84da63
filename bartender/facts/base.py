"""The base class of all facts, their registry, and the result of the tool call that committed one.

An incomplete class is refused when it is defined. A stored fact that can no longer be read becomes an
UnknownFact.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, Literal, Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from bartender.dialogue.types import Emotion, Phase, ToolCall
from bartender.facts.wording import Reply
from bartender.text.normalize import plain_text

# What was changed: nothing, the drinks on a tab, what is owed or paid, or something else for the guest.
Effect = Literal["reads", "order", "money", "service"]


@dataclass(frozen=True)
class Fact(ABC):
    """One kind of fact; an instance was committed, or read, in this turn. Amounts are minor units.

    A subclass is a frozen dataclass of JSON values (and dataclasses and tuples of them), decorated with
    `@register_fact`, which raises TypeError if one of the four class variables without a default is not set.
    Fields that have their default value are not stored, so a field that is added later needs a default.
    """

    kind: ClassVar[str]  # stored with turns and sent to models, so it must never change
    effect: ClassVar[Effect]
    phase: ClassVar[Phase | None]  # the conversation's phase after it; None: unchanged
    must_report: ClassVar[bool]  # whether the guest hears its sentence whatever a model says

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

    data: dict[str, Any] = field(default_factory=dict)

    def sentence(self) -> str:
        return ""

    def to_dict(self) -> dict[str, Any]:
        return self.data


# --- the registry ------------------------------------------------------------------------------------

FactClass = TypeVar("FactClass", bound=type[Fact])

FACTS: dict[str, type[Fact]] = {}
REQUIRED_DECISIONS = ("kind", "effect", "phase", "must_report")


def register_fact(fact_class: FactClass) -> FactClass:
    """Class decorator, above `@dataclass(frozen=True)`. Raises TypeError if a required class variable or
    `sentence()` is missing, and ValueError if another class has this kind."""
    if missing := [name for name in REQUIRED_DECISIONS if not hasattr(fact_class, name)]:
        raise TypeError(
            f"{fact_class.__name__} leaves open: {', '.join(missing)}. "
            "Fact in bartender/facts/base.py says what each of them decides."
        )
    if inspect.isabstract(fact_class):
        raise TypeError(f"{fact_class.__name__} has no sentence(): write what Maya says of it.")
    other = FACTS.get(fact_class.kind, fact_class)
    if _place(other) != _place(fact_class):
        raise ValueError(
            f"{fact_class.__name__}: {fact_class.kind!r} is the kind of {other.__name__} already."
        )
    FACTS[fact_class.kind] = fact_class
    return fact_class


def unregister_fact(fact_class: type[Fact]) -> None:
    """Rows of turns that hold such a fact stay readable: it becomes an UnknownFact."""
    FACTS.pop(fact_class.kind)


def fact_from_dict(data: Mapping[str, Any]) -> Fact:
    """The fact that a turn's row holds; an UnknownFact if its kind or form no longer exists."""
    fact_class = FACTS.get(str(data.get("kind", "")))
    if fact_class is None:
        return UnknownFact(dict(data))
    try:
        return fact_class.from_dict(data)
    except ValidationError:
        return UnknownFact(dict(data))


def _place(fact_class: type[Fact]) -> tuple[str, str]:
    """Where a class is defined. The same place again is the same class, in a module that was reloaded."""
    return fact_class.__module__, fact_class.__qualname__


# --- the result of a tool call -----------------------------------------------------------------------

CORRECTION_TOOL = "claim_check"


@dataclass(frozen=True)
class ToolResult:
    """The committed fact, or why there is none, and one sentence.

    A result without a fact is for the brain alone, and nothing of it is said to a guest: an unknown tool,
    invalid arguments, or a correction.
    """

    call: ToolCall
    ok: bool
    text: str
    fact: Fact | None = None

    @classmethod
    def of(cls, call: ToolCall, fact: Fact) -> ToolResult:
        """The result of a call that was carried out; its text is the fact's own sentence."""
        return cls(call, True, fact.sentence(), fact)

    @property
    def is_correction(self) -> bool:
        """Whether it belongs to no call: it tells a brain that it claimed something that nothing backs."""
        return self.call.name == CORRECTION_TOOL

    @property
    def facts(self) -> dict[str, Any]:
        """The fact as JSON; empty without one."""
        return self.fact.to_dict() if self.fact else {}

    def to_dict(self) -> dict[str, Any]:
        """The result as a turn's row stores it."""
        call = self.call
        return {"name": call.name, "arguments": call.arguments, "ok": self.ok, "facts": self.facts}


def emotion_for_results(results: Sequence[ToolResult]) -> Emotion:
    """How Maya looks after these results, if the brain does not say."""
    if not results:
        return "neutral"
    done = [result.fact.emotion for result in results if result.ok and result.fact]
    if not done:
        return "flustered"
    return "mixing" if "mixing" in done else done[0]
