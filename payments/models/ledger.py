"""The append-only double-entry ledger: journals and their entries. Amounts are integer minor units."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from payments.append_only import AppendOnly
from payments.models.tabs import Tab
from payments.models.taxes import TaxTerms


class Journal(AppendOnly):
    """One accepted operation on one tab: who, why and when, and the tab's version after it."""

    class Kind(models.TextChoices):
        CHARGE = "charge"
        VOID = "void"
        COMP = "comp"
        TIP = "tip"
        FREEZE = "freeze"
        REOPEN = "reopen"
        PAYMENT = "payment"
        REFUND = "refund"
        DISPUTE = "dispute"
        TIP_FOR = "tip_for", "tip handed over"
        CLOSE = "close", "close tab"
        MOVE_OUT = "move_out", "moved to another tab"
        MOVE_IN = "move_in", "moved from another tab"
        UNDO = "undo", "undone at once"

    # Of these each has its other half on another tab, under the same key.
    MOVE_KINDS: ClassVar[tuple[str, ...]] = (Kind.MOVE_OUT, Kind.MOVE_IN)

    class Source(models.TextChoices):
        TOOL = "tool"
        BUTTON = "button"
        FORM = "form"
        WEBHOOK = "webhook"
        ADMIN = "admin"
        SWEEP = "sweep"
        AGENT = "agent", "a guest's agent"

    tab = models.ForeignKey(Tab, models.PROTECT, related_name="journals")
    version = models.PositiveIntegerField(help_text="The tab's version after this operation.")
    kind = models.CharField(max_length=8, choices=Kind)
    key = models.CharField(max_length=160, help_text="Idempotency key: the cause, never the clock.")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of what was asked under the key.")
    actor = models.CharField(max_length=80)
    source = models.CharField(max_length=8, choices=Source)
    turn = models.CharField(max_length=64, blank=True, default="")
    reason = models.CharField(max_length=200, blank=True, default="")
    # Given by the ledger: the link holds it, too.
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    # Without a link: from before the chain. SQLite adds only such columns without writing a table anew.
    chain_mac = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001
    chain_key = models.CharField(max_length=8, null=True, editable=False)  # noqa: DJ001

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
    """One side of a journal: debits are positive, credits negative. A journal's entries sum to zero."""

    class Account(models.TextChoices):
        RECEIVABLE = "receivable"
        SALES = "sales"
        COMPS = "comps"
        TAX = "tax"
        INCLUDED_TAX = "included_tax", "tax in the price"
        SERVICE = "service", "service charge"
        TIPS = "tips"
        REFUNDS = "refunds"
        DISPUTES = "disputes"
        CLEARING = "clearing"
        MOCK_CLEARING = "mock_clearing", "play money"
        DRAWER = "drawer", "paid at the bar"

    class Part(models.TextChoices):
        """What a refund gives back: each has an entry."""

        NET = "net", "net sales"
        TAX = "tax"
        SERVICE = "service", "service charge"
        TIP = "tip"

    MONEY_ACCOUNTS: ClassVar[tuple[str, ...]] = (Account.CLEARING, Account.MOCK_CLEARING, Account.DRAWER)

    journal = models.ForeignKey(Journal, models.PROTECT, related_name="entries")
    tab = models.ForeignKey(Tab, models.PROTECT, related_name="entries")
    account = models.CharField(max_length=13, choices=Account)
    cents = models.IntegerField(help_text="Debit positive, credit negative.")
    reference = models.CharField(
        max_length=150, blank=True, default="", help_text="Order line, payment, refund or dispute."
    )
    tip_recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tip_entries",
        help_text="Whose tip it is. Empty: the house pool.",
    )
    tax_terms = models.ForeignKey(
        TaxTerms,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="How it is taxed. Empty: by the tab's one rate, or not at all.",
    )
    part = models.CharField(
        max_length=7, choices=Part, blank=True, default="", db_default="", help_text="Of a refund."
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
