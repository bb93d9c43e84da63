"""The bar's background tasks, found here by `maya_site.tasks`. Each may run twice and must be idempotent."""

from bartender.models.bar_state import NightLetter
from bartender.models.receipts import ReceiptMail
from bartender.privacy import retention
from bartender.services import night_letter, print_requests, receipts, returning_guests, tickets, visits
from bartender.services.printing import jobs as print_jobs
from bartender.services.printing import queue as print_queue
from bartender.services.printing import sender as print_sender
from bartender.services.printing import upkeep as print_upkeep
from maya_site.tasks.registry import periodic_task, task


@periodic_task("expire_visits", interval_seconds=60)
def expire_visits() -> dict[str, int]:
    return visits.expire_visits()


@periodic_task("forget_old_guests", interval_seconds=24 * 3600)
def delete_expired_guest_data() -> dict[str, int]:
    return returning_guests.delete_expired_guest_data()


@periodic_task("purge_visits", interval_seconds=600)
def purge_visits() -> dict[str, int]:
    """Erases visits that were never used, those whose guest asked for it, and those past retention."""
    return retention.purge_visits()


@task(receipts.MAIL_TASK)
def mail_receipt(mail: int) -> bool:
    """Returns False, and sends nothing, if the guest was erased meanwhile."""
    row = ReceiptMail.objects.select_related("tab").filter(pk=mail).first()
    return row is not None and receipts.send_receipt_mail(row)


@task(tickets.ORDER_SENT_TASK)
def record_order_sent(ticket: int) -> bool:
    return tickets.record_order_sent(ticket)


@task(night_letter.MAIL_TASK)
def mail_night_letter(letter: int) -> bool:
    return night_letter.send_night_letter(NightLetter.objects.select_related("report").get(pk=letter))


@periodic_task("forget_addresses", interval_seconds=3600)
def delete_unsent_addresses() -> int:
    """Erases the addresses of receipts that could not be sent for a day."""
    return receipts.delete_unsent_addresses()


@task(print_requests.TICKET_TASK)
def print_ticket(ticket: int) -> int:
    return print_jobs.print_ticket(ticket)


@task(print_requests.CORRECTION_TASK)
def print_correction(ticket: int) -> int:
    return print_jobs.print_correction(ticket)


@task(print_requests.RECEIPT_TASK)
def print_receipt(tab: int) -> int:
    return print_jobs.print_paid_receipt(tab)


@task(print_queue.SEND_TASK)
def send_print_jobs(printer: int) -> int:
    return print_sender.send_jobs(printer)


@periodic_task("watch_printers", interval_seconds=60)
def watch_printers() -> int:
    """Goes on with papers whose printer was away, and notices those that nobody finished."""
    return print_upkeep.watch_printers()


@periodic_task("delete_old_papers", interval_seconds=24 * 3600)
def delete_old_papers() -> int:
    return print_upkeep.delete_old_papers()
