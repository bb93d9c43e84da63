"""Loads a menu file into the database and reports each difference. Loading it again changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import slugify

from bartender.menu.ingredient_rows import IngredientRow
from bartender.menu.reader import (
    CurrencyMismatch,
    GroupRow,
    ItemRow,
    MenuFile,
    MenuFileError,
    ModifierRow,
    read_menu,
)
from bartender.menu.snapshot import mark_menu_changed
from bartender.models.allergen_facts import AllergenFact, ModifierAllergenFact
from bartender.models.ingredients import (
    Allergen,
    Ingredient,
    IngredientAllergenFact,
    strength_for_old_code,
)
from bartender.models.menu import (
    MenuAlias,
    MenuCategory,
    MenuItem,
    Modifier,
    ModifierGroup,
    Preference,
    RecipePart,
    Venue,
)
from maya_site.core.money import format_money

LOCALE_FIELDS = ("currency", "timezone")
DEFAULT_MENU_PATH = Path(__file__).with_name("house_menu.yaml")
FILE_SOURCE = "house menu file"
IngredientsByName = Mapping[str, Ingredient]
ModelT = TypeVar("ModelT", bound=models.Model)


def load_menu(path: Path = DEFAULT_MENU_PATH, *, only_if_new: bool = False) -> list[str]:
    """Returns what changed, one sentence each; raises MenuFileError. `only_if_new`: does nothing if this very
    file was loaded last, so that a restart never overwrites what staff changed since."""
    _check_venue_locale(path)
    file = read_menu(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with transaction.atomic():
        # Creates the venue in an empty database, so that the file's hash can be stored.
        if Venue.current().menu_file_hash == digest and only_if_new:
            return []
        _check_currency(path, file)
        changes = _apply_menu(file)
        Venue.objects.filter(pk=1).update(menu_file_hash=digest)
        if changes:
            mark_menu_changed()
    return changes


def _check_venue_locale(path: Path) -> None:
    """Raises MenuFileError if the venue's currency or time zone is invalid, as SQL or an earlier release may
    have left it. No price of the file could be read without them."""
    try:
        Venue.current().clean_fields(
            exclude=[one.name for one in Venue._meta.fields if one.name not in LOCALE_FIELDS]
        )
    except ValidationError as error:
        message = " ".join(error.messages)
        raise MenuFileError(
            path, 0, f"the venue cannot be as it is. {message} Mend it in the admin."
        ) from error


def _check_currency(path: Path, file: MenuFile) -> None:
    here = Venue.current().currency
    if file.currency and file.currency != here:
        what = f"its prices are in {file.currency}, and the venue sells in {here}."
        raise CurrencyMismatch(path, 1, f"{what} Write a menu of your own, and load it with --file.")


def _apply_menu(file: MenuFile) -> list[str]:
    changes: list[str] = []
    for one in file.ingredients:
        changes += _apply_ingredient(one, file.reviewed_on)
    shelf = {row.name: row for row in Ingredient.objects.all()}
    for place, group in enumerate(file.groups):
        changes += _apply_group(group, place, file.reviewed_on, shelf)
    for place, name in enumerate(file.categories):
        _upsert(MenuCategory, {"name": name}, {"slug": slugify(name), "position": place})
    for place, item in enumerate(file.items):
        changes += _apply_item(item, place, file, shelf)
    gone = MenuItem.objects.filter(listed=True).exclude(name__in=[item.name for item in file.items])
    changes += [f"{item.name}: taken off the menu" for item in gone]
    gone.update(listed=False)
    return changes


def _upsert(model: type[ModelT], keys: dict[str, Any], values: dict[str, Any]) -> tuple[ModelT, list[str]]:
    """Creates or updates one row. Returns it, and which fields differed."""
    row, made = model._default_manager.get_or_create(**keys, defaults=values)
    if made:
        return row, ["new"]
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    said = [_describe_change(name, getattr(row, name), values[name]) for name in changed]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.save(update_fields=changed)
    return row, said


def _describe_change(name: str, old: Any, new: Any) -> str:
    if name == "price_cents":
        return f"price {format_money(old)} -> {format_money(new)}"
    return f"{name} changed"


def _apply_ingredient(row: IngredientRow, reviewed_on: date) -> list[str]:
    """What the file does not say of an ingredient, such as its cost, stays as staff wrote it down."""
    said = {
        "abv_percent": row.abv_percent,
        "pack_size": row.pack_size,
        "pack_cost_cents": row.pack_cost_cents,
        "sugar_grams": row.sugar_grams,
        "caffeine": row.caffeine,
        "bitterness": row.bitterness,
        "hops": row.hops,
        "vegan": row.vegan,
    }
    values = {name: value for name, value in said.items() if value not in (None, "")} | {"unit": row.unit}
    ingredient, changes = _upsert(Ingredient, {"name": row.name}, values)
    if row.allergens:
        changes += _apply_allergens(
            IngredientAllergenFact,
            {"ingredient": ingredient},
            row.allergens,
            row.reviewed_on or reviewed_on,
            row.source or FILE_SOURCE,
        )
    # A new menu has many: they are told with the drinks that they are in.
    return [] if "new" in changes or not changes else [f"ingredient {row.name}: {', '.join(changes)}"]


def _apply_group(row: GroupRow, place: int, reviewed_on: date, shelf: IngredientsByName) -> list[str]:
    values = {"min": row.min, "max": row.max, "default_modifier": row.default, "position": place}
    group, said = _upsert(ModifierGroup, {"name": row.name}, values)
    for index, modifier in enumerate(row.modifiers):
        said += _apply_modifier(group, modifier, index, reviewed_on, shelf)
    gone = group.modifiers.exclude(name__in=[one.name for one in row.modifiers])
    said += [f"{one.name} removed" for one in gone]
    gone.delete()
    return [f"group {row.name}: {what}" for what in said]


def _apply_modifier(
    group: ModifierGroup, row: ModifierRow, place: int, reviewed_on: date, shelf: IngredientsByName
) -> list[str]:
    values = {
        "price_cents": row.price_cents,
        "factor": row.factor,
        "meaning": row.meaning,
        "aliases": list(row.aliases),
        "adds_nothing": row.adds_nothing,
        "adds": shelf.get(row.adds),
        "ml": row.ml,
        "replaces": shelf.get(row.replaces),
        "removes": shelf.get(row.removes),
        "position": place,
    }
    modifier, said = _upsert(Modifier, {"group": group, "name": row.name}, values)
    said += _apply_allergens(ModifierAllergenFact, {"modifier": modifier}, row.allergens, reviewed_on)
    return [f"{row.name} {what}" for what in said]


def _apply_item(row: ItemRow, place: int, file: MenuFile, shelf: IngredientsByName) -> list[str]:
    values = {
        "category": MenuCategory.objects.get(name=row.category),
        "slug": slugify(row.name),
        "description": row.description,
        "price_cents": row.price_cents,
        "glass": row.glass,
        "no_alcohol": row.no_alcohol,
        "position": place,
        "listed": True,
    }
    item, said = _upsert(MenuItem, {"name": row.name}, values)
    said += _apply_aliases(item, row)
    said += _apply_related(item, "groups", ModifierGroup.objects.filter(name__in=row.groups))
    wanted = [Preference.objects.get_or_create(name=name)[0] for name in row.preferences]
    said += _apply_related(item, "preferences", wanted)
    said += _apply_recipe(item, row, shelf)
    said += _apply_allergens(AllergenFact, {"item": item}, row.allergens, file.reviewed_on)
    if "new" in said:
        said = [f"new, {format_money(row.price_cents)}"]
    return [f"{row.name}: {what}" for what in said]


def _apply_aliases(item: MenuItem, row: ItemRow) -> list[str]:
    have = set(item.aliases.values_list("text", flat=True))
    want = set(row.aliases)
    if have == want:
        return []
    item.aliases.exclude(text__in=want).delete()
    MenuAlias.objects.filter(text__in=want - have).delete()  # a name that moves to another drink
    MenuAlias.objects.bulk_create(MenuAlias(item=item, text=text) for text in sorted(want - have))
    return ["aliases changed"]


def _apply_related(item: MenuItem, name: str, wanted: Iterable[models.Model]) -> list[str]:
    manager, want = getattr(item, name), {row.pk for row in wanted}
    if set(manager.values_list("pk", flat=True)) == want:
        return []
    manager.set(want)
    return [f"{name} changed"]


def _apply_recipe(item: MenuItem, row: ItemRow, shelf: IngredientsByName) -> list[str]:
    have = tuple(
        (part.uses, part.ml, part.count, part.is_garnish) for part in item.recipe.select_related("uses")
    )
    want = tuple((shelf[part.ingredient], part.ml, part.count, part.is_garnish) for part in row.recipe)
    if have == want:
        return []
    item.recipe.all().delete()
    RecipePart.objects.bulk_create(
        RecipePart(
            item=item,
            uses=uses,
            ingredient=uses.name,
            abv_percent=strength_for_old_code(uses.abv_percent),
            ml=ml,
            count=count,
            is_garnish=is_garnish,
            position=place,
        )
        for place, (uses, ml, count, is_garnish) in enumerate(want)
    )
    return ["recipe changed"]


def _apply_allergens(
    model: type[AllergenFact | ModifierAllergenFact | IngredientAllergenFact],
    owner: dict[str, models.Model],
    facts: Iterable[tuple[str, str]],
    reviewed_on: date,
    source: str = FILE_SOURCE,
) -> list[str]:
    rows = model._default_manager.filter(**owner)
    if {(fact.allergen.name, fact.state) for fact in rows.select_related("allergen")} == set(facts):
        return []
    rows.delete()
    said = {"source": source, "reviewed_on": reviewed_on}
    for name, state in facts:
        allergen, _ = Allergen.objects.get_or_create(name=name)
        model(**owner, allergen=allergen, state=state, **said).save(force_insert=True)
    return ["allergens changed"]
