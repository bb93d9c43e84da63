"""Reads a menu file: YAML in, checked values out. Every error names the line."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from bartender.menu.ingredient_rows import IngredientReader, IngredientRow, InvalidIngredient
from maya_site.core.currencies import is_currency
from maya_site.core.errors import Refusal
from maya_site.core.money import InvalidAmount, format_plain_amount, parse_minor_units
from maya_site.core.yaml_lines import LineMapping, load_yaml_with_lines

MAX_PRICE, MAX_PRICE_MINOR_UNITS = 100_000_000, 99_999_999
ALLERGEN_STATES = ("contains", "may_contain", "free", "unknown")
ADDS_NOTHING = "nothing"


class MenuFileError(Refusal):
    """A menu file that cannot be loaded. The text names the file, the line and what is wrong."""

    def __init__(self, path: Path, line: int, what: str) -> None:
        super().__init__(f"{path.name}, line {line}: {what}")


class CurrencyMismatch(MenuFileError):
    """The file's prices are not in the venue's currency."""


@dataclass(frozen=True)
class ModifierRow:
    name: str
    price_cents: int
    factor: int
    meaning: str
    aliases: tuple[str, ...]
    adds_nothing: bool = False
    adds: str = ""  # an ingredient; "" where it adds nothing, or nobody knows
    ml: Decimal | None = None  # None: as much as what it replaces
    replaces: str = ""
    removes: str = ""
    allergens: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class GroupRow:
    name: str
    min: int
    max: int
    default: str
    modifiers: tuple[ModifierRow, ...]


@dataclass(frozen=True)
class PartRow:
    """So much of an ingredient in a recipe."""

    ingredient: str
    ml: Decimal
    count: Decimal = Decimal(1)
    is_garnish: bool = False


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
    recipe: tuple[PartRow, ...]
    allergens: tuple[tuple[str, str], ...]
    no_alcohol: bool = False


@dataclass(frozen=True)
class MenuFile:
    reviewed_on: date
    ingredients: tuple[IngredientRow, ...]
    currency: str
    categories: tuple[str, ...]
    groups: tuple[GroupRow, ...]
    items: tuple[ItemRow, ...]


@dataclass
class _MenuFileReader:
    path: Path
    currency: str = ""  # of the prices; the venue's where the file says nothing
    item_by_name: dict[str, str] = field(default_factory=dict)
    ingredients: IngredientReader = field(default_factory=IngredientReader)

    def error(self, row: LineMapping, what: str) -> MenuFileError:
        return MenuFileError(self.path, row.line, what)

    def read_text(self, row: LineMapping, key: str, default: str | None = None) -> str:
        value = row.get(key, default)
        if value is None or not isinstance(value, str) or (default is None and not value.strip()):
            raise self.error(row, f"“{key}” is missing or is not a text.")
        return value.strip()

    def read_texts(self, row: LineMapping, key: str) -> tuple[str, ...]:
        value = row.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.error(row, f"“{key}” must be a list of texts.")
        return tuple(one.strip() for one in value)

    def read_rows(self, row: LineMapping, key: str) -> list[LineMapping]:
        value = row.get(key)
        if not isinstance(value, list) or not all(isinstance(one, LineMapping) for one in value):
            raise self.error(row, f"“{key}” must be a list of entries with names.")
        return value

    def read_integer(self, row: LineMapping, key: str, default: int) -> int:
        value = row.get(key, default)
        if type(value) is not int or value < 0:
            raise self.error(row, f"“{key}” must be a whole number, zero or more.")
        return value

    def read_amount(self, row: LineMapping, value: Any, key: str, maximum: int) -> Decimal:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal(-1)
        if isinstance(value, bool) or not number.is_finite() or not 0 <= number <= maximum:
            raise self.error(row, f"“{key}” must be a number from 0 to {maximum}.")
        return number

    def read_price_cents(self, row: LineMapping, *, required: bool) -> int:
        price = self.read_amount(row, row.get("price", None if required else 0), "price", MAX_PRICE)
        try:
            minor = parse_minor_units(price, self.currency)
        except InvalidAmount:
            minor = -1
        if minor < 0 or minor > MAX_PRICE_MINOR_UNITS or (required and minor == 0):
            example = format_plain_amount(1200, self.currency)
            raise self.error(row, f"“price” must be an amount above zero, such as {example}.")
        return minor

    def check_unique_name(self, row: LineMapping, called: str, item: str) -> None:
        if self.item_by_name.setdefault(called.lower(), item) != item:
            raise self.error(row, f"“{called}” already means {self.item_by_name[called.lower()]}.")

    def check_keys(self, row: LineMapping, names: set[str]) -> None:
        if unknown := sorted(set(row) - names):
            raise self.error(row, f"“{unknown[0]}” is not known here; use {', '.join(sorted(names))}.")


def read_menu(path: Path) -> MenuFile:
    """Reads and checks a menu file. Raises MenuFileError, which names the line and what is wrong there."""
    try:
        root = load_yaml_with_lines(path)
    except OSError as error:
        raise MenuFileError(path, 0, "there is no such file to read.") from error
    except UnicodeDecodeError as error:
        raise MenuFileError(path, 0, "the file is not UTF-8 text.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise MenuFileError(path, line, f"{error.problem}.") from error
    if not isinstance(root, LineMapping):
        raise MenuFileError(path, 1, "a menu needs “groups” and “categories”.")
    return _parse_file(_MenuFileReader(path, _parse_currency(path, root)), root)


def _parse_currency(path: Path, root: LineMapping) -> str:
    code = root.get("currency", "")
    if code and not (isinstance(code, str) and is_currency(code)):
        raise MenuFileError(path, root.line, f"“currency” is an ISO 4217 code such as EUR, not {code!r}.")
    return str(code)


def _parse_file(reader: _MenuFileReader, root: LineMapping) -> MenuFile:
    reader.check_keys(root, {"reviewed_on", "currency", "ingredients", "groups", "categories"})
    reviewed = root.get("reviewed_on")
    if not isinstance(reviewed, date):
        raise reader.error(root, "“reviewed_on” must be a date, such as 2026-11-01.")
    for row in reader.read_rows(root, "ingredients") if "ingredients" in root else ():
        _parse_ingredient(reader, row)
    groups = tuple(_parse_group(reader, row) for row in reader.read_rows(root, "groups"))
    known = {group.name for group in groups}
    rows = reader.read_rows(root, "categories")
    items = tuple(item for row in rows for item in _parse_category(reader, row, known))
    return MenuFile(
        reviewed_on=reviewed,
        ingredients=tuple(reader.ingredients.rows.values()),
        currency=reader.currency,
        categories=tuple(reader.read_text(row, "name") for row in rows),
        groups=groups,
        items=items,
    )


def _parse_group(reader: _MenuFileReader, row: LineMapping) -> GroupRow:
    reader.check_keys(row, {"name", "min", "max", "default", "modifiers"})
    modifiers = tuple(_parse_modifier(reader, one) for one in reader.read_rows(row, "modifiers"))
    default = reader.read_text(row, "default", "")
    if default and default not in {one.name for one in modifiers}:
        raise reader.error(row, f"the default “{default}” is none of the group's modifiers.")
    low, high = reader.read_integer(row, "min", 0), reader.read_integer(row, "max", 1)
    if low > high:
        raise reader.error(row, "“min” is above “max”.")
    return GroupRow(reader.read_text(row, "name"), low, high, default, modifiers)


def _parse_modifier(reader: _MenuFileReader, row: LineMapping) -> ModifierRow:
    keys = {"name", "price", "factor", "meaning", "aliases", "adds", "replaces", "removes", "allergens"}
    reader.check_keys(row, keys)
    adds = row.get("adds")
    name, ml = ("", None) if adds in (None, ADDS_NOTHING) else _parse_added_ingredient(reader, row, adds)
    return ModifierRow(
        name=reader.read_text(row, "name"),
        price_cents=reader.read_price_cents(row, required=False),
        factor=max(reader.read_integer(row, "factor", 1), 1),
        meaning=reader.read_text(row, "meaning", ""),
        aliases=tuple(alias.lower() for alias in reader.read_texts(row, "aliases")),
        adds_nothing=adds == ADDS_NOTHING,
        adds=name,
        ml=ml,
        replaces=_parse_known_ingredient(reader, row, "replaces"),
        removes=_parse_known_ingredient(reader, row, "removes"),
        allergens=_parse_allergens(reader, row),
    )


def _parse_added_ingredient(
    reader: _MenuFileReader, row: LineMapping, part: Any
) -> tuple[str, Decimal | None]:
    """[ingredient, ml, alcohol %]. Without ml it replaces the group's default ingredient in the recipe."""
    if not _is_part(reader, part):
        raise reader.error(
            row, f"“adds” is “nothing”, or [ingredient, ml, alcohol %]{reader.ingredients.short_form_hint}."
        )
    ml = None if part[1] is None else reader.read_amount(row, part[1], "ml", 5_000)
    return _name_ingredient(reader, row, part), ml


def _parse_known_ingredient(reader: _MenuFileReader, row: LineMapping, key: str) -> str:
    name = reader.read_text(row, key, "")
    if name and name not in reader.ingredients.rows:
        raise reader.error(row, f"“{key}” is an ingredient that the file lists under “ingredients”.")
    return name


def _is_part(reader: _MenuFileReader, part: Any) -> bool:
    """Whether it is [ingredient, ml, alcohol %], or [ingredient, ml] of an ingredient that is listed."""
    if not isinstance(part, list) or not part or not isinstance(part[0], str):
        return False
    return len(part) == 3 or (len(part) == 2 and part[0] in reader.ingredients.rows)


def _name_ingredient(reader: _MenuFileReader, row: LineMapping, part: list[Any]) -> str:
    abv = reader.read_amount(row, part[2], "alcohol %", 100) if len(part) == 3 else None
    try:
        return reader.ingredients.name(part[0], abv)
    except InvalidIngredient as wrong:
        raise reader.error(row, str(wrong)) from wrong


def _parse_category(reader: _MenuFileReader, row: LineMapping, known: set[str]) -> list[ItemRow]:
    reader.check_keys(row, {"name", "groups", "items"})
    name, shared = reader.read_text(row, "name"), reader.read_texts(row, "groups")
    return [_parse_item(reader, item, name, shared, known) for item in reader.read_rows(row, "items")]


def _parse_item(
    reader: _MenuFileReader, row: LineMapping, category: str, shared: tuple[str, ...], known: set[str]
) -> ItemRow:
    keys = {
        "name",
        "price",
        "glass",
        "description",
        "aliases",
        "groups",
        "preferences",
        "recipe",
        "alcohol",
        "allergens",
    }
    reader.check_keys(row, keys)
    name = reader.read_text(row, "name")
    if name.lower() in reader.item_by_name:
        raise reader.error(row, f"“{name}” stands on the menu twice.")
    aliases = tuple(alias.lower() for alias in reader.read_texts(row, "aliases"))
    for called in (name, *aliases):
        reader.check_unique_name(row, called, name)
    groups = tuple(dict.fromkeys((*reader.read_texts(row, "groups"), *shared)))
    if unknown := [group for group in groups if group not in known]:
        raise reader.error(row, f"there is no group “{unknown[0]}”.")
    recipe = tuple(_parse_part(reader, row, part) for part in row.get("recipe") or [])
    return ItemRow(
        name=name,
        category=category,
        price_cents=reader.read_price_cents(row, required=True),
        glass=reader.read_text(row, "glass", ""),
        description=reader.read_text(row, "description", ""),
        aliases=aliases,
        groups=groups,
        preferences=reader.read_texts(row, "preferences"),
        recipe=recipe,
        allergens=_parse_allergens(reader, row),
        no_alcohol=_parse_no_alcohol(reader, row, recipe),
    )


def _parse_no_alcohol(reader: _MenuFileReader, row: LineMapping, recipe: tuple[PartRow, ...]) -> bool:
    """Whether the file says “alcohol: none”. A drink needs that or a recipe: nobody is to guess a
    strength."""
    said = row.get("alcohol")
    if said not in (None, "none"):
        raise reader.error(row, "“alcohol” may only be “none”; how strong a drink is, its recipe says.")
    if said is None and not recipe:
        raise reader.error(row, "how strong is it? Give a “recipe”, or “alcohol: none” where it has none.")
    if said and any(reader.ingredients.rows[part.ingredient].abv_percent for part in recipe):
        raise reader.error(row, "“alcohol: none” and a recipe with alcohol in it: one of them is wrong.")
    return said is not None


def _parse_part(reader: _MenuFileReader, row: LineMapping, part: Any) -> PartRow:
    """[ingredient, ml, alcohol %], [ingredient, ml], or {ingredient, ml, count, garnish}."""
    if isinstance(part, LineMapping):
        reader.check_keys(part, {"ingredient", "ml", "count", "garnish"})
        return PartRow(
            ingredient=_parse_known_ingredient(reader, part, "ingredient"),
            ml=reader.read_amount(part, part.get("ml", 0), "ml", 5_000),
            count=reader.read_amount(part, part.get("count", 1), "count", 100),
            is_garnish=part.get("garnish") is True,
        )
    if not _is_part(reader, part):
        raise reader.error(
            row, f"each part of a recipe is [ingredient, ml, alcohol %]{reader.ingredients.short_form_hint}."
        )
    return PartRow(_name_ingredient(reader, row, part), reader.read_amount(row, part[1], "ml", 5_000))


def _parse_ingredient(reader: _MenuFileReader, row: LineMapping) -> None:
    """One of the file's “ingredients”. What it does not say is unknown."""
    keys = {"name", "abv", "unit", "pack", "cost", "allergens", "source", "reviewed_on"}
    reader.check_keys(row, keys | {"sugar", "caffeine", "bitterness", "hops", "vegan"})
    reviewed = row.get("reviewed_on")
    if reviewed is not None and not isinstance(reviewed, date):
        raise reader.error(row, "“reviewed_on” must be a date, such as 2026-11-01.")
    pack = _optional_amount(reader, row, "pack", 1_000_000)
    try:
        paid = _optional_amount(reader, row, "cost", MAX_PRICE)
        cost = None if paid is None else parse_minor_units(paid, reader.currency)
    except InvalidAmount as wrong:
        raise reader.error(row, "“cost” must be an amount, such as 16.00.") from wrong
    one = IngredientRow(
        name=reader.read_text(row, "name"),
        abv_percent=_optional_amount(reader, row, "abv", 100),
        unit=reader.read_text(row, "unit", "ml"),
        pack_size=pack or None,
        pack_cost_cents=cost,
        allergens=_parse_allergens(reader, row),
        source=reader.read_text(row, "source", ""),
        reviewed_on=reviewed,
        sugar_grams=_optional_amount(reader, row, "sugar", 1_000),
        caffeine=reader.read_text(row, "caffeine", ""),
        bitterness=reader.read_text(row, "bitterness", ""),
        hops=_read_truth(reader, row, "hops", ("yes", "no")),
        vegan=_read_truth(reader, row, "vegan", ("vegan", "not")),
    )
    try:
        reader.ingredients.add(one)
    except InvalidIngredient as wrong:
        raise reader.error(row, str(wrong)) from wrong


def _optional_amount(reader: _MenuFileReader, row: LineMapping, key: str, maximum: int) -> Decimal | None:
    return reader.read_amount(row, row[key], key, maximum) if key in row else None


def _read_truth(reader: _MenuFileReader, row: LineMapping, key: str, words: tuple[str, str]) -> str:
    """YAML's yes and no; left out, it is unknown."""
    value = row.get(key)
    if value is not None and not isinstance(value, bool):
        raise reader.error(row, f"“{key}” is yes or no; leave it out where nobody knows.")
    return "" if value is None else words[0] if value else words[1]


def _parse_allergens(reader: _MenuFileReader, row: LineMapping) -> tuple[tuple[str, str], ...]:
    facts = row.get("allergens", LineMapping())
    if not isinstance(facts, LineMapping):
        raise reader.error(row, "“allergens” maps contains, may_contain, free or unknown to lists.")
    reader.check_keys(facts, set(ALLERGEN_STATES))
    found = [(name, state) for state in ALLERGEN_STATES for name in reader.read_texts(facts, state)]
    if len({name for name, _ in found}) < len(found):
        raise reader.error(facts, "an allergen stands under two states.")
    return tuple(found)
