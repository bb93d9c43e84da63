"""Tokens and characters to money, by the price of the day: whole microcents, millionths of a cent.

A dollar for a million tokens is a hundred microcents for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

from bartender.brains.base import Used

FILE = Path(__file__).with_name("prices.yaml")


@dataclass(frozen=True)
class Price:
    """Dollars for a million of each."""

    since: date
    input: Decimal = Decimal(0)
    cached: Decimal = Decimal(0)
    output: Decimal = Decimal(0)
    thoughts: Decimal = Decimal(0)
    characters: Decimal = Decimal(0)


Prices = Mapping[str, tuple[Price, ...]]


def cost_of(uses: Iterable[Used], day: date) -> int:
    """What the house pays for these tokens. What was cached is part of the input."""
    return sum(_cost(used, day) for used in uses if not used.own)


def _cost(used: Used, day: date) -> int:
    price = price_of(used.model, day)
    fresh = max(0, used.input - used.cached)
    dollars_a_million = (
        fresh * price.input
        + used.cached * price.cached
        + used.output * price.output
        + used.thoughts * price.thoughts
    )
    return _microcents(dollars_a_million)


def cost_of_speech(voice: str, characters: int, day: date) -> int:
    rows = _table()["voices"].get(voice)
    return _microcents(characters * _on(rows, day).characters) if rows else 0


def price_of(model: str, day: date) -> Price:
    """A version of a model costs what the model does. One that nobody wrote down costs what the dearest
    does: a budget must not be got round by a name."""
    listed = _table()["models"]
    named = [name for name in listed if model.removeprefix("models/").startswith(name)]
    if named:
        return _on(listed[max(named, key=len)], day)
    return max((_on(rows, day) for rows in listed.values()), key=lambda price: price.output)


def is_listed(model: str) -> bool:
    return any(model.removeprefix("models/").startswith(name) for name in _table()["models"])


def _on(rows: tuple[Price, ...], day: date) -> Price:
    """In force on that day; before the first price was known, the first."""
    return next((row for row in reversed(rows) if row.since <= day), rows[0])


def _microcents(dollars_a_million: Decimal) -> int:
    return int((dollars_a_million * 100).to_integral_value(ROUND_HALF_UP))


@cache
def _table() -> dict[str, Prices]:
    return read(FILE.read_text(encoding="utf-8"))


def read(text: str) -> dict[str, Prices]:
    import yaml  # here, so that starting the house does not wait for it

    found = yaml.safe_load(text)
    return {part: {name: _rows(rows) for name, rows in found[part].items()} for part in ("models", "voices")}


def _rows(rows: list[dict[str, Any]]) -> tuple[Price, ...]:
    prices = (
        Price(row["from"], **{name: Decimal(value) for name, value in row.items() if name != "from"})
        for row in rows
    )
    return tuple(sorted(prices, key=lambda price: price.since))
