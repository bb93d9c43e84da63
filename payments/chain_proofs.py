"""What the chain proves of one tab, and whether a proof that was printed is still the ledger's.

A ledger whose newest rows were cut off, or that was replaced by an older copy, agrees with itself. Only what
is outside it shows that: a guest's receipt, a printed or mailed Z report, a backup.
"""

from __future__ import annotations

from dataclasses import dataclass

from payments import chain, day_seals, invariants
from payments.models import Document, Tab, ZReport
from payments.models.documents import NUMBER_PREFIXES
from payments.tab_records import load_records

REPORT_PREFIX = "Z-"


@dataclass(frozen=True)
class SealedIn:
    """A Z report that sealed a tab, up to which of its journals."""

    report: ZReport
    version: int
    proof: str


@dataclass(frozen=True)
class TabProof:
    """`finding` is what is wrong with the tab's chain, "" where it is as the ledger wrote it."""

    journals: int
    before_the_chain: int
    head: str
    keys: tuple[str, ...]
    seals: tuple[SealedIn, ...]
    finding: str


def prove_tab(tab: Tab) -> TabProof:
    """Reads the tab's chain as it is now. Ten queries."""
    book = load_records([tab.pk])[0]
    found = [*invariants.chain_is_unbroken(book), *invariants.sealed_journals_are_there(book)]
    keys = dict.fromkeys(one.chain_key for one in book.journals if one.chain_key)
    return TabProof(
        journals=len(book.journals),
        before_the_chain=sum(one.chain_mac is None for one in book.journals),
        head=book.tab.chain_head or "",
        keys=tuple(keys),
        seals=tuple(
            SealedIn(one.report, one.version, day_seals.seal_proof(one.report)) for one in book.sealed
        ),
        finding=found[0] if found else "",
    )


def receipt_proof(document: Document | None) -> str:
    """As it is printed on a receipt: the link of the journal that settled the tab. "" before the chain."""
    return chain.short_proof(document.journal.chain_mac) if document else ""


def find_false_proof(name: str, proof: str) -> str:
    """Why a printed proof is not the ledger's, in a sentence; "" if it is. `name` is that of a receipt, a
    credit note or a Z report: R-000123, Z-12."""
    if name.upper().startswith(REPORT_PREFIX):
        number = name[len(REPORT_PREFIX) :]
        report = ZReport.objects.filter(number=number).first() if number.isdecimal() else None
        if report is None:
            return f"The ledger has no Z report {number}, and this proof was printed of one: it was removed."
        holds = chain.is_proof_of(proof, report.figures.get("chain", {}).get("seal"))
        return "" if holds else f"Z report {number} is not the one that was printed: its seal is another."
    prefix, _, digits = name.upper().rpartition("-")
    series = {short: series for series, short in NUMBER_PREFIXES.items()}.get(prefix)
    document = None
    if series and digits.isdecimal():
        found = Document.objects.filter(series=series, number=int(digits))
        document = found.select_related("journal", "tab").first()
    if document is None:
        return f"The ledger has no {name}, and this proof was printed on it: it was removed."
    if chain.is_proof_of(proof, document.journal.chain_mac):
        return ""
    return (
        f"{name} is of journal {document.journal.version} of tab {document.tab.code[:8]}, which is not the "
        "one that was there when it was printed."
    )
