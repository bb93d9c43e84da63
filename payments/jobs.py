"""What the till does by itself. Each is a nudge over what the database says, and may run twice."""

from maya_site.jobs.registry import job, periodic
from payments import attempts, checkout, polling, reconcile
from payments.webhooks import inbox


@job(attempts.LOOK)
def look_at_payment(payment: str) -> str:
    return polling.look_again(payment)


@job(attempts.END_ORPHAN)
def end_orphan(payment: str) -> str:
    return polling.end_orphan(payment)


@job(attempts.CLOSE_LINK)
def close_link(payment: str) -> str:
    return polling.close_link(payment)


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
