"""What tills and we remember of one another: play money, events, comparisons of the books."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone


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


class StripeEvent(models.Model):
    """The inbox: each event of Stripe's once, whatever it became."""

    class State(models.TextChoices):
        PENDING = "pending"
        DONE = "done"

    name = models.CharField(max_length=120, unique=True)
    type = models.CharField(max_length=120)
    thing = models.CharField(max_length=120, help_text="What it is about, as Stripe calls it.")
    payment = models.CharField(max_length=32, blank=True, db_index=True)
    livemode = models.BooleanField()
    account = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=7, choices=State, default=State.PENDING)
    outcome = models.CharField(max_length=20, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True, help_text="Emptied after ninety days.")
    received_at = models.DateTimeField(auto_now_add=True, db_index=True)
    due_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], name="event_pending", condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.outcome or self.state}"


class Reconciliation(models.Model):
    """One comparison of our payments with a provider's books."""

    at = models.DateTimeField(auto_now_add=True)
    provider = models.CharField(max_length=12)
    since = models.DateTimeField()
    compared = models.PositiveIntegerField(default=0)
    differences = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.provider}: {len(self.differences)} differences"
