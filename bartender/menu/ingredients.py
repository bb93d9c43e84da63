"""From the rows of ingredients, recipes and modifiers to the values that a glass is made of."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Prefetch

from bartender.menu.composition import Ingredient, Pour
from bartender.menu.guest_facts import GuestFacts
from bartender.models import ingredients as shelf_models
from bartender.models.menu import Modifier, RecipePart

IngredientsById = Mapping[int, Ingredient]


def ingredients_by_id() -> dict[int, Ingredient]:
    """All ingredients with their allergens. Two queries."""
    facts = shelf_models.IngredientAllergenFact.objects.select_related("allergen")
    rows = shelf_models.Ingredient.objects.prefetch_related(Prefetch("allergen_facts", facts))
    return {row.pk: _ingredient(row) for row in rows}


def _ingredient(row: shelf_models.Ingredient) -> Ingredient:
    return Ingredient(
        id=row.pk,
        name=row.name,
        abv_percent=row.abv_percent,
        allergens=tuple(sorted((fact.allergen.name, fact.state) for fact in row.allergen_facts.all())),
        unit=row.unit,
        unit_cost=row.unit_cost,
        available=row.available,
        guest_facts=GuestFacts(row.sugar_grams, row.caffeine, row.bitterness, row.hops, row.vegan),
    )


def pour_of_recipe(row: RecipePart, shelf: IngredientsById) -> Pour:
    """A part that the release before wrote, during a deployment, names no row: of it only the strength is
    known."""
    known = shelf[row.uses_id] if row.uses_id else Ingredient(row.ingredient, row.abv_percent)
    return Pour(known, row.ml, row.count, row.is_garnish)


def pour_of_modifier(row: Modifier, shelf: IngredientsById) -> Pour | None:
    """What the modifier adds. None: nothing, or nobody has said."""
    if row.adds_id:
        return Pour(shelf[row.adds_id], row.ml)
    if row.adds_nothing or not row.ingredient or row.abv_percent is None:
        return None
    return Pour(Ingredient(row.ingredient, row.abv_percent), row.ml)
