"""What the till does by itself. Each is a nudge over what the database says, and may run twice."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from maya_site.jobs.registry import job, periodic
from payments import attempts, audit, checkout, polling, reconcile, refunds
from payments.models import LedgerCheck, Tab
from payments.webhooks import inbox

# The whole book is looked over by `ledger_check`; in between, whatever may have moved.
RECENT = timedelta(days=2)
KEPT = timedelta(days=7)


@job(attempts.LOOK)
def look_at_payment(payment: str) -> str:
    return polling.look_again(payment)


@job(attempts.END_ORPHAN)
def end_orphan(payment: str) -> str:
    return polling.end_orphan(payment)


@job(attempts.CLOSE_LINK)
def close_link(payment: str) -> str:
    return polling.close_link(payment)


@job(inbox.HEAR)
def hear_event(event: str) -> str:
    return inbox.hear(event)


@periodic("expire_payments", every=60)
def expire_payments() -> int:
    """Attempts past their time end, and their tabs are open again."""
    return checkout.expire_overdue()


@periodic("sweep_payments", every=60)
def sweep_payments() -> int:
    """Events that wait for their till, and attempts that nobody looked at."""
    return inbox.sweep() + polling.sweep()


@periodic("reconcile_payments", every=24 * 3600)
def reconcile_payments() -> int:
    """The day against every real till."""
    return len(reconcile.the_day())


@periodic("forget_event_bodies", every=24 * 3600)
def forget_event_bodies() -> int:
    return inbox.forget_bodies()


@periodic("pursue_refunds", every=60)
def pursue_refunds() -> int:
    """Refunds whose till has not given its word yet: looked up, or asked for again under the same key."""
    return refunds.pursue_all()


@periodic("check_ledger", every=300)
def check_ledger() -> int:
    """The invariants over recent tabs and the whole book's sums, for the monitors."""
    since = timezone.now() - RECENT
    moved = Tab.objects.filter(pk__in=Tab.objects.filter(journals__at__gte=since).values("pk"))
    with transaction.atomic():
        tabs = moved.count()
        found = [*audit.check_tabs(moved), *audit.check_book()]
    first = str(found[0])[:300] if found else ""
    LedgerCheck.objects.create(tabs=tabs, violations=len(found), first=first)
    LedgerCheck.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return len(found)
