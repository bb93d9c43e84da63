"""Tax by class: what is owed on a tab whose lines carry their own terms, and the entries that this takes.

A tab of `TaxMethod.SINGLE` has one rate, and `posting_rules` alone decides on it. On the others each line has
the terms frozen when it was ordered. Their tax is rounded once for each terms on the bill, or once for each
line. Tax that a price has in it is booked twice: off the sales, and to the tax account.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Sum

from maya_site.core.db import CompiledQuery
from maya_site.core.money import apply_rate_milli_percent, apportion, included_tax_milli_percent
from payments.models import LedgerEntry, Tab, TaxMethod, TaxTerms

Account = LedgerEntry.Account
SERVICE_REFERENCE = "service charge"
TaxKey = tuple[int, str]  # the terms' key; the line's reference where tax is rounded by line, else ""
# What is taxed: what was sold less what the bar pays for, and the service charge.
BASE_ACCOUNTS = (Account.SALES, Account.COMPS, Account.SERVICE)
BOOKED_ACCOUNTS = (*BASE_ACCOUNTS, Account.TAX, Account.INCLUDED_TAX)


@dataclass(frozen=True)
class TaxLine:
    """The tax of one rate on a tab, in cents. `levels`: name, rate and share of each: they sum to it."""

    name: str
    rate_milli: int
    included: bool
    net_cents: int
    tax_cents: int
    levels: tuple[tuple[str, int, int], ...] = ()
    by_class: bool = True


@dataclass
class TaxBook:
    """What is taxed on a tab, and what is booked of it, by terms. Legs of the journal at hand are added."""

    terms_by_reference: dict[str, int] = field(default_factory=dict)
    bases: Counter[TaxKey] = field(default_factory=Counter)
    taxes: Counter[TaxKey] = field(default_factory=Counter)
    included: Counter[TaxKey] = field(default_factory=Counter)

    def add(self, tab: Tab, account: str, reference: str, terms: int | None, cents: int) -> None:
        if terms is None:  # a service charge that is not taxed
            return
        key = (terms, reference if tab.tax_method == TaxMethod.LINE else "")
        if account in BASE_ACCOUNTS:
            self.bases[key] -= cents
            self.terms_by_reference.setdefault(reference, terms)
        elif account == Account.TAX:
            self.taxes[key] -= cents
        elif account == Account.INCLUDED_TAX:
            self.included[key] += cents


def get_or_create_terms(name: str, levels: Sequence[tuple[str, int]], *, included: bool) -> TaxTerms:
    """The row of these terms. `levels`: the name of each, and its rate in thousandths of a percent."""
    said = json.dumps([name, [list(level) for level in levels], included])
    digest = hashlib.sha256(said.encode()).hexdigest()
    if found := _TERMS_BY_DIGEST.first(digest):
        return found
    values = {
        "name": name,
        "levels": [list(level) for level in levels],
        "rate_milli": sum(rate for _name, rate in levels),
        "included": included,
    }
    return TaxTerms.objects.get_or_create(digest=digest, defaults=values)[0]


_TERMS_BY_DIGEST = CompiledQuery(lambda digest: TaxTerms.objects.filter(digest=digest), str)


def read_tax_book(tab: Tab) -> TaxBook:
    """One query. The tab is locked."""
    book = TaxBook()
    entries = LedgerEntry.objects.filter(tab=tab, account__in=BOOKED_ACCOUNTS).order_by()
    for account, reference, terms, cents in entries.values_list("account", "reference", "tax_terms").annotate(
        sum=Sum("cents")
    ):
        book.add(tab, account, reference, terms, cents)
    return book


def tax_of(terms: TaxTerms, base_cents: int) -> int:
    """The tax on what was charged, rounded half up: on top of it, or the part of it that is tax."""
    if terms.included:
        return included_tax_milli_percent(base_cents, terms.rate_milli)
    return apply_rate_milli_percent(base_cents, terms.rate_milli)


def tax_differences(book: TaxBook) -> tuple[dict[TaxKey, int], dict[TaxKey, int]]:
    """By how much the tax on top, and the tax in the price, must grow. One query."""
    keys = {*book.bases, *book.taxes, *book.included}
    terms = TaxTerms.objects.in_bulk({terms for terms, _line in keys})
    on_top, inside = dict[TaxKey, int](), dict[TaxKey, int]()
    for key in sorted(keys):
        owed = tax_of(terms[key[0]], book.bases[key])
        if terms[key[0]].included:
            inside[key] = owed - book.included[key]
        else:
            on_top[key] = owed - book.taxes[key]
    return on_top, inside


def tax_lines(tab: Tab) -> tuple[TaxLine, ...]:
    """A tab's tax by rate, as bills and receipts show it. One query where the tab's lines have terms."""
    if tab.tax_method == TaxMethod.SINGLE:
        one = TaxLine("", tab.tax_rate, False, tab.net_cents, tab.tax_cents, by_class=False)
        return (one,) if tab.tax_cents else ()
    entries = LedgerEntry.objects.filter(tab=tab, account__in=BOOKED_ACCOUNTS, tax_terms__isnull=False)
    rows = entries.order_by("tax_terms_id").values_list(
        "account", "tax_terms__name", "tax_terms__rate_milli", "tax_terms__included", "tax_terms__levels"
    )
    found: dict[tuple[str, int, bool, str], Counter[str]] = {}
    for account, name, rate, included, levels, cents in rows.annotate(sum=Sum("cents")):
        found.setdefault((name, rate, included, json.dumps(levels)), Counter())[account] += cents
    return tuple(_tax_line(key, sums) for key, sums in found.items() if any(sums.values()))


def _tax_line(key: tuple[str, int, bool, str], sums: Counter[str]) -> TaxLine:
    name, rate, included, levels = key
    tax = -sums[Account.TAX]
    net = -sum(sums[account] for account in BASE_ACCOUNTS) - sums[Account.INCLUDED_TAX]
    return TaxLine(name, rate, included, net, tax, split_levels(json.loads(levels), tax))


def split_levels(levels: Sequence[Sequence[int | str]], tax_cents: int) -> tuple[tuple[str, int, int], ...]:
    """The share of each level in a tax that was rounded once: exact, they sum to it. One level: none."""
    if len(levels) < 2:
        return ()
    names, rates = [str(name) for name, _rate in levels], [int(rate) for _name, rate in levels]
    return tuple(zip(names, rates, apportion(tax_cents, rates), strict=True))
