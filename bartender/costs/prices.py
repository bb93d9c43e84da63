"""Turns tokens and characters into money, by the price of the day: whole microcents, millionths of a cent.

A dollar for a million tokens is a hundred microcents for each. Each provider that charges brings a YAML file
of its prices (`prices` of its ProviderSpec): `models` or `voices` by name, each with rows of `from`, a day,
and dollars for a million of `input`, `cached`, `output` and `thoughts` tokens, or of `characters`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

from bartender.dialogue.types import TokenUsage
from maya_site.core.providers import ProviderSpec, providers

PARTS = ("models", "voices")


@dataclass(frozen=True)
class UnitPrice:
    """Dollars for a million of each, from a day on."""

    effective_from: date
    input: Decimal = Decimal(0)
    cached: Decimal = Decimal(0)
    output: Decimal = Decimal(0)
    thoughts: Decimal = Decimal(0)
    characters: Decimal = Decimal(0)


PricesByName = Mapping[str, tuple[UnitPrice, ...]]


def llm_cost_microcents(usages: Iterable[TokenUsage], day: date) -> int:
    """What the venue pays for these tokens: nothing for those of a guest's own key. Cached tokens are part of
    the input."""
    return sum(_usage_cost_microcents(used, day) for used in usages if not used.own)


def _usage_cost_microcents(usage: TokenUsage, day: date) -> int:
    price = price_of_model(usage.model, day)
    fresh = max(0, usage.input - usage.cached)
    dollars_a_million = (
        fresh * price.input
        + usage.cached * price.cached
        + usage.output * price.output
        + usage.thoughts * price.thoughts
    )
    return _to_microcents(dollars_a_million)


def speech_cost_microcents(voice: str, characters: int, day: date) -> int:
    """0 for a voice that has no listed price."""
    rows = price_table()["voices"].get(voice)
    return _to_microcents(characters * _price_on(rows, day).characters) if rows else 0


def price_of_model(model: str, day: date) -> UnitPrice:
    """A version of a model costs what the model does. An unlisted one costs what the dearest does, so that a
    name cannot get round a budget."""
    listed = price_table()["models"]
    named = [name for name in listed if model.removeprefix("models/").startswith(name)]
    if named:
        return _price_on(listed[max(named, key=len)], day)
    return max((_price_on(rows, day) for rows in listed.values()), key=lambda price: price.output)


def is_free_model(model: str, day: date) -> bool:
    """Whether its tokens cost nothing on that day."""
    price = price_of_model(model, day)
    return not (price.input or price.cached or price.output or price.thoughts)


def is_priced_model(model: str) -> bool:
    return any(model.removeprefix("models/").startswith(name) for name in price_table()["models"])


def _price_on(rows: tuple[UnitPrice, ...], day: date) -> UnitPrice:
    """The price in force on that day; before the first one, the first."""
    return next((row for row in reversed(rows) if row.effective_from <= day), rows[0])


def _to_microcents(dollars_per_million: Decimal) -> int:
    return int((dollars_per_million * 100).to_integral_value(ROUND_HALF_UP))


def price_table() -> dict[str, PricesByName]:
    """The prices of all providers, by part and name."""
    return _read_prices(tuple(spec.prices for spec in providers(ProviderSpec) if spec.prices))


@cache
def _read_prices(paths: tuple[Path, ...]) -> dict[str, PricesByName]:
    found: dict[str, dict[str, tuple[UnitPrice, ...]]] = {part: {} for part in PARTS}
    for path in paths:
        for part, rows in parse_prices(path.read_text(encoding="utf-8")).items():
            found[part].update(rows)
    return dict(found)


def parse_prices(text: str) -> dict[str, PricesByName]:
    import yaml  # here, so that the start of the server does not wait for it

    found = yaml.safe_load(text)
    return {
        part: {name: _parse_price_rows(rows) for name, rows in found.get(part, {}).items()} for part in PARTS
    }


def _parse_price_rows(rows: list[dict[str, Any]]) -> tuple[UnitPrice, ...]:
    prices = (
        UnitPrice(row["from"], **{name: Decimal(value) for name, value in row.items() if name != "from"})
        for row in rows
    )
    return tuple(sorted(prices, key=lambda price: price.effective_from))
