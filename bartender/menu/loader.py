"""Brings the database to what a menu file says, and reports each difference. Twice is once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils.text import slugify

from bartender.menu.reader import GroupRow, ItemRow, MenuFile, ModifierRow, read_menu
from bartender.menu.snapshot import menu_changed
from bartender.records.menu import (
    Allergen,
    AllergenFact,
    MenuAlias,
    MenuCategory,
    MenuItem,
    Modifier,
    ModifierGroup,
    Preference,
    RecipePart,
    Venue,
)
from maya_site.lib.money import dollars

HOUSE_MENU = Path(__file__).with_name("house_menu.yaml")
Row = TypeVar("Row", bound=models.Model)


def load_menu(path: Path = HOUSE_MENU, *, only_if_new: bool = False) -> list[str]:
    """What changed, one sentence each. `only_if_new`: nothing is done for a file that was loaded before,
    so that a restart never overwrites what staff changed since."""
    file = read_menu(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with transaction.atomic():
        # Made here if need be: a file loaded into an empty database must be remembered too.
        if Venue.here().menu_file_hash == digest and only_if_new:
            return []
        changes = _apply(file)
        Venue.objects.filter(pk=1).update(menu_file_hash=digest)
        if changes:
            menu_changed()
    return changes


def _apply(file: MenuFile) -> list[str]:
    changes: list[str] = []
    for place, group in enumerate(file.groups):
        changes += _group(group, place)
    for place, name in enumerate(file.categories):
        _put(MenuCategory, {"name": name}, {"slug": slugify(name), "position": place})
    for place, item in enumerate(file.items):
        changes += _item(item, place, file)
    gone = MenuItem.objects.filter(listed=True).exclude(name__in=[item.name for item in file.items])
    changes += [f"{item.name}: taken off the menu" for item in gone]
    gone.update(listed=False)
    return changes


def _put(model: type[Row], keys: dict[str, Any], values: dict[str, Any]) -> tuple[Row, list[str]]:
    """Create or update one row; says which fields differed."""
    row, made = model._default_manager.get_or_create(**keys, defaults=values)
    if made:
        return row, ["new"]
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    said = [_difference(name, getattr(row, name), values[name]) for name in changed]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.save(update_fields=changed)
    return row, said


def _difference(name: str, old: Any, new: Any) -> str:
    if name == "price_cents":
        return f"price {dollars(old)} -> {dollars(new)}"
    return f"{name} changed"


def _group(row: GroupRow, place: int) -> list[str]:
    values = {"min": row.min, "max": row.max, "default_modifier": row.default, "position": place}
    group, said = _put(ModifierGroup, {"name": row.name}, values)
    for index, modifier in enumerate(row.modifiers):
        said += _modifier(group, modifier, index)
    gone = group.modifiers.exclude(name__in=[one.name for one in row.modifiers])
    said += [f"{one.name} removed" for one in gone]
    gone.delete()
    return [f"group {row.name}: {what}" for what in said]


def _modifier(group: ModifierGroup, row: ModifierRow, place: int) -> list[str]:
    values = {
        "price_cents": row.price_cents,
        "factor": row.factor,
        "meaning": row.meaning,
        "aliases": list(row.aliases),
        "position": place,
    }
    _, said = _put(Modifier, {"group": group, "name": row.name}, values)
    return [f"{row.name} {what}" for what in said]


def _item(row: ItemRow, place: int, file: MenuFile) -> list[str]:
    values = {
        "category": MenuCategory.objects.get(name=row.category),
        "slug": slugify(row.name),
        "description": row.description,
        "price_cents": row.price_cents,
        "glass": row.glass,
        "position": place,
        "listed": True,
    }
    item, said = _put(MenuItem, {"name": row.name}, values)
    said += _names(item, row)
    said += _related(item, "groups", ModifierGroup.objects.filter(name__in=row.groups))
    wanted = [Preference.objects.get_or_create(name=name)[0] for name in row.preferences]
    said += _related(item, "preferences", wanted)
    said += _recipe(item, row)
    said += _allergens(item, row, file)
    if "new" in said:
        said = [f"new, {dollars(row.price_cents)}"]
    return [f"{row.name}: {what}" for what in said]


def _names(item: MenuItem, row: ItemRow) -> list[str]:
    have = set(item.aliases.values_list("text", flat=True))
    want = set(row.aliases)
    if have == want:
        return []
    item.aliases.exclude(text__in=want).delete()
    MenuAlias.objects.filter(text__in=want - have).delete()  # a name that moves to another drink
    MenuAlias.objects.bulk_create(MenuAlias(item=item, text=text) for text in sorted(want - have))
    return ["aliases changed"]


def _related(item: MenuItem, name: str, wanted: Iterable[models.Model]) -> list[str]:
    manager, want = getattr(item, name), {row.pk for row in wanted}
    if set(manager.values_list("pk", flat=True)) == want:
        return []
    manager.set(want)
    return [f"{name} changed"]


def _recipe(item: MenuItem, row: ItemRow) -> list[str]:
    have = tuple((part.ingredient, part.ml, part.abv_percent) for part in item.recipe.all())
    if have == row.recipe:
        return []
    item.recipe.all().delete()
    RecipePart.objects.bulk_create(
        RecipePart(item=item, ingredient=name, ml=ml, abv_percent=abv, position=place)
        for place, (name, ml, abv) in enumerate(row.recipe)
    )
    return ["recipe changed"]


def _allergens(item: MenuItem, row: ItemRow, file: MenuFile) -> list[str]:
    have = {(fact.allergen.name, fact.state) for fact in item.allergen_facts.select_related("allergen")}
    if have == set(row.allergens):
        return []
    item.allergen_facts.all().delete()
    AllergenFact.objects.bulk_create(
        AllergenFact(
            item=item,
            allergen=Allergen.objects.get_or_create(name=name)[0],
            state=state,
            source="house menu file",
            reviewed_on=file.reviewed_on,
        )
        for name, state in row.allergens
    )
    return ["allergens changed"]
