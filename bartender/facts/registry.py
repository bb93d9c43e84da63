"""Which kinds of facts there are. A class is complete or it is refused when it is defined."""

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
    """Class decorator, above `@dataclass(frozen=True)`. Raises TypeError where a decision is missing, and
    ValueError where the kind is taken."""
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
    """Rows of turns that hold it stay readable: it is then a kind that is no more."""
    FACTS.pop(fact_class.kind)


def fact_from_dict(data: Mapping[str, Any]) -> Fact:
    """What a row of a turn holds. A kind that is no more, or another form of one, is an UnknownFact."""
    fact_class = FACTS.get(str(data.get("kind", "")))
    if fact_class is None:
        return UnknownFact(dict(data))
    try:
        return fact_class.from_dict(data)
    except ValidationError:
        return UnknownFact(dict(data))


def claim_subjects() -> Iterator[tuple[type[Fact], re.Pattern[str]]]:
    """Kinds of facts that say themselves what they are about, and how that is found in plain text."""
    for fact_class in FACTS.values():
        if subject := fact_class.proof.subject:
            yield fact_class, subject


def _place(fact_class: type[Fact]) -> tuple[str, str]:
    """Where a class stands: the same place again is the same class, defined anew."""
    return fact_class.__module__, fact_class.__qualname__
