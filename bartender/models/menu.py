"""The venue with its policies, and the menu: items, recipes, modifiers and allergens."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from bartender.models.ingredients import Ingredient, strength_for_old_code
from maya_site.core.currencies import UnknownCurrency, get_currency
from maya_site.core.db import CompiledQuery
from maya_site.core.money import resolve_milli_percent, to_basis_points
from maya_site.core.venue import VENUE_LOCALE, UnknownTimezone, get_timezone
from payments.models import TaxMethod


def new_menu_version() -> str:
    return uuid.uuid4().hex


def validate_currency(code: str) -> None:
    try:
        get_currency(code)
    except UnknownCurrency as error:
        raise ValidationError(str(error)) from None


def validate_timezone(name: str) -> None:
    try:
        get_timezone(name)
    except UnknownTimezone as error:
        raise ValidationError(str(error)) from None


class Venue(models.Model):
    """The one bar (pk 1). The limits apply to tabs opened after a change."""

    name = models.CharField(max_length=60, default="MOK 5-ha")
    spoken_name = models.CharField(max_length=60, default="Moksha")
    timezone = models.CharField(max_length=40, default="UTC", validators=[validate_timezone])
    currency = models.CharField(max_length=3, default="USD", validators=[validate_currency])
    tax_rate_bp = models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(10_000)], editable=False, help_text="For the release before."
    )
    tax_rate_milli = models.PositiveIntegerField(
        null=True,
        blank=True,
        default=None,
        validators=[MaxValueValidator(100_000)],
        help_text="In thousandths of a percent: 8.875 % is 8875.",
    )
    legal_name = models.CharField(
        max_length=120,
        blank=True,
        default="",
        db_default="",
        help_text="Who sells, as receipts name it.",
    )
    legal_address = models.TextField(blank=True, default="", db_default="", max_length=300)
    tax_number = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="As receipts must show it."
    )
    receipt_footer = models.TextField(
        blank=True, default="", db_default="", max_length=500, help_text="What the law wants below a receipt."
    )
    datev_consultant_number = models.PositiveIntegerField(
        null=True, blank=True, default=None, help_text="For exports in DATEV's format only."
    )
    datev_client_number = models.PositiveIntegerField(null=True, blank=True, default=None)
    fiscal_year_start_month = models.PositiveSmallIntegerField(
        default=1, db_default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    tax_method = models.CharField(
        max_length=6,
        choices=TaxMethod,
        default=TaxMethod.SINGLE,
        db_default=TaxMethod.SINGLE,
        help_text="By tax class: each item has its class's rates, and one without a class the rate above.",
    )
    prices_include_tax = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The menu's prices have the tax in them. By tax class only.",
    )
    service_charge_milli = models.PositiveIntegerField(
        default=0,
        db_default=0,
        validators=[MaxValueValidator(100_000)],
        help_text="On what the lines come to. By tax class only; 0: none. It is the house's, and no tip.",
    )
    service_tax_class = models.ForeignKey(
        "bartender.TaxClass",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="How the service charge is taxed. Empty: not at all.",
    )
    forbids_alcohol_promotions = models.BooleanField(
        "no promotions on alcohol",
        default=False,
        db_default=False,
        help_text="Price rules then leave out whatever has, or may have, alcohol.",
    )
    tab_cap_cents = models.PositiveIntegerField(default=200_000)
    line_cap = models.PositiveSmallIntegerField(default=12)
    unit_cap = models.PositiveSmallIntegerField(default=40)
    tip_cap_cents = models.PositiveIntegerField(default=50_000)
    play_money_cents = models.PositiveIntegerField(default=100_000)
    approval_limit_cents = models.PositiveIntegerField(
        default=50_00, help_text="Above it, a void, comp or refund needs a second person."
    )
    tender_approval_limit_cents = models.PositiveIntegerField(
        default=500_00, help_text="Above it, settling at the bar needs a second person."
    )
    standard_drink_grams = models.PositiveSmallIntegerField(default=14)
    day_start_hour = models.PositiveSmallIntegerField(default=4, validators=[MaxValueValidator(23)])
    visit_budget_cents = models.PositiveIntegerField(
        default=50, help_text="What thinking and speaking may cost for one visit."
    )
    day_budget_cents = models.PositiveIntegerField(
        default=2_000, help_text="What thinking and speaking may cost for all visits of a business day."
    )
    idle_minutes = models.PositiveSmallIntegerField(default=120, validators=[MinValueValidator(1)])
    retention_days = models.PositiveSmallIntegerField(
        default=30,
        db_default=30,
        validators=[MinValueValidator(1)],
        help_text="So many days after a visit all that was said, and what is known of its guest, is erased.",
    )
    agents_enabled = models.BooleanField(
        "guests' agents",
        default=False,
        db_default=False,
        help_text="Guests may let an assistant of their own order at /mcp. Off stops all of them.",
    )
    card_fee_milli = models.PositiveIntegerField(null=True, blank=True, help_text="Of each card link.")
    card_fee_cents = models.PositiveIntegerField(null=True, blank=True, help_text="Of each card link.")
    last_call_minutes = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        validators=[MaxValueValidator(240)],
        help_text="So long before closing guests are told that it is last call. 0: they are not.",
    )
    night_letter_email = models.EmailField(
        blank=True,
        default="",
        db_default="",
        help_text="Who gets the night letter when a day is closed. Empty: it is only a page.",
    )
    screen_lock_seconds = models.PositiveSmallIntegerField(
        default=60,
        db_default=60,
        validators=[MinValueValidator(5)],
        help_text="A shared bar display that nobody touches for so long locks: acting needs a PIN again.",
    )
    # Another one after every change of the menu.
    menu_version = models.CharField(max_length=32, default=new_menu_version, editable=False)
    menu_file_hash = models.CharField(max_length=64, blank=True, default="", editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(pk=1), name="one_venue"),
            models.CheckConstraint(condition=Q(tax_rate_bp__lte=10_000), name="venue_tax_rate_possible"),
        ]

    def __str__(self) -> str:
        return self.name

    # Both tax columns as they were read, to find out which one was changed.
    _loaded_tax_rates: tuple[int, int | None] = (0, None)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValidationError for an unknown currency or timezone, in scripts as well as in forms."""
        wrong = {
            name: messages
            for name, check in (("currency", validate_currency), ("timezone", validate_timezone))
            if (messages := _validation_messages(check, getattr(self, name)))
        }
        if wrong:
            raise ValidationError(wrong)
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, *self._sync_tax_rates()}
        else:
            self._sync_tax_rates()
        super().save(*args, **kwargs)
        VENUE_LOCALE.update(self.currency, self.timezone)

    @property
    def tax_rate(self) -> int:
        """In thousandths of a percent."""
        return resolve_milli_percent(self.tax_rate_milli, self.tax_rate_bp)

    def _sync_tax_rates(self) -> set[str]:
        """Copies the changed tax column to the other one; returns the names of the columns to write."""
        old_bp, old_milli = self._loaded_tax_rates
        if self.tax_rate_milli is not None and self.tax_rate_milli != old_milli:
            self.tax_rate_bp = to_basis_points(self.tax_rate_milli)
        elif self.tax_rate_bp != old_bp:
            self.tax_rate_milli = self.tax_rate_bp * 10
        else:
            return set()
        self._loaded_tax_rates = (self.tax_rate_bp, self.tax_rate_milli)
        return {"tax_rate_bp", "tax_rate_milli"}

    @classmethod
    def current(cls) -> Venue:
        return _VENUE_QUERY.first(1) or cls.objects.get_or_create(pk=1)[0]

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **how: Any
    ) -> Self:
        """Also updates the process-wide currency and timezone that amounts and times are formatted with."""
        venue = super().from_db(db, field_names, values, **how)
        if {"currency", "timezone"} <= set(field_names):
            VENUE_LOCALE.update(venue.currency, venue.timezone)
        if {"tax_rate_bp", "tax_rate_milli"} <= set(field_names):
            venue._loaded_tax_rates = (venue.tax_rate_bp, venue.tax_rate_milli)
        return venue


def _validation_messages(check: Any, value: str) -> Sequence[str]:
    try:
        check(value)
    except ValidationError as error:
        return error.messages
    return ()


_VENUE_QUERY = CompiledQuery(lambda pk: Venue.objects.filter(pk=pk), int)


class MenuCategory(models.Model):
    name = models.CharField(max_length=40, unique=True)
    slug = models.SlugField(max_length=40, unique=True)
    tax_class = models.ForeignKey(
        "bartender.TaxClass",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Of its items, where the venue taxes by class. Empty: the venue's one rate.",
    )
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


class ModifierGroup(models.Model):
    """Modifiers to choose from: at least `min` and at most `max` of them on a line."""

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
    adds_nothing = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Nothing new comes into the glass: ice, a method, more or less of the same.",
    )
    adds = models.ForeignKey(
        Ingredient,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="modifiers",
        help_text="What comes into the glass with it.",
    )
    replaces = models.ForeignKey(
        Ingredient,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        help_text="Poured in its place. Empty: in the place of what the group's default is.",
    )
    removes = models.ForeignKey(
        Ingredient,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="left_out_by",
        help_text="What is left out.",
    )
    # The release before reads these two; they follow `adds`.
    ingredient = models.CharField(max_length=60, blank=True, default="", db_default="", editable=False)
    ml = models.DecimalField(
        max_digits=6,
        decimal_places=1,
        null=True,
        blank=True,
        help_text="How much of it is added. Empty where it takes the place of the group's default.",
    )
    abv_percent = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True, editable=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["group", "name"], name="modifier_once_per_group"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.ingredient = self.adds.name if self.adds else ""
        self.abv_percent = self.adds.abv_percent if self.adds else None
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "ingredient", "abv_percent"}
        super().save(*args, **kwargs)


class MenuItem(models.Model):
    category = models.ForeignKey(MenuCategory, models.PROTECT, related_name="items")
    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    description = models.CharField(max_length=240, blank=True, default="")
    price_cents = models.PositiveIntegerField()
    available = models.BooleanField(default=True, help_text="Off: 86, not sold until put back.")
    portions_left = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="Counted down as orders are sent. At 0 it is off sale. Empty: nobody counts.",
    )
    listed = models.BooleanField(default=True, help_text="Off: no longer on the menu; kept for old tabs.")
    glass = models.CharField(max_length=20, blank=True, default="")
    no_alcohol = models.BooleanField(
        "no alcohol",
        default=False,
        db_default=False,
        help_text="Known to have none. Without this and without a recipe its strength is unknown.",
    )
    tax_class = models.ForeignKey(
        "bartender.TaxClass",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: its category's.",
    )
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Leaves the count as it is: it changes under its lock alone (`bartender/services/portions.py`)."""
        if not self._state.adding and kwargs.get("update_fields") is None:
            fields = {field.name for field in self._meta.concrete_fields if not field.primary_key}
            kwargs["update_fields"] = fields - {"portions_left"}
        super().save(*args, **kwargs)


class MenuAlias(models.Model):
    """A name that guests use for an item; unique, so that it never means two items."""

    item = models.ForeignKey(MenuItem, models.CASCADE, related_name="aliases")
    text = models.CharField(max_length=60, unique=True)

    class Meta:
        verbose_name_plural = "menu aliases"

    def __str__(self) -> str:
        return self.text


class RecipePart(models.Model):
    """So much of one ingredient in a drink."""

    item = models.ForeignKey(MenuItem, models.CASCADE, related_name="recipe")
    uses = models.ForeignKey(
        Ingredient, models.PROTECT, null=True, related_name="recipe_parts", verbose_name="ingredient"
    )
    ml = models.DecimalField(max_digits=6, decimal_places=1)
    count = models.DecimalField(
        max_digits=4,
        decimal_places=1,
        default=1,
        db_default=1,
        validators=[MinValueValidator(0)],
        help_text="Of what is counted one by one.",
    )
    is_garnish = models.BooleanField(
        "garnish", default=False, db_default=False, help_text="Without it the drink is still made."
    )
    # The release before reads these two; they follow `uses`.
    ingredient = models.CharField(max_length=60, editable=False)
    abv_percent = models.DecimalField(max_digits=4, decimal_places=1, editable=False)
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.uses:
            self.ingredient, self.abv_percent = self.uses.name, strength_for_old_code(self.uses.abv_percent)
        super().save(*args, **kwargs)
