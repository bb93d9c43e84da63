"""A guest's running account. Amounts are minor units; only the ledger writes the money columns."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from maya_site.core.db import literally_in
from maya_site.core.money import resolve_milli_percent
from payments.models.taxes import TaxMethod, TaxTerms


def new_code() -> str:
    return uuid.uuid4().hex


class TabQuerySet(models.QuerySet["Tab"]):
    def unsettled(self) -> TabQuerySet:
        return self.filter(literally_in("status", Tab.UNSETTLED_STATUSES))

    def for_visit(self, visit_code: str) -> TabQuerySet:
        return self.filter(visit_code=visit_code)


class Tab(models.Model):
    """A guest's running account. The money columns are projections of the ledger, which alone writes them."""

    class Status(models.TextChoices):
        OPEN = "open"
        CLOSING = "closing"
        PAID = "paid"
        VOIDED = "voided"

    UNSETTLED_STATUSES: ClassVar[tuple[str, ...]] = (Status.OPEN, Status.CLOSING)

    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    visit_code = models.CharField(max_length=32, db_index=True, editable=False)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    currency = models.CharField(max_length=3, default="USD")
    venue_name = models.CharField(
        max_length=60, blank=True, default="", db_default="", help_text="Whose tab it is, at the till."
    )
    tax_rate_bp = models.PositiveIntegerField(default=0, help_text="Frozen when the tab is opened.")
    tax_rate_milli = models.PositiveIntegerField(
        null=True, default=None, help_text="The same in thousandths of a percent; empty: as the rate above."
    )
    tax_method = models.CharField(
        max_length=6, choices=TaxMethod, default=TaxMethod.SINGLE, db_default=TaxMethod.SINGLE
    )
    seller = models.JSONField(
        default=dict, db_default={}, blank=True, help_text="What receipts say of the house: name, address."
    )
    prices_include_tax = models.BooleanField(default=False, db_default=False)
    service_rate_milli = models.PositiveIntegerField(
        default=0, db_default=0, help_text="The service charge, in thousandths of a percent of the lines."
    )
    service_terms = models.ForeignKey(
        TaxTerms,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="How the service charge is taxed. Empty: not at all.",
    )
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
    tax_cents = models.IntegerField(default=0, help_text="On top of the prices.")
    included_tax_cents = models.IntegerField(default=0, db_default=0, help_text="In the prices.")
    service_cents = models.IntegerField(default=0, db_default=0, help_text="The service charge.")
    tip_cents = models.IntegerField(default=0)
    tip_recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tips",
        help_text="Empty: the house pool.",
    )
    paid_cents = models.IntegerField(default=0)
    refunded_cents = models.IntegerField(default=0, help_text="Given back of what was paid.")
    disputed_cents = models.IntegerField(
        default=0, db_default=0, help_text="Taken back by guests' banks, less what they returned."
    )
    units = models.IntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    chain_head = models.CharField(  # noqa: DJ001 - SQLite adds it without writing the table anew
        max_length=64, null=True, default=None, editable=False, help_text="The link of its last journal."
    )
    opened_at = models.DateTimeField(auto_now_add=True, db_index=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    flagged_at = models.DateTimeField(null=True, blank=True, help_text="Staff must look at it.")

    objects = TabQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-opened_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["currency"], name="tab_currency")]
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
                condition=Q(included_tax_cents__gte=0, service_cents__gte=0),
                name="tab_service_and_included_tax_not_negative",
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
                    + F("service_cents")
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
                | Q(
                    paid_cents=F("subtotal_cents")
                    - F("discount_cents")
                    + F("tax_cents")
                    + F("service_cents")
                    + F("tip_cents")
                ),
                name="paid_tab_owes_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"tab {self.code[:8]} ({self.status})"

    @property
    def tax_rate(self) -> int:
        """In thousandths of a percent."""
        return resolve_milli_percent(self.tax_rate_milli, self.tax_rate_bp)

    @property
    def net_cents(self) -> int:
        """What the lines come to, less what the bar pays of them: prices as guests read them."""
        return self.subtotal_cents - self.discount_cents

    @property
    def all_tax_cents(self) -> int:
        """On top of the prices, and in them."""
        return self.tax_cents + self.included_tax_cents

    @property
    def total_cents(self) -> int:
        return self.net_cents + self.tax_cents + self.service_cents + self.tip_cents

    @property
    def due_cents(self) -> int:
        return self.total_cents - self.paid_cents
