"""86 of an ingredient: every drink that needs it goes off sale with it, on every page and for Maya."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from bartender.menu.snapshot import current_menu, mark_menu_changed, record_availability
from bartender.models.ingredients import Ingredient


@transaction.atomic
def set_ingredients_available(ingredients: Collection[int], *, available: bool) -> int:
    """86 or back. A drink that can be made with something in its place, or without it, stays on sale that
    way. Returns how many changed."""
    sold_out = set(current_menu().sold_out)
    rows = Ingredient.objects.filter(pk__in=ingredients).exclude(available=available)
    changed = rows.update(available=available)
    if changed:
        mark_menu_changed()
        record_availability(list(sold_out ^ set(current_menu().sold_out)), available=available)
    return changed
