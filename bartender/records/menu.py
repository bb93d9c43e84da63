"""What the bar sells and on which terms: the truth that every brain and page reads."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from maya_site.lib.db import Ready

ETHANOL_GRAMS_PER_ML = Decimal("0.789")


def new_stamp() -> str:
    return uuid.uuid4().hex


class Venue(models.Model):
    """The one bar. Its numbers are policy: they bind every tab opened after they change."""

    name = models.CharField(max_length=60, default="MOK 5-ha")
    spoken_name = models.CharField(max_length=60, default="Moksha")
    timezone = models.CharField(max_length=40, default="UTC")
    currency = models.CharField(max_length=3, default="USD")
    tax_rate_bp = models.PositiveIntegerField(default=0, validators=[MaxValueValidator(10_000)])
    tab_cap_cents = models.PositiveIntegerField(default=200_000)
    line_cap = models.PositiveSmallIntegerField(default=12)
    unit_cap = models.PositiveSmallIntegerField(default=40)
    tip_cap_cents = models.PositiveIntegerField(default=50_000)
    play_money_cents = models.PositiveIntegerField(default=100_000)
    alone_cents = models.PositiveIntegerField(
        default=50_00, help_text="Above it, a void, comp or refund needs a second person."
    )
    tender_alone_cents = models.PositiveIntegerField(
        default=500_00, help_text="Above it, settling at the bar needs a second person."
    )
    standard_drink_grams = models.PositiveSmallIntegerField(default=14)
    day_turns_at_hour = models.PositiveSmallIntegerField(default=4, validators=[MaxValueValidator(23)])
    visit_budget_cents = models.PositiveIntegerField(
        default=50, help_text="What thinking and speaking may cost for one visit."
    )
    day_budget_cents = models.PositiveIntegerField(
        default=2_000, help_text="What thinking and speaking may cost for all visits of a business day."
    )
    idle_minutes = models.PositiveSmallIntegerField(default=120, validators=[MinValueValidator(1)])
    menu_stamp = models.CharField(
        max_length=32,
        default=new_stamp,
        editable=False,
        help_text="Another one after every change of the menu.",
    )
    menu_file_hash = models.CharField(max_length=64, blank=True, default="", editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(pk=1), name="one_venue"),
            models.CheckConstraint(condition=Q(tax_rate_bp__lte=10_000), name="venue_tax_rate_possible"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def here(cls) -> Venue:
        return _HERE.first(1) or cls.objects.get_or_create(pk=1)[0]


_HERE = Ready(lambda pk: Venue.objects.filter(pk=pk), 1)


class MenuCategory(models.Model):
    name = models.CharField(max_length=40, unique=True)
    slug = models.SlugField(max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]
        verbose_name_plural = "menu categories"

    def __str__(self) -> str:
        return self.name


class Preference(models.Model):
    """A mood that a guest may ask for: fruity, classy, strong, burning, sobering."""

    name = models.CharField(max_length=30, unique=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Allergen(models.Model):
    name = models.CharField(max_length=30, unique=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class ModifierGroup(models.Model):
    """Choices that exclude or complete one another: at least `min`, at most `max` of them on a line."""

    name = models.CharField(max_length=30, unique=True)
    min = models.PositiveSmallIntegerField(default=0)
    max = models.PositiveSmallIntegerField(default=1)
    default_modifier = models.CharField(
        max_length=30, blank=True, default="", help_text="Poured unless asked."
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(min__lte=F("max")), name="group_min_within_max"),
        ]

    def __str__(self) -> str:
        return self.name


class Modifier(models.Model):
    group = models.ForeignKey(ModifierGroup, models.CASCADE, related_name="modifiers")
    name = models.CharField(max_length=30)
    price_cents = models.PositiveIntegerField(default=0)
    meaning = models.CharField(max_length=120, blank=True, default="")
    aliases = models.JSONField(default=list, blank=True)
    factor = models.PositiveSmallIntegerField(default=1, help_text="How many measures: a double is 2.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["group", "name"], name="modifier_once_per_group"),
        ]

    def __str__(self) -> str:
        return self.name


class MenuItem(models.Model):
    category = models.ForeignKey(MenuCategory, models.PROTECT, related_name="items")
    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    description = models.CharField(max_length=240, blank=True, default="")
    price_cents = models.PositiveIntegerField()
    available = models.BooleanField(default=True, help_text="Off: 86, not sold until put back.")
    listed = models.BooleanField(default=True, help_text="Off: no longer on the menu; kept for old tabs.")
    glass = models.CharField(max_length=20, blank=True, default="")
    groups = models.ManyToManyField(ModifierGroup, blank=True, related_name="items")
    preferences = models.ManyToManyField(Preference, blank=True, related_name="items")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["category__position", "position", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(price_cents__gt=0), name="item_has_a_price"),
        ]

    def __str__(self) -> str:
        return self.name


class MenuAlias(models.Model):
    """What guests call an item. One word of theirs never means two items."""

    item = models.ForeignKey(MenuItem, models.CASCADE, related_name="aliases")
    text = models.CharField(max_length=60, unique=True)

    class Meta:
        verbose_name_plural = "menu aliases"

    def __str__(self) -> str:
        return self.text


class RecipePart(models.Model):
    """One ingredient of a drink; ml and percent by volume give grams of ethanol."""

    item = models.ForeignKey(MenuItem, models.CASCADE, related_name="recipe")
    ingredient = models.CharField(max_length=60)
    ml = models.DecimalField(max_digits=6, decimal_places=1)
    abv_percent = models.DecimalField(max_digits=4, decimal_places=1, default=Decimal(0))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(ml__gte=0, abv_percent__gte=0, abv_percent__lte=100), name="recipe_part_possible"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ingredient} {self.ml} ml"

    @property
    def grams(self) -> Decimal:
        return self.ml * self.abv_percent / 100 * ETHANOL_GRAMS_PER_ML


class AllergenFact(models.Model):
    """What is known of one allergen in one item. No row means unknown, never free."""

    class State(models.TextChoices):
        CONTAINS = "contains"
        MAY_CONTAIN = "may_contain", "may contain"
        FREE = "free"
        UNKNOWN = "unknown"

    item = models.ForeignKey(MenuItem, models.CASCADE, related_name="allergen_facts")
    allergen = models.ForeignKey(Allergen, models.PROTECT)
    state = models.CharField(max_length=11, choices=State)
    source = models.CharField(max_length=120)
    reviewed_on = models.DateField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["item", "allergen"], name="one_fact_per_item_and_allergen"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.state} {self.allergen}"
