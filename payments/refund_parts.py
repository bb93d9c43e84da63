"""What a refund takes with it: its share of net sales, of each tax, of the service charge and of the tip."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from django.db.models import Sum

from maya_site.core.money import apportion
from payments.models import LedgerEntry, Tab

Account = LedgerEntry.Account
Part = LedgerEntry.Part
SOLD_ACCOUNTS = (Account.SALES, Account.COMPS, Account.INCLUDED_TAX)
PARTS = {Account.TAX: Part.TAX, Account.SERVICE: Part.SERVICE, Account.TIPS: Part.TIP} | dict.fromkeys(
    SOLD_ACCOUNTS, Part.NET
)


class RefundPart(NamedTuple):
    """A part of what was paid: under which tax terms, or whose tip."""

    part: str
    tax_terms: int | None
    tip_recipient: int | None


def split_refund(tab: Tab, cents: int) -> dict[RefundPart, int]:
    """In proportion to what is left of each part after earlier refunds; exact: they sum to `cents`, and when
    all is given back, all of each part is. One query. The tab is locked, and `cents` is within what was paid.
    """
    entries = LedgerEntry.objects.filter(tab=tab, account__in=[*PARTS, Account.REFUNDS]).order_by()
    left, unnamed = Counter[RefundPart](), 0
    for account, part, terms, recipient, sum_cents in entries.values_list(
        "account", "part", "tax_terms", "tip_recipient"
    ).annotate(sum=Sum("cents")):
        if account == Account.REFUNDS and not part:  # of the release before: it did not say
            unnamed += sum_cents
        else:
            left[RefundPart(part or PARTS[account], terms, recipient)] -= sum_cents
    parts = sorted((one for one, amount in left.items() if amount > 0), key=str)
    for one, taken in zip(parts, apportion(unnamed, [left[one] for one in parts]), strict=True):
        left[one] -= taken
    given = apportion(cents, [left[one] for one in parts])
    return {one: amount for one, amount in zip(parts, given, strict=True) if amount}
