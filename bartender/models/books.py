"""The numbers that the accountant gives the accounts of the daybook."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models


class BookAccount(models.Model):
    """An account of the daybook. What is taxed may have one for each tax class; else its own, without one."""

    class Role(models.TextChoices):
        SALES = "sales", "Sales"
        COMPS = "comps", "On the house"
        TAX = "tax", "Sales tax"
        SERVICE = "service", "Service charge"
        TIPS = "tips", "Tips"
        REFUNDS = "refunds", "Refunds"
        OPEN_TABS = "open_tabs", "Open tabs"
        CASH = "cash", "Cash"
        BAR_CARD = "bar_card", "Card at the bar"
        CARD = "card", "Card by link"
        ON_CREDIT = "house", "House account"
        DISPUTES = "disputes", "Taken back by banks"
        SIMULATED = "simulated", "Simulated till"
        TRANSFER = "transfer", "Transfer"

    role = models.CharField(max_length=10, choices=Role)
    tax_class = models.CharField(
        max_length=40, blank=True, default="", help_text="The name of a tax class. Empty: of all the others."
    )
    number = models.CharField(
        max_length=9, validators=[RegexValidator(r"^[0-9A-Za-z-]{1,9}$", "Digits or letters, at most nine.")]
    )
    posting_key = models.CharField(
        max_length=4,
        blank=True,
        default="",
        validators=[RegexValidator(r"^[0-9]{1,4}$", "Digits, at most four.")],
        help_text="DATEV only, such as 40 for an account that would work out the tax by itself.",
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["role", "tax_class"]
        verbose_name = "account of the daybook"
        verbose_name_plural = "accounts of the daybook"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["role", "tax_class"], name="one_number_per_account"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.tax_class}".strip()
