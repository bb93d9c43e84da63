"""Erases visits in batches by a job: those that nobody used, and those whose retention days are over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from bartender.models.menu import Venue
from bartender.models.visits import OrderLine, Ticket, Turn, Visit
from bartender.privacy.erasure import erase_visits
from payments.models import Tab

BATCH_SIZE = 20  # one transaction
MAX_VISITS_PER_RUN = 1_000  # one run of the job
UNUSED_VISIT_WINDOW = timedelta(
    days=1
)  # a closed visit is not used any more, so older ones were checked before


def purge_visits() -> dict[str, int]:
    """Erases closed visits: those without a turn, an order or a tab; those whose guest asked for it while a
    tab was open; those that ended longer ago than the venue keeps conversations. Returns how many of each."""
    since = timezone.now() - timedelta(days=Venue.current().retention_days)
    wished = _closed_visits().filter(erasure_requested_at__isnull=False)
    # In the order of an index each, which is why not all visits are read for it.
    return {
        "unused": _erase_in_batches(unused_visits().order_by("closed_at")),
        "wished": _erase_in_batches(wished.order_by("erasure_requested_at")),
        "over": _erase_in_batches(_closed_visits().filter(closed_at__lt=since).order_by("closed_at"), since),
    }


def _closed_visits() -> QuerySet[Visit]:
    return Visit.objects.filter(closed_at__isnull=False, erased_at=None)


def unused_visits() -> QuerySet[Visit]:
    """Visits that were closed within UNUSED_VISIT_WINDOW without a turn, an order or a tab."""
    return (
        _closed_visits()
        .filter(closed_at__gt=timezone.now() - UNUSED_VISIT_WINDOW)
        .exclude(
            Exists(Turn.objects.filter(visit=OuterRef("pk")))
            | Exists(OrderLine.objects.filter(visit=OuterRef("pk")))
            | Exists(Ticket.objects.filter(visit=OuterRef("pk")))
            | Exists(Tab.objects.filter(visit_code=OuterRef("code")))
        )
    )


def _erase_in_batches(visits: QuerySet[Visit], retention_cutoff: datetime | None = None) -> int:
    """In their order. Erased visits are not found again, so the next run goes on with the rest."""
    waiting = list(visits.values_list("pk", flat=True)[:MAX_VISITS_PER_RUN])
    for begin in range(0, len(waiting), BATCH_SIZE):
        erase_visits(waiting[begin : begin + BATCH_SIZE], retention_cutoff=retention_cutoff)
    return len(waiting)
