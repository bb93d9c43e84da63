"""Tabs, the append-only double-entry ledger, and payment attempts. Amounts are integer cents."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.append_only import AppendOnly
from payments.day_models import LedgerCheck, ZJournal, ZReport
from payments.split_models import Invitation, Share, Sharer, Split
from payments.till_models import PlayLink, PlayRefund, Reconciliation, StripeEvent

__all__ = [
    "Invitation",
    "Journal",
    "LedgerCheck",
    "LedgerEntry",
    "Payment",
    "PlayLink",
    "PlayRefund",
    "Reconciliation",
    "Refund",
    "Share",
    "Sharer",
    "Split",
    "StripeEvent",
    "Tab",
    "ZJournal",
    "ZReport",
]


def new_code() -> str:
    return uuid.uuid4().hex


class TabQuerySet(models.QuerySet["Tab"]):
    def unsettled(self) -> TabQuerySet:
        return self.filter(status__in=Tab.LIVE)

    def of_visit(self, visit_code: str) -> TabQuerySet:
        return self.filter(visit_code=visit_code)


class Tab(models.Model):
    """A guest's running account. The money columns are projections of the ledger, which alone writes them."""

    class Status(models.TextChoices):
        OPEN = "open"
        CLOSING = "closing"
        PAID = "paid"
        VOIDED = "voided"

    LIVE: ClassVar[tuple[str, ...]] = (Status.OPEN, Status.CLOSING)

    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    visit_code = models.CharField(max_length=32, db_index=True, editable=False)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    currency = models.CharField(max_length=3, default="USD")
    tax_rate_bp = models.PositiveIntegerField(default=0, help_text="Frozen when the tab is opened.")
    cap_cents = models.PositiveIntegerField(default=200_000)
    line_cap = models.PositiveIntegerField(default=12)
    unit_cap = models.PositiveIntegerField(default=40)
    tip_cap_cents = models.PositiveIntegerField(default=50_000)
    play_money_cents = models.PositiveIntegerField(
        null=True, default=None, help_text="What the guest's play money began with; empty: real money."
    )
    tip_bp = models.PositiveIntegerField(null=True, default=None, help_text="The percent rule, if any.")
    subtotal_cents = models.IntegerField(default=0)
    discount_cents = models.IntegerField(default=0)
    tax_cents = models.IntegerField(default=0)
    tip_cents = models.IntegerField(default=0)
    tip_for = models.CharField(max_length=150, blank=True, default="", help_text="Empty: the house pool.")
    paid_cents = models.IntegerField(default=0)
    refunded_cents = models.IntegerField(default=0, help_text="Given back of what was paid.")
    units = models.IntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(auto_now_add=True, db_index=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    flagged_at = models.DateTimeField(null=True, blank=True, help_text="Left unpaid: staff must look at it.")

    objects = TabQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-opened_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["visit_code"],
                condition=Q(status__in=["open", "closing"]),
                name="one_unsettled_tab_per_visit",
            ),
            models.CheckConstraint(
                condition=Q(
                    subtotal_cents__gte=0,
                    discount_cents__gte=0,
                    tax_cents__gte=0,
                    tip_cents__gte=0,
                    paid_cents__gte=0,
                    units__gte=0,
                ),
                name="tab_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(discount_cents__lte=F("subtotal_cents")), name="tab_discount_within_subtotal"
            ),
            models.CheckConstraint(
                condition=Q(subtotal_cents__lte=F("cap_cents")), name="tab_subtotal_within_cap"
            ),
            models.CheckConstraint(condition=Q(units__lte=F("unit_cap")), name="tab_units_within_cap"),
            models.CheckConstraint(
                condition=Q(
                    paid_cents__lte=F("subtotal_cents")
                    - F("discount_cents")
                    + F("tax_cents")
                    + F("tip_cents")
                ),
                name="tab_never_overpaid",
            ),
            models.CheckConstraint(
                condition=Q(refunded_cents__gte=0, refunded_cents__lte=F("paid_cents")),
                name="tab_refunds_within_paid",
            ),
            models.CheckConstraint(
                condition=~Q(status="paid")
                | Q(paid_cents=F("subtotal_cents") - F("discount_cents") + F("tax_cents") + F("tip_cents")),
                name="paid_tab_owes_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"tab {self.code[:8]} ({self.status})"

    @property
    def net_cents(self) -> int:
        return self.subtotal_cents - self.discount_cents

    @property
    def total_cents(self) -> int:
        return self.net_cents + self.tax_cents + self.tip_cents

    @property
    def due_cents(self) -> int:
        return self.total_cents - self.paid_cents


class Journal(AppendOnly):
    """One accepted operation on one tab: who, why, when, and which version of the tab it made."""

    class Kind(models.TextChoices):
        CHARGE = "charge"
        VOID = "void"
        COMP = "comp"
        TIP = "tip"
        FREEZE = "freeze"
        REOPEN = "reopen"
        PAYMENT = "payment"
        REFUND = "refund"
        TIP_FOR = "tip_for", "tip handed over"
        CLOSE = "close", "close tab"

    class Source(models.TextChoices):
        TOOL = "tool"
        BUTTON = "button"
        FORM = "form"
        WEBHOOK = "webhook"
        ADMIN = "admin"
        SWEEP = "sweep"

    tab = models.ForeignKey(Tab, models.PROTECT, related_name="journals")
    version = models.PositiveIntegerField(help_text="The tab's version after this operation.")
    kind = models.CharField(max_length=8, choices=Kind)
    key = models.CharField(max_length=160, help_text="Idempotency key: the cause, never the clock.")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of what was asked under the key.")
    actor = models.CharField(max_length=80)
    source = models.CharField(max_length=8, choices=Source)
    turn = models.CharField(max_length=64, blank=True, default="")
    reason = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tab", "key"], name="journal_once_per_key"),
            models.UniqueConstraint(fields=["tab", "version"], name="journal_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="journal_version_from_one"),
            models.CheckConstraint(condition=~Q(key="") & ~Q(actor=""), name="journal_has_cause"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}"


class LedgerEntry(AppendOnly):
    """One leg of a journal: debit positive, credit negative. The legs of a journal sum to zero."""

    class Account(models.TextChoices):
        RECEIVABLE = "receivable"
        SALES = "sales"
        COMPS = "comps"
        TAX = "tax"
        TIPS = "tips"
        REFUNDS = "refunds"
        CLEARING = "clearing"
        MOCK_CLEARING = "mock_clearing", "play money"
        DRAWER = "drawer", "paid at the bar"

    MONEY: ClassVar[tuple[str, ...]] = (Account.CLEARING, Account.MOCK_CLEARING, Account.DRAWER)

    journal = models.ForeignKey(Journal, models.PROTECT, related_name="entries")
    tab = models.ForeignKey(Tab, models.PROTECT, related_name="entries")
    account = models.CharField(max_length=13, choices=Account)
    cents = models.IntegerField(help_text="Debit positive, credit negative.")
    reference = models.CharField(
        max_length=150, blank=True, default="", help_text="Order line, payment, or whose tip."
    )
    quantity = models.IntegerField(default=0, help_text="Units sold (positive) or voided (negative).")
    unit_cents = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        verbose_name_plural = "ledger entries"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["tab", "reference"])]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(cents=0), name="entry_moves_money"),
            models.CheckConstraint(
                condition=~Q(account="sales") | Q(cents=-F("quantity") * F("unit_cents")),
                name="sales_entry_is_quantity_times_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.cents}"


class PaymentQuerySet(models.QuerySet["Payment"]):
    def live(self) -> PaymentQuerySet:
        return self.filter(status__in=Payment.LIVE)


class Payment(models.Model):
    """One attempt to settle a tab. Written before any provider is called; it only moves forward."""

    class Status(models.TextChoices):
        CREATED = "created"
        LINK_OPEN = "link_open", "link shown"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        EXPIRED = "expired"
        CANCELLED = "cancelled"

    LIVE: ClassVar[tuple[str, ...]] = (Status.CREATED, Status.LINK_OPEN)
    NEXT: ClassVar[dict[str, tuple[str, ...]]] = {
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
    tries = models.PositiveSmallIntegerField(default=0, help_text="Keys that the provider spoilt for us.")
    asked_until = models.DateTimeField(null=True, blank=True, help_text="Somebody is asking the till now.")
    looks = models.PositiveSmallIntegerField(default=0, help_text="How often the till was asked by itself.")
    look_at = models.DateTimeField(null=True, blank=True, help_text="When it is asked again.")
    unclear = models.BooleanField(default=False, help_text="The till was asked; what came of it is unknown.")
    nonce = models.CharField(max_length=32, help_text="The card the guest was shown carries it.")
    reference = models.CharField(max_length=120, unique=True, null=True, blank=True)
    url = models.CharField(max_length=500, blank=True, default="")
    intent = models.CharField(
        max_length=120, unique=True, null=True, blank=True, help_text="What refunds name at the provider."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
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
        """What counts against the payment: given back, or perhaps given back."""
        return self.filter(status__in=Refund.COUNTED)


class Refund(models.Model):
    """Money back on one payment. Written before the till is asked; unclear means pending until looked up."""

    class Status(models.TextChoices):
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    COUNTED: ClassVar[tuple[str, ...]] = (Status.PENDING, Status.SUCCEEDED)

    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    status = models.CharField(max_length=9, choices=Status, default=Status.PENDING)
    amount_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    key = models.CharField(max_length=160, unique=True, help_text="Idempotency key, made of the cause.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Keys that the provider spoilt for us.")
    unclear = models.BooleanField(default=False, help_text="The till may have heard of it: look first.")
    asked_until = models.DateTimeField(null=True, blank=True, help_text="Somebody is asking the till now.")
    reference = models.CharField(max_length=120, unique=True, null=True, blank=True)
    actor = models.CharField(max_length=80)
    reason = models.CharField(max_length=200)
    trouble = models.CharField(max_length=200, blank=True, default="", help_text="Why it is not done yet.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
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
