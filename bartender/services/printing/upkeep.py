"""What is done for the printers by the clock."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from bartender.models.menu import Venue
from bartender.models.printers import Printer, PrintJob
from bartender.services.printing import queue, sender
from maya_site.core.db import literally_in

State = PrintJob.State
FORGOTTEN_AFTER = timedelta(minutes=2)


def watch_printers() -> int:
    """Sends what still waits for network printers, and marks as unsure what a CloudPRNT printer fetched and
    never came back for. Returns how many papers came out."""
    done = sum(sender.send_jobs(printer) for printer in queue.printers_with_work())
    _mark_forgotten()
    if queue.printer_signs(timezone.now()):
        queue.announce()  # how long a paper has waited is by the clock, which sends no notice
    return done


@transaction.atomic
def _mark_forgotten() -> None:
    since = timezone.now() - FORGOTTEN_AFTER
    sending = PrintJob.objects.filter(literally_in("state", PrintJob.UNFINISHED), state=State.SENDING)
    for job in sending.filter(
        printer__kind=Printer.Kind.CLOUDPRNT, sent_at__lt=since
    ):  # one for each printer
        queue.finish(job, State.UNSURE, "the printer fetched it and never came back")


def delete_old_papers() -> int:
    """After the days that the venue keeps what guests said."""
    days = Venue.current().retention_days
    return queue.delete_old_jobs(timezone.now() - timedelta(days=days))
