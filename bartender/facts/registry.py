"""The registry of fact classes. An incomplete class is refused when it is defined."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from bartender.facts.base import Fact, UnknownFact

FactClass = TypeVar("FactClass", bound=type[Fact])

FACTS: dict[str, type[Fact]] = {}
REQUIRED_DECISIONS = ("kind", "effect", "phase", "must_report", "proof")


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


def claim_subjects() -> Iterator[tuple[type[Fact], re.Pattern[str]]]:
    """The fact classes with words in `proof.about`, and the pattern that finds them in normalized text."""
    for fact_class in FACTS.values():
        if subject := fact_class.proof.subject:
            yield fact_class, subject


def _place(fact_class: type[Fact]) -> tuple[str, str]:
    """Where a class is defined. The same place again is the same class, in a module that was reloaded."""
    return fact_class.__module__, fact_class.__qualname__
