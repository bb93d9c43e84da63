"""The cash drawer: what was put into it and taken out besides the guests' cash, and what was counted."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from payments.append_only import AppendOnly
from payments.models.business_days import ZReport


class DrawerEntry(AppendOnly):
    """One act at the drawer. Guests' cash is not here: the ledger has it."""

    class Kind(models.TextChoices):
        FLOAT = "float", "float at opening"
        PAID_IN = "paid_in", "paid in"
        PAID_OUT = "paid_out", "paid out"
        COUNT = "count", "counted"

    kind = models.CharField(max_length=8, choices=Kind)
    cents = models.PositiveIntegerField()
    expected_cents = models.IntegerField(
        null=True, blank=True, help_text="Of a count: what should have been in the drawer at that moment."
    )
    currency = models.CharField(max_length=3)
    is_play_money = models.BooleanField(help_text="The till was simulated then.")
    note = models.CharField(max_length=160, blank=True, default="")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    key = models.CharField(max_length=80, unique=True, help_text="Made with the form: sent twice is once.")
    chain_mac = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001 - as of a journal
    chain_key = models.CharField(max_length=8, null=True, editable=False)  # noqa: DJ001

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        verbose_name_plural = "drawer entries"
        permissions = [
            ("use_drawer", "May enter the float, pay in and count the drawer"),
            ("pay_out_of_drawer", "May pay out of the drawer"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(kind__in=["float", "count"]) | Q(cents__gte=1), name="drawer_entry_moves_money"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["paid_in", "paid_out"]) | ~Q(note=""), name="drawer_entry_says_why"
            ),
            models.CheckConstraint(
                condition=Q(kind="count", expected_cents__isnull=False)
                | (~Q(kind="count") & Q(expected_cents=None)),
                name="a_count_knows_what_was_expected",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.cents}"


class ZDrawerEntry(AppendOnly):
    """A drawer entry's membership in a report; each is in one report at most."""

    report = models.ForeignKey(ZReport, models.PROTECT, related_name="drawer_lines")
    entry = models.OneToOneField(DrawerEntry, models.PROTECT, related_name="in_report")

    def __str__(self) -> str:
        return f"{self.entry_id} in {self.report_id}"
