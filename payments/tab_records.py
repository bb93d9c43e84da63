"""Everything that the ledger holds of some tabs, read for the invariants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from payments.models import (
    ChainAdoption,
    ChainStart,
    Journal,
    LedgerEntry,
    Payment,
    Refund,
    SealedHead,
    Share,
    Split,
    Tab,
)
from payments.posting_rules import undo_key

PaymentStatus = Payment.Status


@dataclass
class TabRecords:
    """Everything the ledger holds of one tab."""

    tab: Tab
    journals: list[Journal] = field(default_factory=list)
    entries: list[LedgerEntry] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    adoptions: list[ChainAdoption] = field(default_factory=list)
    sealed: list[SealedHead] = field(default_factory=list)
    may_be_unadopted: bool = False  # while what is from before the chain is being adopted

    def sum_cents(self, *accounts: str) -> int:
        return sum(entry.cents for entry in self.entries if entry.account in accounts)

    @cached_property
    def by_journal(self) -> dict[int, list[LedgerEntry]]:
        found = defaultdict(list)
        for entry in self.entries:
            found[entry.journal_id].append(entry)
        return found

    def legs_of(self, journal: Journal) -> list[LedgerEntry]:
        return self.by_journal.get(journal.pk, [])

    @property
    def standing_journals(self) -> list[Journal]:
        """Without payments that were undone, and what undid them."""
        keys = {one.key for one in self.journals if one.kind == Journal.Kind.UNDO}
        undone = {
            key
            for one in self.journals
            for key in (one.key, undo_key(one.key))
            if one.kind == Journal.Kind.PAYMENT and undo_key(one.key) in keys
        }
        return [one for one in self.journals if one.key not in undone]

    @property
    def succeeded_payments(self) -> list[Payment]:
        return [payment for payment in self.payments if payment.status == PaymentStatus.SUCCEEDED]

    @property
    def live_payments(self) -> list[Payment]:
        return [payment for payment in self.payments if payment.status in Payment.LIVE_STATUSES]


def load_records(tab_ids: Sequence[int]) -> list[TabRecords]:
    """In the order of the tabs' keys. Ten queries, however many tabs."""
    journals, entries = defaultdict(list), defaultdict(list)
    payments, refunds, shares = defaultdict(list), defaultdict(list), defaultdict(list)
    for journal in Journal.objects.filter(tab__in=tab_ids).order_by("version"):
        journals[journal.tab_id].append(journal)
    for entry in LedgerEntry.objects.filter(tab__in=tab_ids).select_related("tax_terms"):
        entries[entry.tab_id].append(entry)
    for payment in Payment.objects.filter(tab__in=tab_ids):
        payments[payment.tab_id].append(payment)
    for refund in Refund.objects.filter(payment__tab__in=tab_ids).select_related("payment"):
        refunds[refund.payment.tab_id].append(refund)
    out = Share.objects.filter(split__tab__in=tab_ids, split__status=Split.Status.OUT)
    for share in out.select_related("split"):
        shares[share.split.tab_id].append(share)
    adoptions, sealed = defaultdict(list), defaultdict(list)
    for adoption in ChainAdoption.objects.filter(tab__in=tab_ids):
        adoptions[adoption.tab_id].append(adoption)
    for head in SealedHead.objects.filter(tab__in=tab_ids).select_related("report").order_by("pk"):
        sealed[head.tab_id].append(head)
    may_be_unadopted = not ChainStart.objects.exists()
    return [
        TabRecords(
            tab,
            journals[tab.pk],
            entries[tab.pk],
            payments[tab.pk],
            refunds[tab.pk],
            shares[tab.pk],
            adoptions[tab.pk],
            sealed[tab.pk],
            may_be_unadopted,
        )
        for tab in Tab.objects.filter(pk__in=tab_ids).order_by("pk")
    ]
