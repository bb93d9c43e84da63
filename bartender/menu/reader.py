"""Reads a menu file: YAML in, checked plain values out, and every complaint with its line."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from maya_site.lib.errors import Refused
from maya_site.lib.marked import Marked, read_marked

STATES = ("contains", "may_contain", "free", "unknown")


class MenuFileError(Refused):
    def __init__(self, path: Path, line: int, what: str) -> None:
        super().__init__(f"{path.name}, line {line}: {what}")


@dataclass(frozen=True)
class ModifierRow:
    name: str
    price_cents: int
    factor: int
    meaning: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class GroupRow:
    name: str
    min: int
    max: int
    default: str
    modifiers: tuple[ModifierRow, ...]


@dataclass(frozen=True)
class ItemRow:
    name: str
    category: str
    price_cents: int
    glass: str
    description: str
    aliases: tuple[str, ...]
    groups: tuple[str, ...]
    preferences: tuple[str, ...]
    recipe: tuple[tuple[str, Decimal, Decimal], ...]
    allergens: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class MenuFile:
    reviewed_on: date
    categories: tuple[str, ...]
    groups: tuple[GroupRow, ...]
    items: tuple[ItemRow, ...]


@dataclass
class _Reader:
    path: Path
    names: dict[str, str] = field(default_factory=dict)

    def fail(self, row: Marked, what: str) -> MenuFileError:
        return MenuFileError(self.path, row.line, what)

    def text(self, row: Marked, key: str, default: str | None = None) -> str:
        value = row.get(key, default)
        if value is None or not isinstance(value, str) or (default is None and not value.strip()):
            raise self.fail(row, f"“{key}” is missing or is not a text.")
        return value.strip()

    def texts(self, row: Marked, key: str) -> tuple[str, ...]:
        value = row.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.fail(row, f"“{key}” must be a list of texts.")
        return tuple(one.strip() for one in value)

    def rows(self, row: Marked, key: str) -> list[Marked]:
        value = row.get(key)
        if not isinstance(value, list) or not all(isinstance(one, Marked) for one in value):
            raise self.fail(row, f"“{key}” must be a list of entries with names.")
        return value

    def whole(self, row: Marked, key: str, default: int) -> int:
        value = row.get(key, default)
        if type(value) is not int or value < 0:
            raise self.fail(row, f"“{key}” must be a whole number, zero or more.")
        return value

    def amount(self, row: Marked, value: Any, key: str, top: int) -> Decimal:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal(-1)
        if isinstance(value, bool) or not number.is_finite() or not 0 <= number <= top:
            raise self.fail(row, f"“{key}” must be a number from 0 to {top}.")
        return number

    def cents(self, row: Marked, *, needed: bool) -> int:
        price = self.amount(row, row.get("price", None if needed else 0), "price", 10_000)
        if price != round(price, 2) or (needed and price == 0):
            raise self.fail(row, "“price” must be dollars and cents, such as 12.00, above zero.")
        return int(price * 100)

    def once(self, row: Marked, called: str, item: str) -> None:
        if self.names.setdefault(called.lower(), item) != item:
            raise self.fail(row, f"“{called}” already means {self.names[called.lower()]}.")

    def known(self, row: Marked, names: set[str]) -> None:
        if unknown := sorted(set(row) - names):
            raise self.fail(row, f"“{unknown[0]}” is not known here; use {', '.join(sorted(names))}.")


def read_menu(path: Path) -> MenuFile:
    """Raises MenuFileError, which names the file, the line and what is wrong there."""
    try:
        root = read_marked(path)
    except OSError as error:
        raise MenuFileError(path, 0, "there is no such file to read.") from error
    except UnicodeDecodeError as error:
        raise MenuFileError(path, 0, "the file is not UTF-8 text.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise MenuFileError(path, line, f"{error.problem}.") from error
    if not isinstance(root, Marked):
        raise MenuFileError(path, 1, "a menu needs “groups” and “categories”.")
    return _file(_Reader(path), root)


def _file(reader: _Reader, root: Marked) -> MenuFile:
    reader.known(root, {"reviewed_on", "groups", "categories"})
    reviewed = root.get("reviewed_on")
    if not isinstance(reviewed, date):
        raise reader.fail(root, "“reviewed_on” must be a date, such as 2026-11-01.")
    groups = tuple(_group(reader, row) for row in reader.rows(root, "groups"))
    known = {group.name for group in groups}
    rows = reader.rows(root, "categories")
    items = tuple(item for row in rows for item in _category(reader, row, known))
    return MenuFile(reviewed, tuple(reader.text(row, "name") for row in rows), groups, items)


def _group(reader: _Reader, row: Marked) -> GroupRow:
    reader.known(row, {"name", "min", "max", "default", "modifiers"})
    modifiers = tuple(_modifier(reader, one) for one in reader.rows(row, "modifiers"))
    default = reader.text(row, "default", "")
    if default and default not in {one.name for one in modifiers}:
        raise reader.fail(row, f"the default “{default}” is none of the group's modifiers.")
    low, high = reader.whole(row, "min", 0), reader.whole(row, "max", 1)
    if low > high:
        raise reader.fail(row, "“min” is above “max”.")
    return GroupRow(reader.text(row, "name"), low, high, default, modifiers)


def _modifier(reader: _Reader, row: Marked) -> ModifierRow:
    reader.known(row, {"name", "price", "factor", "meaning", "aliases"})
    return ModifierRow(
        name=reader.text(row, "name"),
        price_cents=reader.cents(row, needed=False),
        factor=max(reader.whole(row, "factor", 1), 1),
        meaning=reader.text(row, "meaning", ""),
        aliases=tuple(alias.lower() for alias in reader.texts(row, "aliases")),
    )


def _category(reader: _Reader, row: Marked, known: set[str]) -> list[ItemRow]:
    reader.known(row, {"name", "groups", "items"})
    name, shared = reader.text(row, "name"), reader.texts(row, "groups")
    return [_item(reader, item, name, shared, known) for item in reader.rows(row, "items")]


def _item(reader: _Reader, row: Marked, category: str, shared: tuple[str, ...], known: set[str]) -> ItemRow:
    keys = {
        "name",
        "price",
        "glass",
        "description",
        "aliases",
        "groups",
        "preferences",
        "recipe",
        "allergens",
    }
    reader.known(row, keys)
    name = reader.text(row, "name")
    if name.lower() in reader.names:
        raise reader.fail(row, f"“{name}” stands on the menu twice.")
    aliases = tuple(alias.lower() for alias in reader.texts(row, "aliases"))
    for called in (name, *aliases):
        reader.once(row, called, name)
    groups = tuple(dict.fromkeys((*reader.texts(row, "groups"), *shared)))
    if unknown := [group for group in groups if group not in known]:
        raise reader.fail(row, f"there is no group “{unknown[0]}”.")
    return ItemRow(
        name=name,
        category=category,
        price_cents=reader.cents(row, needed=True),
        glass=reader.text(row, "glass", ""),
        description=reader.text(row, "description", ""),
        aliases=aliases,
        groups=groups,
        preferences=reader.texts(row, "preferences"),
        recipe=tuple(_part(reader, row, part) for part in row.get("recipe") or []),
        allergens=_allergens(reader, row),
    )


def _part(reader: _Reader, row: Marked, part: Any) -> tuple[str, Decimal, Decimal]:
    if not isinstance(part, list) or len(part) != 3 or not isinstance(part[0], str):
        raise reader.fail(row, "each part of a recipe is [ingredient, ml, alcohol %].")
    ml = reader.amount(row, part[1], "ml", 5_000)
    return part[0], ml, reader.amount(row, part[2], "alcohol %", 100)


def _allergens(reader: _Reader, row: Marked) -> tuple[tuple[str, str], ...]:
    facts = row.get("allergens", Marked())
    if not isinstance(facts, Marked):
        raise reader.fail(row, "“allergens” maps contains, may_contain, free or unknown to lists.")
    reader.known(facts, set(STATES))
    found = [(name, state) for state in STATES for name in reader.texts(facts, state)]
    if len({name for name, _ in found}) < len(found):
        raise reader.fail(facts, "an allergen stands under two states.")
    return tuple(found)
