"""Tax classes of what is sold, with the rates that the law gives them and from when to when."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q


class TaxClass(models.Model):
    """What the law taxes alike: food, drinks, alcohol. Items have one, or their category's."""

    name = models.CharField(max_length=40, unique=True, help_text="As receipts name it.")

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        verbose_name_plural = "tax classes"

    def __str__(self) -> str:
        return self.name


class TaxRate(models.Model):
    """A rate of a class from one day to another, the last included. A class may have several levels at once,
    such as state and city; a line is taxed by their sum."""

    tax_class = models.ForeignKey(TaxClass, models.CASCADE, related_name="rates")
    level = models.CharField(
        max_length=40, blank=True, default="", help_text="Whose tax it is: State, City. Empty: the only one."
    )
    rate_milli = models.PositiveIntegerField(validators=[MaxValueValidator(100_000)])
    takeaway = models.BooleanField(
        "to take away", default=False, help_text="For what is taken away, where that has rates of its own."
    )
    valid_from = models.DateField()
    valid_until = models.DateField(
        null=True, blank=True, help_text="The last day. Empty: until further notice."
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["takeaway", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(rate_milli__lte=100_000), name="tax_rate_possible"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="tax_rate_has_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tax_class} {self.level}".strip()
