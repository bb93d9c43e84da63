"""What the chain shows of a tab, of the cash drawer and of the Z reports: the first thing that is wrong.

Each finding is one sentence that names the journal. Of a broken chain only the first break is a finding: what
follows it may be as it was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from django.db.models import Max

from payments import chain, chain_adoption, day_seals
from payments.models import (
    ChainAdoption,
    ChainStart,
    DrawerEntry,
    Journal,
    LedgerEntry,
    SealedHead,
    Tab,
    ZReport,
)

UNKNOWN_KEY = ", which is not in LEDGER_KEY"


def find_break(
    tab: Tab,
    journals: Sequence[Journal],
    entries: dict[int, list[LedgerEntry]],
    adoptions: Sequence[ChainAdoption],
    may_be_unadopted: bool,
) -> str:
    """The first break in a tab's chain; "" if there is none. `journals` by version, `entries` by journal."""
    if found := _find_missing(journals):
        return found
    head = chain.FIRST
    for at, journal in enumerate(journals):
        if journal.chain_mac is None:
            if not may_be_unadopted and not _is_adopted(journal, adoptions):
                return f"{_name(journal)} has no link: something else than the ledger wrote it"
            continue
        try:
            link = chain.link_of(tab, journal, entries.get(journal.pk, []), head, journal.chain_key or "")
        except chain.UnknownChainKey:
            return f"{_name(journal)} is linked with the key {journal.chain_key}{UNKNOWN_KEY}"
        if link != journal.chain_mac:
            return _describe_mismatch(tab, journals, at, entries.get(journal.pk, []))
        head = journal.chain_mac
    return _find_wrong_end(tab, journals, head) or _find_altered_adoption(tab, journals, entries, adoptions)


def _find_wrong_end(tab: Tab, journals: Sequence[Journal], head: str) -> str:
    if head != (tab.chain_head or chain.FIRST):
        last = _name(journals[-1]) if journals else "no journal"
        return f"the tab's head is not the link of its last journal, {last}: the newest are gone"
    for before, journal in pairwise(journals):  # what has no version reads them by key
        if journal.pk < before.pk:
            return f"{_name(journal)} was written before {_name(before)}: their order was changed"
    return ""


def _is_adopted(journal: Journal, adoptions: Sequence[ChainAdoption]) -> bool:
    return any(one.first <= journal.version <= one.last for one in adoptions)


def _find_missing(journals: Sequence[Journal]) -> str:
    for wanted, journal in enumerate(journals, 1):
        if journal.version > wanted:
            return f"journal {wanted} is missing: {_name(journal)} comes after {wanted - 1}"
        if journal.version < wanted:
            return f"{_name(journal)} stands twice"
    return ""


def _describe_mismatch(tab: Tab, journals: Sequence[Journal], at: int, legs: Sequence[LedgerEntry]) -> str:
    """Whether the journal itself is as it was written, after another one, or not."""
    journal = journals[at]
    for other in (chain.FIRST, *(one.chain_mac or "" for one in journals)):
        if chain.link_of(tab, journal, legs, other, journal.chain_key or "") == journal.chain_mac:
            return f"{_name(journal)} follows another journal than it did when it was written"
    return f"{_name(journal)} or one of its entries is not as the ledger wrote it"


def _find_altered_adoption(
    tab: Tab,
    journals: Sequence[Journal],
    entries: dict[int, list[LedgerEntry]],
    adoptions: Sequence[ChainAdoption],
) -> str:
    for adoption in adoptions:
        rows = [
            (one, entries.get(one.pk, []))
            for one in journals
            if one.chain_mac is None and _is_adopted(one, [adoption])
        ]
        span = f"journals {adoption.first} to {adoption.last}, from before the chain,"
        try:
            link = chain.adoption_link(tab, rows, adoption.reason, adoption.key_id)
        except chain.UnknownChainKey:
            return f"{span} are linked with the key {adoption.key_id}{UNKNOWN_KEY}"
        if link != adoption.mac:
            return f"one of {span} is not as it was when they were adopted"
    return ""


def find_cut_tail(journals: Sequence[Journal], sealed: Sequence[SealedHead]) -> Iterator[str]:
    """What a Z report sealed of a tab and the ledger does not have, or has otherwise."""
    links = {journal.version: journal.chain_mac or "" for journal in journals}
    for one in sealed:
        report = f"Z report {one.report.number}"
        if one.version not in links:
            yield f"journal {one.version} is missing, which {report} sealed: the ledger ends at {len(links)}"
        elif links[one.version] != one.mac:
            yield f"journal {one.version} is another one than {report} sealed"


def _name(journal: Journal) -> str:
    return f"journal {journal.version} ({journal.get_kind_display()})"


def day_seals_hold() -> Iterator[str]:
    """Each report since the chain began has a seal, which its row, its heads and the report before make.

    One that a release from before the chain closed has none: a person adopted what that release wrote.
    """
    started = ""
    by_hand = ChainAdoption.objects.exclude(reason=chain.BEFORE_THE_CHAIN).aggregate(at=Max("created_at"))[
        "at"
    ]
    for report in ZReport.objects.select_related("previous").order_by("number"):
        sealed = report.figures.get("chain")
        if sealed is None:
            if started and not (by_hand and by_hand > report.closed_at):
                yield f"{report} has no seal, and {started} before it has one"
            continue
        started = started or str(report)
        try:
            holds = day_seals.seal_of(report, day_seals.heads_of(report)) == sealed["seal"]
        except chain.UnknownChainKey:
            yield f"{report} is sealed with the key {sealed['key']}{UNKNOWN_KEY}"
            continue
        if not holds:
            yield f"{report} or what it sealed was altered"


def chain_start_holds() -> Iterator[str]:
    """The adoption of what is from before the chain was done once, and is as it was then."""
    start = ChainStart.objects.first()
    sealed = [
        report.figures.get("chain", {}).get("start", "") for report in ZReport.objects.order_by("number")
    ]
    wanted = next(filter(None, sealed), "")
    if start is None:
        if wanted:
            yield "the record of where the chain begins is missing, and a Z report sealed it"
        return
    if wanted and start.mac != wanted:
        yield f"the chain was begun anew at {start}, and a Z report sealed an earlier beginning"
    try:
        if chain.seal(start.key_id, *chain_adoption.start_content(start)) != start.mac:
            yield f"what was adopted until {start} is not what is adopted now"
    except chain.UnknownChainKey:
        yield f"the chain's beginning is sealed with the key {start.key_id}{UNKNOWN_KEY}"


def drawer_entries_are_chained() -> Iterator[str]:
    """Each entry of the cash drawer follows the one before it. Those without a link are adopted."""
    adoptions = list(ChainAdoption.objects.filter(tab=None))
    try:
        found = _find_drawer_break(adoptions, list(DrawerEntry.objects.order_by("pk")))
    except chain.UnknownChainKey as error:
        found = f"a link of the drawer has the key {error}{UNKNOWN_KEY}"
    if found:
        yield found
    last = ZReport.objects.order_by("number").last()
    sealed = last.figures.get("chain", {}).get("drawer", "") if last else ""
    if sealed and not DrawerEntry.objects.filter(chain_mac=sealed).exists():
        yield f"the newest entries that {last} sealed are gone"


def _find_drawer_break(adoptions: Sequence[ChainAdoption], entries: Sequence[DrawerEntry]) -> str:
    for adoption in adoptions:
        rows = [one for one in entries if one.chain_mac is None and adoption.first <= one.pk <= adoption.last]
        if chain_adoption.drawer_adoption_link(rows, adoption.reason, adoption.key_id) != adoption.mac:
            return (
                f"one of entries {adoption.first} to {adoption.last} is not as it was when they were adopted"
            )
    strict, head = ChainStart.objects.exists(), chain.FIRST
    for entry in entries:
        if entry.chain_mac is not None:
            if chain.drawer_link(entry, head, entry.chain_key or "") != entry.chain_mac:
                return f"entry {entry.pk} ({entry}), or the one before it, is not as it was written"
            head = entry.chain_mac
        elif strict and not any(one.first <= entry.pk <= one.last for one in adoptions):
            return f"entry {entry.pk} ({entry}) has no link: something else than the bar wrote it"
    return ""


def every_row_has_its_tab() -> Iterator[str]:
    """A journal whose tab is gone, or an entry whose journal is gone, stands in no tab's chain."""
    lost = Journal.objects.exclude(tab__in=Tab.objects.order_by()).order_by("pk").values_list("pk", "tab")
    yield from (f"journal row {pk} is of tab row {tab}, which is gone" for pk, tab in lost)
    entries = LedgerEntry.objects.exclude(journal__in=Journal.objects.order_by()).order_by("pk")
    yield from (
        f"entry row {pk} of {cents} is of journal row {journal}, which is gone"
        for pk, cents, journal in entries.values_list("pk", "cents", "journal")
    )
