"""Numbers of receipts and credit notes: given out once, without gaps, by what settles a tab or refunds."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum

from payments.models import Document, DocumentCounter, DocumentSeries, Journal, LedgerEntry, Tab
from payments.refund_parts import PARTS

Account = LedgerEntry.Account
Part = LedgerEntry.Part
SELLER_FIELDS = ("name", "address", "tax_number", "footer")


@dataclass(frozen=True)
class CreditNote:
    """A correction of a receipt, and what of each went back, in minor units."""

    document: Document
    net_cents: int
    tax_cents: int
    service_cents: int
    tip_cents: int


def issue_document(tab: Tab, journal: Journal, total_cents: int) -> Document:
    """The receipt of the journal that settled the tab, or the credit note of one that gave money back or
    undid the payment.

    Locks the counter of its series until the transaction ends: two settlements at once have numbers one
    after the other, and one that is rolled back gives its number back.
    """
    refunds = journal.kind in (Journal.Kind.REFUND, Journal.Kind.UNDO)
    real = tab.play_money_cents is None
    if refunds:
        series = DocumentSeries.CREDIT_NOTE if real else DocumentSeries.DEMO_CREDIT_NOTE
    else:
        series = DocumentSeries.RECEIPT if real else DocumentSeries.DEMO_RECEIPT
    return Document.objects.create(
        series=series,
        number=_next_number(series),
        tab=tab,
        journal=journal,
        corrects=receipt_of(tab) if refunds else None,
        total_cents=total_cents,
        currency=tab.currency,
        seller=tab.seller,
        reason=journal.reason if refunds else "",
    )


def _next_number(series: DocumentSeries) -> int:
    DocumentCounter.objects.get_or_create(series=series)
    counter = DocumentCounter.objects.select_for_update().get(series=series)
    counter.last_number += 1
    counter.save(update_fields=["last_number"])
    return counter.last_number


def receipt_of(tab: Tab) -> Document | None:
    """None for tabs that are not settled, or were before receipts had numbers."""
    receipts = (DocumentSeries.RECEIPT, DocumentSeries.DEMO_RECEIPT)
    return tab.documents.filter(series__in=receipts).select_related("journal").first()


def credit_notes_of(tab: Tab) -> list[CreditNote]:
    """In the order in which they were issued. Two queries, and one for each payment that was undone."""
    documents = tab.documents.order_by("id").select_related("corrects__journal", "journal")
    notes = [one for one in documents if one.is_correction]
    if not notes:
        return []
    sums: dict[int, dict[str, int]] = {}
    rows = LedgerEntry.objects.filter(journal__in=[one.journal_id for one in notes], account=Account.REFUNDS)
    for journal, part, cents in rows.values_list("journal", "part").annotate(sum=Sum("cents")).order_by():
        sums.setdefault(journal, {})[part] = cents
    for one in notes:
        if one.journal.kind == Journal.Kind.UNDO:
            sums[one.journal_id] = _parts_of_receipt(tab, one.journal)
    return [_credit_note(one, sums.get(one.journal_id, {})) for one in notes]


def _parts_of_receipt(tab: Tab, undo: Journal) -> dict[str, int]:
    """What a receipt was about that an undone payment cancels: all that was on the tab until then."""
    entries = LedgerEntry.objects.filter(tab=tab, journal__version__lt=undo.version, account__in=PARTS)
    parts: dict[str, int] = {}
    for account, cents in entries.values_list("account").annotate(sum=Sum("cents")).order_by():
        part = PARTS[Account(account)]
        parts[part] = parts.get(part, 0) - cents
    return parts


def _credit_note(document: Document, cents: dict[str, int]) -> CreditNote:
    net, tax = cents.get(Part.NET, 0), cents.get(Part.TAX, 0)
    return CreditNote(document, net, tax, cents.get(Part.SERVICE, 0), cents.get(Part.TIP, 0))


def seller_of(document: Document | None) -> dict[str, str]:
    """What a document says of the bar, "" where nothing was filled in."""
    return dict.fromkeys(SELLER_FIELDS, "") | (document.seller if document else {})
