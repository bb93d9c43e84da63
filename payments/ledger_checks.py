"""The check of the ledger that the bar makes by itself, so that its cost does not grow with the years.

Every five minutes: what moved since the last time, what was wrong then, and the next few tabs of all, so
that each is read again within days. Once a day, in a process of its own, all tabs and all sums.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from payments import chain_adoption, invariants
from payments.invariant_totals import QUICK_TOTALS
from payments.invariants import Violation
from payments.models import Journal, LedgerCheck, Payment, Refund, Tab

logger = logging.getLogger(__name__)

FIRST_WINDOW = timedelta(days=2)
# Longer than any transaction takes, so that nothing that was not committed yet is left out.
OVERLAP = timedelta(minutes=10)
WALKED_TABS = 200
MAX_FAILING = 500
CHECK_RETENTION = timedelta(days=7)
FULL_CHECK_TIMEOUT_SECONDS = 3_600


def check_recent() -> LedgerCheck:
    chain_adoption.adopt_older_journals()
    last = LedgerCheck.objects.first()
    since = timezone.now() - FIRST_WINDOW if last is None else last.created_at - OVERLAP
    failing = last.failing if last else []
    walked, walked_to = _next_tabs(last.walked_to if last else 0)
    keys = {*_moved_tabs(since), *walked, *_tabs_by_code(tab for _name, tab in failing if tab)}
    totals = QUICK_TOTALS.union(name for name, tab in failing if not tab)
    found = list(invariants.check_tabs(Tab.objects.filter(pk__in=keys)))
    return _record(len(keys), [*found, *invariants.check_ledger_totals(totals.__contains__)], walked_to)


def check_full() -> LedgerCheck:
    """Every tab and every sum. Of an old house it takes minutes."""
    last = LedgerCheck.objects.first()
    found = [*invariants.check_tabs(Tab.objects.all()), *invariants.check_ledger_totals()]
    return _record(Tab.objects.count(), found, last.walked_to if last else 0)


def check_full_in_own_process() -> None:
    """Starts `manage.py ledger_check --record` and does not wait for it: the other jobs go on meanwhile. Its
    row tells that it was done; one that was cut off is begun again the next day."""
    politely = [nice, "-n", "10"] if (nice := shutil.which("nice")) else []
    command = [*politely, sys.executable, str(settings.BASE_DIR / "manage.py"), "ledger_check", "--record"]
    threading.Thread(target=_run, args=(command,), name="maya-ledger-check", daemon=True).start()


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, check=False, capture_output=True, timeout=FULL_CHECK_TIMEOUT_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        logger.warning("the check of the whole ledger did not end: %s", type(error).__name__)
    else:
        logger.info("the check of the whole ledger ended with %s", done.returncode)


def _moved_tabs(since: datetime) -> set[int]:
    moved = Journal.objects.filter(created_at__gte=since).order_by().values_list("tab", flat=True)
    live = Payment.objects.live().order_by().values_list("tab", flat=True)
    pending = (
        Refund.objects.filter(status=Refund.Status.PENDING).order_by().values_list("payment__tab", flat=True)
    )
    return {*moved, *live, *pending}


def _next_tabs(after: int) -> tuple[list[int], int]:
    """The next tabs of the walk, and where it goes on: from the beginning after the last."""
    keys = Tab.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
    found = list(keys[:WALKED_TABS])
    return found, found[-1] if len(found) == WALKED_TABS else 0


def _tabs_by_code(codes: Iterable[str]) -> list[int]:
    return list(Tab.objects.filter(code__in=list(codes)).values_list("pk", flat=True))


@transaction.atomic
def _confirm(found: list[Violation]) -> list[Violation]:
    """What is wrong while nobody moves it: it was read piece by piece while guests ordered, since a
    transaction around it would have made them wait. Locks the tabs' rows."""
    tabs, totals = {one.tab for one in found if one.tab}, {one.invariant for one in found if not one.tab}
    keys = [tab.pk for tab in Tab.objects.select_for_update(no_key=True).filter(code__in=tabs).order_by("pk")]
    again = list(invariants.check_tabs(Tab.objects.filter(pk__in=keys))) if keys else []
    return [*again, *invariants.check_ledger_totals(totals.__contains__)]


def _record(tabs: int, suspected: list[Violation], walked_to: int) -> LedgerCheck:
    """What is wrong stays known until a check finds it right, whether or not it moves."""
    found = _confirm(suspected) if suspected else []
    failing = list(dict.fromkeys(("" if one.tab else one.invariant, one.tab) for one in found))
    LedgerCheck.objects.filter(created_at__lt=timezone.now() - CHECK_RETENTION).delete()
    return LedgerCheck.objects.create(
        tabs_checked=tabs,
        violations=len(found),
        first_violation=str(found[0])[:300] if found else "",
        failing=failing[:MAX_FAILING],
        walked_to=walked_to,
    )
