"""What the till does by itself. Each is a nudge over what the database says, and may run twice."""

from maya_site.tasks.registry import periodic_task, task
from payments import attempts, checkout, event_polling, ledger_checks, payment_polling, reconcile, refunds
from payments.webhooks import inbox


@task(attempts.CHECK_PAYMENT_TASK)
def check_payment(payment: str) -> str:
    return payment_polling.check_payment(payment)


@task(attempts.CANCEL_ORPHANED_LINK_TASK)
def cancel_orphaned_link(payment: str) -> str:
    return payment_polling.cancel_orphaned_link(payment)


@task(attempts.CLOSE_LINK_TASK)
def close_link(payment: str) -> str:
    return payment_polling.close_link(payment)


@task(inbox.PROCESS_EVENT_TASK)
def process_event(event: str) -> str:
    return inbox.process_event(event)


@periodic_task("expire_payments", interval_seconds=60)
def expire_overdue_payments() -> int:
    """Attempts past their time end, and their tabs are open again."""
    return checkout.expire_overdue_payments()


@periodic_task("sweep_payments", interval_seconds=60)
def sweep_payments() -> int:
    """Events that wait for their till, and attempts that nobody looked at."""
    return inbox.process_pending_events() + payment_polling.sweep_payments()


@periodic_task("listen_to_tills", interval_seconds=60)
def poll_provider_events() -> int:
    """What others did to money at a till, where no event came of it."""
    return event_polling.poll_events()


@periodic_task("reconcile_payments", interval_seconds=24 * 3600)
def reconcile_payments() -> int:
    """The day against every real till."""
    return len(reconcile.compare_last_day())


@periodic_task("forget_event_bodies", interval_seconds=24 * 3600)
def erase_old_event_bodies() -> int:
    return inbox.erase_old_bodies()


@periodic_task("pursue_refunds", interval_seconds=60)
def process_pending_refunds() -> int:
    """Refunds whose till has not given its word yet: looked up, or asked for again under the same key."""
    return refunds.process_pending_refunds()


@periodic_task("check_ledger", interval_seconds=300)
def check_ledger() -> int:
    """The invariants over what moved and a part of the rest, for the monitors."""
    return ledger_checks.check_recent().violations


@periodic_task("check_full_ledger", interval_seconds=24 * 3600)
def check_full_ledger() -> None:
    """All tabs and all sums, once a day in a process of its own."""
    ledger_checks.check_full_in_own_process()
