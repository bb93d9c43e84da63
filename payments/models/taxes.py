"""How something sold is taxed, as it was when it was ordered. Rows are written once and shared by lines."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payments.append_only import AppendOnly


class TaxMethod(models.TextChoices):
    """How a tab is taxed, frozen when it is opened."""

    SINGLE = "single", "one rate on the whole tab"
    BILL = "bill", "by tax class, rounded once a rate on the bill"
    LINE = "line", "by tax class, rounded on each line"


class TaxTerms(AppendOnly):
    """A tax class as it stood when something was ordered. What is changed in the admin later makes other
    terms; lines, and the entries of the ledger, keep theirs."""

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of all the others.")
    name = models.CharField(max_length=40, blank=True, help_text="The tax class, as receipts name it.")
    levels = models.JSONField(
        help_text="[name, thousandths of a percent] of each level, such as state, city."
    )
    rate_milli = models.PositiveIntegerField(help_text="All levels together, in thousandths of a percent.")
    included = models.BooleanField(help_text="Whether the price has the tax in it.")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        verbose_name_plural = "tax terms"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(rate_milli__lte=100_000), name="tax_terms_rate_possible"),
        ]

    def __str__(self) -> str:
        return f"{self.name or 'tax'} {self.rate_milli}"
