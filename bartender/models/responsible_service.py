"""The rules for serving alcohol, and the decisions of people on what a guest is served."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from bartender.models.menu import MenuItem
from bartender.models.visits import Visit


class ServingPolicy(models.Model):
    """The limits from a business day on: standard drinks of the venue, for each guest in a sliding window."""

    class AgeCheck(models.TextChoices):
        NONE = "none", "ask nobody"
        DECLARED = "declared", "the guest says so before the first alcoholic drink"
        STAFF = "staff", "a person looks before the first alcoholic ticket"

    valid_from = models.DateField(unique=True, help_text="From this business day on, until a later one.")
    window_minutes = models.PositiveSmallIntegerField(default=180, validators=[MinValueValidator(1)])
    soft_limit_drinks = models.DecimalField(
        max_digits=4, decimal_places=1, default=Decimal(4), help_text="From here on Maya suggests water."
    )
    approval_limit_drinks = models.DecimalField(
        max_digits=4,
        decimal_places=1,
        default=Decimal(24),
        help_text="Where so much was served, a person decides on more.",
    )
    hard_limit_drinks = models.DecimalField(
        max_digits=4,
        decimal_places=1,
        default=Decimal(36),
        help_text="Where so much was served, alcohol-free only.",
    )
    age_check = models.CharField(max_length=8, choices=AgeCheck, default=AgeCheck.NONE)
    legal_age = models.PositiveSmallIntegerField(default=21)

    class Meta:
        ordering: ClassVar[list[str]] = ["-valid_from"]
        verbose_name_plural = "serving policies"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(
                    soft_limit_drinks__lte=F("approval_limit_drinks"),
                    approval_limit_drinks__lte=F("hard_limit_drinks"),
                ),
                name="serving_limits_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"from {self.valid_from}"


class Approval(models.Model):
    """A request for a person's decision on what neither a rule nor a brain may decide, and the decision."""

    class Kind(models.TextChoices):
        ALCOHOL = "alcohol", "more alcohol"
        ALLERGY = "allergy", "a drink despite an allergy"
        AGE = "age", "show an ID"

    class Status(models.TextChoices):
        WAITING = "waiting"
        GIVEN = "given"
        DECLINED = "declined"

    kind = models.CharField(max_length=7, choices=Kind)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="approvals")
    item = models.ForeignKey(MenuItem, models.PROTECT, null=True, blank=True, related_name="+")
    key = models.CharField(max_length=80, help_text="The same wish again waits once.")
    description = models.CharField(max_length=200, help_text="What was asked for, in the house's words.")
    ethanol_grams = models.DecimalField(
        max_digits=9,
        decimal_places=3,
        null=True,
        blank=True,
        help_text="How much ethanol it would be in all of the window: a yes goes no further than that.",
    )
    requested_at = models.DateTimeField(auto_now_add=True, db_index=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        permissions = [("decide_approval", "May decide on age, alcohol and allergies")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["visit", "key"],
                condition=Q(status="waiting"),
                name="one_waiting_approval_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_by=None, decided_at=None)
                | (~Q(status="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="decided_approval_says_by_whom",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # Keeps the bar display's query small as decisions accumulate.
            models.Index(fields=["decided_at"], name="approval_decided"),
            models.Index(fields=["requested_at"], condition=Q(status="waiting"), name="approval_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.description}"
