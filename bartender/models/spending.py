"""What turns cost the house, summed as they end, so that a budget does not read the night's turns."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class SpendingPeriod(models.Model):
    """A quarter of an hour: business days begin at one in every time zone. It has several rows, so that turns
    that end at once need not wait for each other."""

    starts_at = models.DateTimeField()
    part = models.PositiveSmallIntegerField()
    microcents = models.PositiveBigIntegerField(default=0, help_text="In millionths of a cent.")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["starts_at", "part"], name="spending_period_once"),
        ]

    def __str__(self) -> str:
        return f"{self.microcents} from {self.starts_at}"
