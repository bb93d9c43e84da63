"""What may be exported, as rows of plain values. Amounts are in minor units, in columns that end in `_cents`.

`money` says real or play in every row, as reports have them apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from bartender.books.journal_pages import DateRange, EntryRow, JournalPage, entry_pages, journal_pages
from bartender.books.stock import movement_rows, stock_use_rows
from bartender.models.visits import OrderLine
from payments.models import Document, Journal, LedgerEntry, Payment
from payments.reports import TIP_POOL

Account = LedgerEntry.Account
Kind = Journal.Kind
Row = dict[str, Any]
GIVEN_BACK = (Kind.REFUND, Kind.DISPUTE)


def _common(entry: EntryRow) -> Row:
    return {
        "business_date": entry.business_date.isoformat(),
        "time": entry.at.isoformat(),
        "z_report": entry.z_number or "",
        "tab": entry.tab,
        "money": entry.money,
        "currency": entry.currency,
    }


def _person(entry: EntryRow) -> Row:
    return {"by": entry.actor, "reason": entry.reason}


class SoldLine(NamedTuple):
    """What a line is, beside its postings."""

    code: str = ""
    name: str = ""
    modifiers: Sequence[str] = ()
    takeaway: bool = False
    price_rule: str = ""
    list_unit_cents: int | None = None


NO_LINE = SoldLine()


def _lines_of(page: Iterable[EntryRow]) -> dict[str, SoldLine]:
    """The lines of a page by their codes. One query."""
    wanted = {one.reference for one in page if one.account in (Account.SALES, Account.COMPS)}
    rows = OrderLine.objects.filter(code__in=wanted).values_list(*SoldLine._fields)
    return {line.code: line for line in map(SoldLine._make, rows)}


def _line_columns(entry: EntryRow, lines: dict[str, SoldLine]) -> Row:
    line = lines.get(entry.reference, NO_LINE)
    return {
        "line": entry.reference,
        "item": line.name,
        "modifiers": ", ".join(line.modifiers),
        "takeaway": line.takeaway,
        "price_rule": line.price_rule,
        "tax_class": entry.tax_class,
        "tax_rate_milli_percent": "" if entry.rate_milli is None else entry.rate_milli,
        "tax_included": entry.included,
    }


def _list_unit_cents(entry: EntryRow, lines: dict[str, SoldLine]) -> int:
    """What one would have cost without the price rule."""
    listed = lines.get(entry.reference, NO_LINE).list_unit_cents
    return entry.unit_cents if listed is None else listed


def _sales(page: list[EntryRow]) -> Iterator[Row]:
    yield from _sold(page, 1)


def _voids(page: list[EntryRow]) -> Iterator[Row]:
    yield from _sold(page, -1)


def _sold(page: list[EntryRow], sign: int) -> Iterator[Row]:
    """Lines sold (1) or taken off again (-1), both with amounts above zero; a void that was undone is a void
    below zero."""
    lines = _lines_of(page)
    for entry in page:
        is_sold = entry.quantity > 0 and entry.kind != Kind.UNDO
        if entry.account == Account.SALES and is_sold == (sign > 0):
            amounts = {
                "quantity": entry.quantity * sign,
                "unit_cents": entry.unit_cents,
                "list_unit_cents": _list_unit_cents(entry, lines),
                "amount_cents": -entry.cents * sign,
            }
            yield _common(entry) | _line_columns(entry, lines) | amounts | _person(entry)


def _comps(page: list[EntryRow]) -> Iterator[Row]:
    lines = _lines_of(page)
    for entry in page:
        if entry.account == Account.COMPS:
            amount = {"amount_cents": entry.cents}
            yield _common(entry) | _line_columns(entry, lines) | amount | _person(entry)


def _taxes(page: list[EntryRow]) -> Iterator[Row]:
    """What was booked as tax; `in_the_price_cents` is the part of it that prices have in them."""
    for entry in page:
        if entry.account == Account.TAX:
            yield _common(entry) | {
                "tax_class": entry.tax_class,
                "tax_rate_milli_percent": "" if entry.rate_milli is None else entry.rate_milli,
                "tax_included": entry.included,
                "amount_cents": -entry.cents,
                "in_the_price_cents": -entry.cents if entry.included else 0,
            }


def _service(page: list[EntryRow]) -> Iterator[Row]:
    for entry in page:
        if entry.account == Account.SERVICE:
            yield _common(entry) | {"tax_class": entry.tax_class, "amount_cents": -entry.cents}


def _tips(page: list[EntryRow]) -> Iterator[Row]:
    """Whose tip it is: what is handed to somebody leaves the pool by a row of its own."""
    for entry in page:
        if entry.account == Account.TIPS:
            yield _common(entry) | {"person": entry.tip_recipient or TIP_POOL, "amount_cents": -entry.cents}


def _payments(page: list[EntryRow]) -> Iterator[Row]:
    for entry, provider in _money(page):
        if entry.kind not in GIVEN_BACK:
            yield _common(entry) | {
                "tender": provider,
                "payment": entry.reference,
                "amount_cents": entry.cents,
            }


def _money(page: list[EntryRow]) -> Iterator[tuple[EntryRow, str]]:
    """Entries of money, with who took it. One query."""
    moved = [entry for entry in page if entry.account in LedgerEntry.MONEY_ACCOUNTS]
    codes = {entry.reference for entry in moved}
    providers = dict(Payment.objects.filter(code__in=codes).values_list("code", "provider"))
    yield from ((entry, providers.get(entry.reference, "")) for entry in moved)


def _refunds(page: list[EntryRow]) -> Iterator[Row]:
    """A row for each part of a refund: net sales, a tax, the service charge, somebody's tip."""
    given = [entry for entry in page if entry.account == Account.REFUNDS]
    documents = Document.objects.filter(journal__in={entry.journal for entry in given})
    notes = {one.journal_id: one for one in documents.select_related("corrects")}
    for entry in given:
        note = notes.get(entry.journal)
        yield (
            _common(entry)
            | {
                "refund": entry.reference,
                "credit_note": note.code if note else "",
                "receipt": note.corrects.code if note and note.corrects else "",
                "part": entry.part,
                "tax_class": entry.tax_class,
                "tax_rate_milli_percent": "" if entry.rate_milli is None else entry.rate_milli,
                "person": (entry.tip_recipient or TIP_POOL) if entry.part == LedgerEntry.Part.TIP else "",
                "amount_cents": entry.cents,
            }
            | _person(entry)
        )


def _document_rows(page: JournalPage) -> Iterator[Row]:
    """Receipts and credit notes, in the order of their journals. One query."""
    rows = Document.objects.filter(journal__in=list(page.days)).order_by("journal_id")
    for one in rows.select_related("corrects", "journal", "tab"):
        yield {
            "business_date": page.days[one.journal_id].isoformat(),
            "time": one.journal.created_at.isoformat(),
            "z_report": page.z_number or "",
            "tab": one.tab.code,
            "money": "real" if one.tab.play_money_cents is None else "play",
            "currency": one.currency,
            "document": one.code,
            "series": one.series,
            "corrects": one.corrects.code if one.corrects else "",
            "total_cents": one.total_cents,
        }


# Which accounts a data set reads, and what it makes of a page of their entries.
BY_PAGE: dict[str, tuple[Sequence[str], Callable[[list[EntryRow]], Iterator[Row]]]] = {
    "sales": ((Account.SALES,), _sales),
    "voids": ((Account.SALES,), _voids),
    "comps": ((Account.COMPS,), _comps),
    "taxes": ((Account.TAX,), _taxes),
    "service": ((Account.SERVICE,), _service),
    "tips": ((Account.TIPS,), _tips),
    "payments": (LedgerEntry.MONEY_ACCOUNTS, _payments),
    "refunds": ((Account.REFUNDS,), _refunds),
}
DOCUMENTS = "documents"
TIPS_BY_PERSON = "tips_by_person"
# These are of the shelf, not of the ledger.
STOCK: dict[str, Callable[[DateRange], Iterator[list[Row]]]] = {
    "stock": movement_rows,
    "stock_use": stock_use_rows,
}
DATASETS = (*BY_PAGE, DOCUMENTS, TIPS_BY_PERSON, *STOCK)


def dataset_rows(name: str, dates: DateRange) -> Iterator[list[Row]]:
    """The rows of a data set, in pages. Memory stays the same for any range."""
    if name == TIPS_BY_PERSON:
        yield list(_tips_by_person(dates))
        return
    if name == DOCUMENTS:
        yield from (list(_document_rows(page)) for page in journal_pages(dates))
        return
    if name in STOCK:
        yield from STOCK[name](dates)
        return
    accounts, rows = BY_PAGE[name]
    yield from (list(rows(page)) for page in entry_pages(dates, accounts))


def _tips_by_person(dates: DateRange) -> Iterator[Row]:
    """What each person had of tips over the dates, and what refunds took of it: for the year's statement."""
    tips, refunded = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for page in entry_pages(dates, (Account.TIPS, Account.REFUNDS)):
        for entry in page:
            key = (entry.tip_recipient or TIP_POOL, entry.money, entry.currency)
            if entry.account == Account.TIPS:
                tips[key] -= entry.cents
            elif entry.part == LedgerEntry.Part.TIP:
                refunded[key] += entry.cents
    for person, money, currency in sorted({*tips, *refunded}):
        key = (person, money, currency)
        yield {
            "person": person,
            "money": money,
            "currency": currency,
            "tips_cents": tips[key],
            "refunded_cents": refunded[key],
            "kept_cents": tips[key] - refunded[key],
        }
