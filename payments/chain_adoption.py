"""Takes journals that have no link into the chain: one link over all of them on a tab.

Those from before there was a chain are adopted by the ledger's own check, a part at a time, without a lock:
nothing changes them any more. Once none is left, and none was written for an hour (during a deployment the
release before writes beside this one), that is written down. From then on only a person adopts.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from payments import chain
from payments.models import ChainAdoption, ChainStart, DrawerEntry, Journal, LedgerEntry, Tab, ZReport

BATCH_SIZE = 500
BUDGET_SECONDS = 20.0
SETTLING = timedelta(hours=1)


def adopt_older_journals(budget_seconds: float = BUDGET_SECONDS) -> int:
    """Adopts what is from before the chain, for so many seconds; returns the number of tabs.

    Does nothing once all of it is adopted, or where a Z report says that it was.
    """
    if ChainStart.objects.exists() or was_chain_started():
        return 0
    until, adopted = time.monotonic() + budget_seconds, 0
    for tabs in _unadopted_batches():
        adopted += _adopt(tabs, chain.BEFORE_THE_CHAIN)
        if time.monotonic() > until:
            return adopted
    _adopt_drawer(chain.BEFORE_THE_CHAIN)
    newest = Journal.objects.filter(chain_mac=None).aggregate(at=Max("created_at"))["at"]
    if newest is None or newest < timezone.now() - SETTLING:
        _write_start()
    return adopted


def adopt_by_hand(reason: str) -> int:
    """Adopts whatever has no link now, the cash drawer's entries too, for a person's reason. Returns the
    number of tabs. It proves nothing of what became of those rows before."""
    tabs = list(unadopted_journals().order_by("tab_id").values_list("tab", flat=True).distinct())
    batches = (tabs[at : at + BATCH_SIZE] for at in range(0, len(tabs), BATCH_SIZE))
    _adopt_drawer(reason)
    return sum(_adopt(part, reason) for part in batches)


def was_chain_started() -> bool:
    """Whether a Z report says that everything from before the chain was adopted."""
    last = ZReport.objects.order_by("number").last()
    return bool(last and last.figures.get("chain", {}).get("start"))


def unadopted_journals() -> QuerySet[Journal]:
    """Without a link of their own and without one over them."""
    adopted = ChainAdoption.objects.filter(
        tab=OuterRef("tab"), first__lte=OuterRef("version"), last__gte=OuterRef("version")
    )
    return Journal.objects.filter(~Exists(adopted), chain_mac=None)


def start_content(start: ChainStart) -> list[object]:
    """What the seal of the start holds: all adoptions of before, too."""
    older = ChainAdoption.objects.filter(created_at__lte=start.created_at).order_by("pk")
    return ["start", start.created_at, start.tabs, chain.digest(older.values_list("mac", flat=True))]


def _unadopted_batches() -> Iterator[list[int]]:
    """First all tabs by key, from the last that is adopted on: a look at each row for a link costs more than
    reading it. Then what was written meanwhile."""
    after = ChainAdoption.objects.aggregate(tab=Max("tab_id"))["tab"] or 0
    while keys := list(
        Tab.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH_SIZE]
    ):
        yield keys
        after = keys[-1]
    late = unadopted_journals().order_by("tab_id").values_list("tab", flat=True).distinct()
    while keys := list(late[:BATCH_SIZE]):
        yield keys


def _adopt(tab_ids: Sequence[int], reason: str) -> int:
    journals, entries = defaultdict(list), defaultdict(list)
    for journal in unadopted_journals().filter(tab__in=tab_ids).order_by("version"):
        journals[journal.tab_id].append(journal)
    if not journals:
        return 0
    for entry in LedgerEntry.objects.filter(tab__in=journals).order_by("pk"):
        entries[entry.journal_id].append(entry)
    key_id = chain.current_key_id()
    tabs = Tab.objects.in_bulk(journals)
    ChainAdoption.objects.bulk_create(
        [
            ChainAdoption(
                tab=tabs[pk],
                first=rows[0].version,
                last=rows[-1].version,
                mac=chain.adoption_link(tabs[pk], ((row, entries[row.pk]) for row in rows), reason, key_id),
                key_id=key_id,
                reason=reason,
            )
            for pk, rows in sorted(journals.items())
        ],
        ignore_conflicts=True,  # another process adopts the same
    )
    return len(journals)


def drawer_adoption_link(entries: Sequence[DrawerEntry], reason: str, key_id: str) -> str:
    """One link over entries of the cash drawer. Raises UnknownChainKey."""
    rows = [[getattr(entry, name) for name in chain.DRAWER_FIELDS] for entry in entries]
    return chain.seal(key_id, "adopted drawer", reason, rows)


def _adopt_drawer(reason: str) -> None:
    """By their keys what a tab's journals are by their versions. Each adoption takes all that come after the
    last."""
    until = ChainAdoption.objects.filter(tab=None).aggregate(last=Max("last"))["last"] or 0
    entries = list(DrawerEntry.objects.filter(chain_mac=None, pk__gt=until).order_by("pk"))
    if not entries:
        return
    key_id = chain.current_key_id()
    adoption = ChainAdoption(first=entries[0].pk, last=entries[-1].pk, key_id=key_id, reason=reason)
    adoption.mac = drawer_adoption_link(entries, reason, key_id)
    ChainAdoption.objects.bulk_create([adoption], ignore_conflicts=True)


def _write_start() -> None:
    start = ChainStart(created_at=timezone.now(), key_id=chain.current_key_id())
    start.tabs = ChainAdoption.objects.exclude(tab=None).values("tab").distinct().count()
    start.mac = chain.seal(start.key_id, *start_content(start))
    ChainStart.objects.bulk_create([start], ignore_conflicts=True)
