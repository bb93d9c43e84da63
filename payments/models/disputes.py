"""Money that others moved at a provider: disputes by banks, and actions in the provider's dashboard."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Dispute(models.Model):
    """A bank's dispute of a payment, as the provider reports it. The ledger records the money."""

    FINAL_STATUSES: ClassVar[tuple[str, ...]] = ("won", "lost", "warning_closed", "prevented")

    payment = models.ForeignKey("payments.Payment", models.PROTECT, related_name="disputes")
    reference = models.CharField(max_length=120, unique=True)
    status = models.CharField(max_length=40, help_text="In the provider's word.")
    reason = models.CharField(max_length=80, blank=True)
    amount_cents = models.PositiveIntegerField()
    withdrawn_cents = models.IntegerField(default=0, help_text="Taken out of the till and not given back.")
    currency = models.CharField(max_length=3)
    evidence_due_by = models.DateTimeField(
        null=True, blank=True, help_text="Until then the bank hears the house."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"dispute {self.reference} ({self.status})"


class MoneyNotice(models.Model):
    """Tells staff of money that others moved, until one of them has seen it; a change shows it again."""

    class Kind(models.TextChoices):
        DISPUTE = "dispute"
        REFUND = "refund", "refund at the provider"
        LATE = "late", "paid after its end"
        MISMATCH = "mismatch", "not what the till has"

    key = models.CharField(max_length=160, unique=True, help_text="What it is about, never the clock.")
    tab = models.ForeignKey("payments.Tab", models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=8, choices=Kind)
    message = models.CharField(max_length=300)
    amount_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    updated_at = models.DateTimeField(default=timezone.now, db_index=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="seen_money_notices"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-updated_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["updated_at"], name="money_notice_unseen", condition=Q(seen_at=None)),
        ]

    def __str__(self) -> str:
        return self.message


class EventCursor(models.Model):
    """Until when a provider's events were listed; the next listing starts there."""

    provider = models.CharField(max_length=12, unique=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.provider} until {self.until}"
