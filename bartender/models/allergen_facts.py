"""What people stated of allergens in a whole drink and in what a modifier adds."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from bartender.models.ingredients import AllergenState, StatedAllergen
from bartender.models.menu import MenuItem, Modifier


class AllergenFact(StatedAllergen):
    """What a person stated of one allergen in a whole drink, where its ingredients say nothing of it.

    It never makes a drink safer than an ingredient's own fact.
    """

    State = AllergenState

    item = models.ForeignKey(MenuItem, models.CASCADE, related_name="allergen_facts")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["item", "allergen"], name="one_fact_per_item_and_allergen"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.state} {self.allergen}"


class ModifierAllergenFact(StatedAllergen):
    """The same of what a modifier adds to the glass."""

    modifier = models.ForeignKey(Modifier, models.CASCADE, related_name="allergen_facts")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["modifier", "allergen"], name="one_fact_per_modifier"),
        ]

    def __str__(self) -> str:
        return f"{self.modifier}: {self.state} {self.allergen}"
