"""What came to the shelf and went from it: movements of ingredients, written once and never changed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from bartender.models.ingredients import Ingredient
from bartender.models.visits import OrderLine, Ticket
from payments.append_only import AppendOnly

MAX_STOCK_NOTE_LENGTH = 120


class StockMovement(AppendOnly):
    """One change of an ingredient's stock, and what there is after it. The newest one says what there is."""

    class Kind(models.TextChoices):
        DELIVERY = "delivery"
        COUNT = "count"
        USE = "use", "made"
        TAKEN_BACK = "back", "made, taken back"
        WASTE = "waste"
        BREAKAGE = "breakage"
        CORRECTION = "correction"

    ingredient = models.ForeignKey(Ingredient, models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=Kind)
    amount = models.DecimalField(
        max_digits=11, decimal_places=1, help_text="In the ingredient's unit; what goes is negative."
    )
    balance = models.DecimalField(
        max_digits=11,
        decimal_places=1,
        null=True,
        blank=True,
        help_text="What there is after it. Empty: nobody has counted yet.",
    )
    expected = models.DecimalField(
        max_digits=11,
        decimal_places=1,
        null=True,
        blank=True,
        help_text="Of a count: what there should have been. Empty: it was the first.",
    )
    cost_microcents = models.BigIntegerField(
        null=True, blank=True, help_text="What the amount cost the venue. Empty: nobody knows."
    )
    line = models.ForeignKey(
        OrderLine, models.PROTECT, null=True, blank=True, related_name="movements", editable=False
    )
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="movements", editable=False
    )
    note = models.CharField(max_length=MAX_STOCK_NOTE_LENGTH, blank=True, default="")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="stock_movements"
    )
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)
    key = models.CharField(max_length=160, unique=True, help_text="Idempotency key, made of the cause.")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["ingredient", "id"], name="stock_of_an_ingredient"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(key=""), name="stock_movement_has_cause"),
            models.CheckConstraint(
                condition=~Q(kind="count") | Q(balance__isnull=False), name="stock_count_says_what_there_is"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.ingredient}"
