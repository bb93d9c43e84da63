"""What the simulated till remembers. A real one keeps this at the provider's."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class PlayLink(models.Model):
    reference = models.CharField(max_length=120, unique=True)
    payment = models.CharField(max_length=32, unique=True)
    tab = models.CharField(max_length=32)
    cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, default="open")
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.reference} {self.state}"


class PlayRefund(models.Model):
    key = models.CharField(max_length=160, unique=True)
    refund = models.CharField(max_length=40)
    intent = models.CharField(max_length=120)
    cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(cents__gt=0), name="play_refund_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.intent} {self.cents}"
