"""Receipts and credit notes with running numbers. A document is written with what it is about, and stays."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payments.append_only import AppendOnly
from payments.models.ledger import Journal
from payments.models.tabs import Tab


class DocumentSeries(models.TextChoices):
    """Each has numbers of its own. What was paid with play money never takes a number of real receipts."""

    RECEIPT = "receipt"
    CREDIT_NOTE = "credit_note", "credit note"
    DEMO_RECEIPT = "demo_receipt", "demo receipt"
    DEMO_CREDIT_NOTE = "demo_credit_note", "demo credit note"


NUMBER_PREFIXES = {
    DocumentSeries.RECEIPT: "R",
    DocumentSeries.CREDIT_NOTE: "C",
    DocumentSeries.DEMO_RECEIPT: "DEMO-R",
    DocumentSeries.DEMO_CREDIT_NOTE: "DEMO-C",
}


class DocumentCounter(models.Model):
    """The last number that a series has given out. Its row is locked until the document is committed, so a
    number that is not used is not given out either."""

    series = models.CharField(max_length=16, choices=DocumentSeries, unique=True)
    last_number = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series} {self.last_number}"


class Document(AppendOnly):
    """A receipt of a settled tab, or a credit note for money that went back on one."""

    series = models.CharField(max_length=16, choices=DocumentSeries)
    number = models.PositiveIntegerField()
    tab = models.ForeignKey(Tab, models.PROTECT, related_name="documents")
    journal = models.OneToOneField(
        Journal, models.PROTECT, related_name="document", help_text="What it is about: in whose date it is."
    )
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections", help_text="The receipt."
    )
    total_cents = models.IntegerField(help_text="Negative where money went back.")
    currency = models.CharField(max_length=3)
    seller = models.JSONField(default=dict, help_text="Who sold it: name, address, tax number, legal words.")
    reason = models.CharField(max_length=200, blank=True, default="")
    issued_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        permissions = [("export_books", "May export the books")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["series", "number"], name="document_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="document_number_from_one"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """As it is printed: R-000123."""
        return f"{NUMBER_PREFIXES[DocumentSeries(self.series)]}-{self.number:06d}"

    @property
    def is_correction(self) -> bool:
        return self.series in (DocumentSeries.CREDIT_NOTE, DocumentSeries.DEMO_CREDIT_NOTE)
