"""What the bar does by itself. The jobs app finds this module; each job may run twice and must bear it."""

from bartender.models.receipts import ReceiptMail
from bartender.privacy import retention
from bartender.services import receipts, returning_guests, visits
from maya_site.tasks.registry import periodic_task, task


@periodic_task("expire_visits", interval_seconds=60)
def expire_visits() -> dict[str, int]:
    return visits.expire_visits()


@periodic_task("forget_old_guests", interval_seconds=24 * 3600)
def delete_expired_guest_data() -> dict[str, int]:
    return returning_guests.delete_expired_guest_data()


@periodic_task("purge_visits", interval_seconds=600)
def purge_visits() -> dict[str, int]:
    """Visits that nobody used, those whose guest asked to be forgotten, those whose days are over."""
    return retention.purge_visits()


@task(receipts.MAIL_TASK)
def mail_receipt(mail: int) -> bool:
    """A guest who was forgotten meanwhile gets none."""
    row = ReceiptMail.objects.select_related("tab").filter(pk=mail).first()
    return row is not None and receipts.send_receipt_mail(row)


@periodic_task("forget_addresses", interval_seconds=3600)
def delete_unsent_addresses() -> int:
    """Addresses of receipts that could not be mailed for a day."""
    return receipts.delete_unsent_addresses()
