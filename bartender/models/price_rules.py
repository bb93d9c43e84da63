"""Price rules: what costs less at which hours, such as a happy hour."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from bartender.models.menu import MenuCategory, MenuItem

DAYS_OF_WEEK = tuple(range(7))  # Monday is 0


def every_day() -> list[int]:
    return list(DAYS_OF_WEEK)


def validate_weekdays(days: object) -> None:
    if not isinstance(days, list) or not days or not set(days) <= set(DAYS_OF_WEEK):
        raise ValidationError("Choose at least one day of the week.")


class PriceRule(models.Model):
    """Holds between two times of its days, by the venue's clock. A line keeps the price that it was ordered
    at, whatever becomes of the rule."""

    class Kind(models.TextChoices):
        AMOUNT_OFF = "amount", "so much less"
        PERCENT_OFF = "percent", "so many percent less"
        FIXED_PRICE = "fixed", "this price"

    name = models.CharField(
        max_length=40, unique=True, help_text="As the menu and receipts name it: Happy hour."
    )
    is_active = models.BooleanField("active", default=True, help_text="Off: it ends at once.")
    weekdays = models.JSONField(
        default=every_day,
        validators=[validate_weekdays],
        help_text="The days on which it begins. Monday is 0.",
    )
    starts_at = models.TimeField("from", help_text="By the venue's clock.")
    ends_at = models.TimeField(
        "until", help_text="At or before the beginning: of the next day. The same time twice is a whole day."
    )
    valid_from = models.DateField(
        "first day", null=True, blank=True, help_text="Of its beginning. Empty: at once."
    )
    valid_until = models.DateField(
        "last day", null=True, blank=True, help_text="Of its beginning. Empty: until further notice."
    )
    categories = models.ManyToManyField(MenuCategory, blank=True, related_name="+")
    items = models.ManyToManyField(MenuItem, blank=True, related_name="+")
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.PERCENT_OFF)
    cents = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    rate_milli = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(99_999)]
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(
                    kind="percent", cents=None, rate_milli__isnull=False, rate_milli__range=(1, 99_999)
                )
                | Q(kind__in=["amount", "fixed"], cents__isnull=False, cents__gte=1, rate_milli=None),
                name="price_rule_says_how_much",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="price_rule_has_days",
            ),
        ]

    def __str__(self) -> str:
        return self.name
