"""What stands on the shelf: ingredients, and what is known of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q


class Allergen(models.Model):
    name = models.CharField(max_length=30, unique=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class AllergenState(models.TextChoices):
    CONTAINS = "contains"
    MAY_CONTAIN = "may_contain", "may contain"
    FREE = "free"
    UNKNOWN = "unknown"


class Ingredient(models.Model):
    """One thing that recipes name. What is empty is unknown: never zero, never free."""

    class Unit(models.TextChoices):
        ML = "ml", "millilitres"
        EACH = "each", "counted one by one"

    class Caffeine(models.TextChoices):
        NONE = "none"
        DECAF = "decaf", "decaffeinated"
        SOME = "some"

    class Bitterness(models.TextChoices):
        NONE = "none"
        MILD = "mild"
        STRONG = "strong"

    class Hops(models.TextChoices):
        NO = "no"
        YES = "yes"

    class Vegan(models.TextChoices):
        VEGAN = "vegan"
        NOT = "not", "not vegan"

    name = models.CharField(max_length=60, unique=True)
    abv_percent = models.DecimalField(
        "alcohol %",
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        help_text="Empty: unknown, never 0.",
    )
    available = models.BooleanField(
        default=True, help_text="Off: 86, nothing is made with it until put back."
    )
    unit = models.CharField(max_length=5, choices=Unit, default=Unit.ML)
    pack_size = models.DecimalField(
        max_digits=8, decimal_places=1, null=True, blank=True, help_text="Of a bottle or a pack, in its unit."
    )
    pack_cost_cents = models.PositiveIntegerField(
        null=True, blank=True, help_text="What the house pays for one."
    )
    low_stock = models.DecimalField(
        "low at",
        max_digits=9,
        decimal_places=1,
        null=True,
        blank=True,
        help_text="From so little on it is shown as running low, in its unit. Empty: only at nothing.",
    )
    sugar_grams = models.DecimalField(
        "sugar, g",
        max_digits=5,
        decimal_places=1,
        null=True,
        blank=True,
        help_text="In 100 ml, or in one that is counted.",
    )
    caffeine = models.CharField(max_length=5, choices=Caffeine, blank=True, default="")
    bitterness = models.CharField(max_length=6, choices=Bitterness, blank=True, default="")
    hops = models.CharField(max_length=3, choices=Hops, blank=True, default="")
    vegan = models.CharField(max_length=5, choices=Vegan, blank=True, default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(abv_percent=None) | Q(abv_percent__gte=0, abv_percent__lte=100),
                name="ingredient_strength_possible",
            ),
            models.CheckConstraint(
                condition=Q(pack_size=None) | Q(pack_size__gt=0), name="ingredient_pack_holds_something"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Also writes the columns of recipes and modifiers that the release before reads."""
        super().save(*args, **kwargs)
        self.recipe_parts.update(ingredient=self.name, abv_percent=strength_for_old_code(self.abv_percent))
        self.modifiers.update(ingredient=self.name, abv_percent=self.abv_percent)

    @property
    def unit_cost(self) -> Decimal | None:
        """Of one millilitre or of one, in minor units; None: nobody knows."""
        if self.pack_size is None or self.pack_cost_cents is None:
            return None
        return Decimal(self.pack_cost_cents) / self.pack_size


class StatedAllergen(models.Model):
    """What is known of one allergen, who says so, and when that was last looked at."""

    allergen = models.ForeignKey(Allergen, models.PROTECT)
    state = models.CharField(max_length=11, choices=AllergenState)
    source = models.CharField(max_length=120)
    reviewed_on = models.DateField()

    class Meta:
        abstract = True


class IngredientAllergenFact(StatedAllergen):
    """What is known of one allergen in one ingredient. No row means unknown, not free of it."""

    ingredient = models.ForeignKey(Ingredient, models.CASCADE, related_name="allergen_facts")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["ingredient", "allergen"], name="one_fact_per_ingredient"),
        ]

    def __str__(self) -> str:
        return f"{self.ingredient}: {self.state} {self.allergen}"


def strength_for_old_code(abv_percent: Decimal | None) -> Decimal:
    """The release before knows no unknown strength in a recipe: there it reads the strongest that is."""
    return Decimal(100) if abv_percent is None else abv_percent
