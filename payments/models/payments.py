"""Payment attempts and refunds at a payment provider. Amounts are integer minor units."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from maya_site.core.db import literally_in
from payments.models.splits import Share
from payments.models.tabs import Tab, new_code


class PaymentQuerySet(models.QuerySet["Payment"]):
    def live(self) -> PaymentQuerySet:
        return self.filter(literally_in("status", Payment.LIVE_STATUSES))


class Payment(models.Model):
    """One attempt to settle a tab or a share. Stored before a provider is called; only moves forward."""

    class Status(models.TextChoices):
        CREATED = "created"
        LINK_OPEN = "link_open", "link shown"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        EXPIRED = "expired"
        CANCELLED = "cancelled"
        REVERSED = "reversed", "undone at the bar"

    LIVE_STATUSES: ClassVar[tuple[str, ...]] = (Status.CREATED, Status.LINK_OPEN)
    ALLOWED_TRANSITIONS: ClassVar[dict[str, tuple[str, ...]]] = {
        Status.CREATED: (Status.LINK_OPEN, Status.CANCELLED, Status.EXPIRED, Status.FAILED),
        Status.LINK_OPEN: (Status.SUCCEEDED, Status.FAILED, Status.EXPIRED, Status.CANCELLED),
    }

    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    tab = models.ForeignKey(Tab, models.PROTECT, related_name="payments")
    share = models.ForeignKey(
        Share, models.PROTECT, null=True, blank=True, related_name="payments", help_text="Of a split tab."
    )
    provider = models.CharField(max_length=12)
    status = models.CharField(max_length=9, choices=Status, default=Status.CREATED)
    amount_cents = models.PositiveIntegerField()
    tip_cents = models.PositiveIntegerField(default=0, help_text="The part of the amount that is a tip.")
    currency = models.CharField(max_length=3)
    key = models.CharField(max_length=160, unique=True, help_text="Idempotency key sent to the provider.")
    retries = models.PositiveSmallIntegerField(default=0, help_text="Keys that the provider spoilt for us.")
    leased_until = models.DateTimeField(null=True, blank=True, help_text="Somebody is asking the till now.")
    poll_count = models.PositiveSmallIntegerField(
        default=0, help_text="How often the till was asked by itself."
    )
    next_poll_at = models.DateTimeField(null=True, blank=True, help_text="When it is asked again.")
    outcome_unknown = models.BooleanField(
        default=False, help_text="The till was asked; what came of it is unknown."
    )
    nonce = models.CharField(max_length=32, help_text="The card the guest was shown carries it.")
    reference = models.CharField(max_length=120, unique=True, null=True, blank=True)
    url = models.CharField(max_length=500, blank=True, default="")
    intent = models.CharField(
        max_length=120, unique=True, null=True, blank=True, help_text="What refunds name at the provider."
    )
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            # Keeps the queries of monitors and jobs small as payments accumulate.
            models.Index(
                fields=["expires_at"], condition=Q(status__in=["created", "link_open"]), name="payment_live"
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["tab"],
                condition=Q(status__in=["created", "link_open"], share=None),
                name="one_live_link_per_tab",
            ),
            models.UniqueConstraint(
                fields=["tab"], condition=Q(status="succeeded", share=None), name="one_success_per_tab"
            ),
            models.UniqueConstraint(
                fields=["share"],
                condition=Q(status__in=["created", "link_open"], share__isnull=False),
                name="one_live_link_per_share",
            ),
            models.UniqueConstraint(
                fields=["share"],
                condition=Q(status="succeeded", share__isnull=False),
                name="one_success_per_share",
            ),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=~Q(status="link_open") | (Q(reference__isnull=False) & ~Q(url="")),
                name="open_link_has_reference_and_url",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.status}"


class RefundQuerySet(models.QuerySet["Refund"]):
    def counted(self) -> RefundQuerySet:
        """Refunds that reduce what can still be refunded: made, or perhaps made."""
        return self.filter(status__in=Refund.COUNTED_STATUSES)


class Refund(models.Model):
    """Money back on one payment. Stored before a provider is called; pending while its outcome is unclear."""

    class Status(models.TextChoices):
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    COUNTED_STATUSES: ClassVar[tuple[str, ...]] = (Status.PENDING, Status.SUCCEEDED)

    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    status = models.CharField(max_length=9, choices=Status, default=Status.PENDING)
    amount_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    key = models.CharField(max_length=160, unique=True, help_text="Idempotency key, made of the cause.")
    retries = models.PositiveSmallIntegerField(default=0, help_text="Keys that the provider spoilt for us.")
    outcome_unknown = models.BooleanField(
        default=False, help_text="The till may have heard of it: look first."
    )
    leased_until = models.DateTimeField(null=True, blank=True, help_text="Somebody is asking the till now.")
    reference = models.CharField(max_length=120, unique=True, null=True, blank=True)
    actor = models.CharField(max_length=80)
    reason = models.CharField(max_length=200)
    error = models.CharField(max_length=200, blank=True, default="", help_text="Why it is not done yet.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], condition=Q(status="pending"), name="refund_pending"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(condition=~Q(actor="") & ~Q(reason=""), name="refund_has_cause"),
            models.CheckConstraint(
                condition=Q(status="pending", finished_at=None)
                | (~Q(status="pending") & Q(finished_at__isnull=False)),
                name="refund_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"refund {self.code[:8]} ({self.status})"
