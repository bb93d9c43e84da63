"""The entries for the service charge and the taxes of a tab that is taxed by class. `ledger` writes them."""

from __future__ import annotations

from maya_site.core.money import apply_rate_milli_percent
from payments import taxes
from payments.models import Journal, LedgerEntry, Tab
from payments.posting_rules import TabChange, add_leg

Account = LedgerEntry.Account
JournalKind = Journal.Kind
# What changes what is taxed, and so the tax.
KINDS_THAT_TAX = (
    JournalKind.CHARGE,
    JournalKind.VOID,
    JournalKind.COMP,
    JournalKind.CLOSE,
    JournalKind.UNDO,
)


def read_tax_book(tab: Tab, change: TabChange) -> None:
    """What is taxed on a tab that is taxed by class, and how. One query. A line keeps the terms that it was
    first sold under."""
    change.tax_book = taxes.read_tax_book(tab)
    if change.kind == JournalKind.CHARGE:
        for sale in change.sales:
            if sale.tax_terms is None:
                raise AssertionError("a sale on a tab that is taxed by class has terms")
            change.tax_book.terms_by_reference.setdefault(sale.reference, sale.tax_terms)


def post_service_and_taxes(tab: Tab, change: TabChange) -> None:
    """The service charge and the taxes of a tab that is taxed by class. A query for the terms."""
    book = change.tax_book
    if book is None:
        return
    service = apply_rate_milli_percent(tab.net_cents, tab.service_rate_milli)
    if tab.service_terms_id:
        book.terms_by_reference[taxes.SERVICE_REFERENCE] = tab.service_terms_id
    grown, tab.service_cents = service - tab.service_cents, service
    add_leg(change, tab, Account.SERVICE, -grown, taxes.SERVICE_REFERENCE)
    for leg in change.legs:
        book.add(tab, leg.account, leg.reference, leg.tax_terms_id, leg.cents)
    on_top, inside = taxes.tax_differences(book)
    for (terms, line), cents in on_top.items():
        add_leg(change, tab, Account.TAX, -cents, line, tax_terms_id=terms)
    for (terms, line), cents in inside.items():
        add_leg(change, tab, Account.INCLUDED_TAX, cents, line, tax_terms_id=terms)
        add_leg(change, tab, Account.TAX, -cents, line, tax_terms_id=terms)
    tab.tax_cents += sum(on_top.values())
    tab.included_tax_cents += sum(inside.values())
