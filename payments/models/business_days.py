"""Closed business dates: Z reports and the journals that each contains. Append-only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.append_only import AppendOnly


class ZReport(AppendOnly):
    """A closed business date. Numbers have no gaps: each report but the first refers to the one before."""

    number = models.PositiveIntegerField(unique=True)
    previous = models.OneToOneField(
        "self", models.PROTECT, to_field="number", null=True, blank=True, related_name="following"
    )
    business_date = models.DateField(unique=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    figures = models.JSONField()
    closed_by = models.CharField(max_length=80)
    closed_at = models.DateTimeField(auto_now_add=True)
    first_open_journal = models.PositiveBigIntegerField(
        null=True,
        editable=False,
        help_text="All journals with smaller keys were in a report by then. Empty: nobody has looked.",
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        verbose_name = "Z report"
        permissions = [("close_day", "May close a business date")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(number=1, previous=None) | Q(number=F("previous") + 1, previous__gte=1),
                name="z_reports_have_no_gap",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="z_report_has_a_day"),
            models.CheckConstraint(condition=~Q(closed_by=""), name="somebody_closed_the_day"),
        ]

    def __str__(self) -> str:
        return f"Z {self.number}, {self.business_date}"


class ZJournal(AppendOnly):
    """A journal's membership in a report; each journal is in one report at most, whatever its time."""

    report = models.ForeignKey(ZReport, models.PROTECT, related_name="lines")
    journal = models.OneToOneField("payments.Journal", models.PROTECT, related_name="in_report")

    def __str__(self) -> str:
        return f"{self.journal_id} in {self.report_id}"


class LedgerCheck(models.Model):
    """The result of one check of the ledger's invariants. Monitoring reads the newest."""

    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    tabs_checked = models.PositiveIntegerField()
    violations = models.PositiveIntegerField()
    first_violation = models.CharField(max_length=300, blank=True, default="")
    failing = models.JSONField(
        default=list, db_default=[], help_text="[invariant, tab] of what the next check looks at again."
    )
    walked_to = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="The last tab of those that are read in turn."
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.violations} of {self.tabs_checked} at {self.created_at}"
