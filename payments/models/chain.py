"""What the chain of the ledger keeps besides the journals' own links. Append-only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.append_only import AppendOnly
from payments.models.business_days import ZReport
from payments.models.tabs import Tab


class ChainAdoption(AppendOnly):
    """One link over the journals of a tab that have none of their own, from a version to a version: they were
    written before there was a chain, or by an older release. Without a tab: entries of the cash drawer, by
    their keys."""

    tab = models.ForeignKey(Tab, models.PROTECT, null=True, blank=True, related_name="chain_adoptions")
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField()
    mac = models.CharField(max_length=64)
    key_id = models.CharField(max_length=8)
    reason = models.CharField(max_length=200, help_text="Why they have no link of their own.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tab", "first"], name="adopted_once"),
            models.UniqueConstraint(fields=["first"], condition=Q(tab=None), name="drawer_adopted_once"),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="adopts_something"),
        ]

    def __str__(self) -> str:
        return f"{self.first} to {self.last}: {self.reason}"


class ChainStart(AppendOnly):
    """That all journals from before the chain are adopted. From then on a journal without a link is a
    forgery. There is one row."""

    number = models.PositiveSmallIntegerField(default=1, unique=True)
    tabs = models.PositiveIntegerField(help_text="With journals from before the chain.")
    mac = models.CharField(max_length=64)
    key_id = models.CharField(max_length=8)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(number=1), name="chain_starts_once"),
        ]

    def __str__(self) -> str:
        return f"{self.created_at}"


class SealedHead(AppendOnly):
    """How far a tab was when a Z report was made: its last journal in it. The report's seal holds all."""

    report = models.ForeignKey(ZReport, models.PROTECT, related_name="heads")
    tab = models.ForeignKey(Tab, models.PROTECT, related_name="sealed_heads")
    version = models.PositiveIntegerField()
    mac = models.CharField(max_length=64, blank=True, help_text="Its link; empty: before the chain.")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["report", "tab"], name="tab_sealed_once_in_a_report"),
        ]

    def __str__(self) -> str:
        return f"{self.tab_id} at {self.version} in {self.report_id}"
