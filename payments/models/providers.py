"""Records of payment providers: simulated links and refunds, received events, reconciliations."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone


class SimulatedLink(models.Model):
    reference = models.CharField(max_length=120, unique=True)
    payment_code = models.CharField(max_length=32, unique=True)
    tab_code = models.CharField(max_length=32)
    amount_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, default="open")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.reference} {self.state}"


class SimulatedRefund(models.Model):
    key = models.CharField(max_length=160, unique=True)
    refund_code = models.CharField(max_length=40)
    intent = models.CharField(max_length=120)
    amount_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="simulated_refund_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.intent} {self.amount_cents}"


class ProviderEvent(models.Model):
    """A received event; stored once, with its outcome."""

    class State(models.TextChoices):
        PENDING = "pending"
        DONE = "done"

    provider = models.CharField(max_length=12, help_text="In whose words it is.")
    event_id = models.CharField(max_length=120, unique=True)
    type = models.CharField(max_length=120)
    object_id = models.CharField(max_length=120, help_text="What it is about, as the provider calls it.")
    payment_code = models.CharField(max_length=32, blank=True, db_index=True)
    livemode = models.BooleanField()
    account = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=7, choices=State, default=State.PENDING)
    outcome = models.CharField(max_length=20, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True, help_text="Emptied after ninety days.")
    received_at = models.DateTimeField(auto_now_add=True, db_index=True)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_attempt_at"], name="event_pending", condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.outcome or self.state}"


class Reconciliation(models.Model):
    """The result of comparing our payments with a provider's records once."""

    created_at = models.DateTimeField(auto_now_add=True)
    provider = models.CharField(max_length=12)
    since = models.DateTimeField()
    payments_compared = models.PositiveIntegerField(default=0)
    differences = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.provider}: {len(self.differences)} differences"
