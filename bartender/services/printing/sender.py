"""Brings waiting papers to a network printer, one after the other, by one sender at a time."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import override

from bartender.models.printers import Printer, PrintJob
from bartender.services.printing import layout, queue
from bartender.services.printing.commands import encode_escpos
from bartender.services.printing.network import Delivery, Outcome, send_paper

State = PrintJob.State
MAX_PAPERS = 10


def send_jobs(printer_id: int) -> int:
    """Sends what waits, until the printer cannot go on. Returns how many papers came out. Call it outside a
    transaction: a printer may take its time."""
    printer = queue.take_lease(printer_id)
    if printer is None:
        queue.retry_if_busy(printer_id)
        return 0
    try:
        done = _send_in_order(printer)
    finally:
        queue.return_lease(printer)
    if done == MAX_PAPERS:
        queue.send_the_rest(printer)
    return done


def _send_in_order(printer: Printer) -> int:
    for number in range(MAX_PAPERS):
        job = queue.next_job(printer, timezone.now())
        if job is None or not queue.renew_lease(printer):
            return number
        if not _send(printer, job):
            queue.retry_later(job)
            return number
    return MAX_PAPERS


def _send(printer: Printer, job: PrintJob) -> bool:
    """Whether it came out, as far as the printer says."""
    delivery = send_paper(
        printer.host,
        printer.port,
        paper_bytes(job),
        answers_status=printer.answers_status,
        before_printing=lambda: queue.start_sending(job, printer.lease),
    )
    _record(printer, job, delivery)
    return delivery.outcome in (Outcome.PRINTED, Outcome.TAKEN)


def paper_bytes(job: PrintJob) -> bytes:
    return encode_escpos(printed_lines(job))


def printed_lines(job: PrintJob) -> list[tuple[str, bool]]:
    """A paper that was begun before says so above."""
    if not job.attempts:
        return job.lines
    with override(job.printer.language):
        head = PrintJob(content=layout.repeat_text(job.printer))
    return head.lines + job.lines


def _record(printer: Printer, job: PrintJob, delivery: Delivery) -> None:
    queue.note_state(printer, delivery.problem, is_seen=delivery.is_reached)
    match delivery.outcome:
        case Outcome.PRINTED:
            queue.finish(job, State.PRINTED)
        case Outcome.TAKEN:
            queue.finish(job, State.TAKEN)
        case Outcome.UNSURE:
            queue.finish(job, State.UNSURE, f"sent, and then: {delivery.problem}")
        case Outcome.NOT_SENT:
            pass  # it waits as before
