"""Sums over tabs and the ledger, for those who look at money without moving it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncHour

from payments.models import LedgerEntry, Tab

Account = LedgerEntry.Account
# The same sums as Tab's properties of these names, for the database.
NET = F("subtotal_cents") - F("discount_cents")
TOTAL = NET + F("tax_cents") + F("service_cents") + F("tip_cents")
DUE = TOTAL - F("paid_cents")


@dataclass(frozen=True)
class UnsettledSummary:
    """What stands on tabs that are not settled; the flagged are among them."""

    tabs: int
    due_cents: int
    flagged: int
    flagged_cents: int


@dataclass(frozen=True)
class RevenueSummary:
    """What a stretch of time brought, from the ledger alone."""

    sold_cents: int
    comped_cents: int
    tax_cents: int
    tip_cents: int
    paid_cents: int
    play_cents: int
    included_tax_cents: int = 0
    service_cents: int = 0

    @property
    def net_cents(self) -> int:
        return self.sold_cents - self.comped_cents - self.included_tax_cents


def unsettled_nonempty_tabs() -> QuerySet[Any]:
    """Unsettled tabs that hold a drink; an empty one is nobody's business."""
    return Tab.objects.unsettled().filter(units__gt=0).annotate(owed_cents=DUE)


def abandoned_tabs() -> QuerySet[Any]:
    return unsettled_nonempty_tabs().filter(flagged_at__isnull=False)


def summarize_unsettled() -> UnsettledSummary:
    flagged = Q(flagged_at__isnull=False)
    found: dict[str, Any] = unsettled_nonempty_tabs().aggregate(
        tabs=Count("pk"),
        due_cents=Sum("owed_cents", default=0),
        flagged=Count("pk", filter=flagged),
        flagged_cents=Sum("owed_cents", filter=flagged, default=0),
    )
    return UnsettledSummary(**found)


def summarize_revenue(start: datetime, end: datetime) -> RevenueSummary:
    """Sales and tips count when they are ordered and set, money when it is received."""
    rows = _entries_between(start, end).values_list("account").annotate(sum=Sum("cents"))
    cents = Counter({str(account): total for account, total in rows})
    return RevenueSummary(
        sold_cents=-cents[Account.SALES],
        comped_cents=cents[Account.COMPS],
        tax_cents=-cents[Account.TAX],
        tip_cents=-cents[Account.TIPS],
        paid_cents=sum(cents[account] for account in LedgerEntry.MONEY_ACCOUNTS),
        play_cents=cents[Account.MOCK_CLEARING],
        included_tax_cents=cents[Account.INCLUDED_TAX],
        service_cents=-cents[Account.SERVICE],
    )


def net_sales_by_hour(start: datetime, end: datetime) -> dict[datetime, int]:
    """Net of voids and comps; the hours are those of the timezone that `start` carries."""
    sales = _entries_between(start, end).filter(account__in=[Account.SALES, Account.COMPS])
    hour = TruncHour("journal__created_at", tzinfo=start.tzinfo)
    rows = sales.annotate(hour=hour).values_list("hour").annotate(sum=Sum("cents"))
    return {at: -total for at, total in rows}


def _entries_between(start: datetime, end: datetime) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(journal__created_at__gte=start, journal__created_at__lt=end).order_by()
