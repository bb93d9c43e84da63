"""What a CloudPRNT printer is told. It polls with its status, fetches a paper, and confirms it.

The printer confirms before it polls again, and repeats a confirmation that was not answered. So one that
polls idle, and has not confirmed what it fetched, may have lost its power in between: nobody knows, and a
person looks. A paper that the printer reports as failed waits again, and says so above.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from bartender.models.printers import Printer, PrintJob
from bartender.services.printing import queue
from bartender.services.printing.commands import MEDIA_TYPES, STAR_TYPES, encode_star, encode_text
from bartender.services.printing.sender import printed_lines
from maya_site.core.db import atomic_with_retry

State = PrintJob.State
CONFIRMED_WITHIN = timedelta(seconds=30)
# By the first digits of the printer's code, the longest first; its own words differ from printer to printer.
PROBLEMS = {
    "410": "has no paper",
    "411": "paper is jammed",
    "41": "has trouble with its paper",
    "42": "its cover is open",
    "4": "has an error: look at it",
    "5": "could not use what it was sent",
}
UNREADABLE = "51"


@dataclass(frozen=True)
class PrinterReport:
    """What a poll says. `code` begins with 2 for a printer that can print."""

    code: str
    is_printing: bool = False

    @property
    def problem(self) -> str:
        return describe_code(self.code)


def describe_code(code: str) -> str:
    """In words; "" for a printer that can print."""
    if code.startswith(("2", "OK")):
        return ""
    found = [words for begin, words in PROBLEMS.items() if code.startswith(begin)]
    return found[0] if found else "says something unknown"


@atomic_with_retry
def poll(printer: Printer, report: PrinterReport) -> PrintJob | None:
    """The paper that the printer is to fetch now, if there is one."""
    Printer.objects.select_for_update(no_key=True).get(pk=printer.pk)  # one poll after the other
    now, problem = timezone.now(), report.problem
    queue.note_state(printer, problem)
    if (job := queue.sending_job(printer)) is not None:
        if problem:
            queue.back_to_waiting(job, problem)
        elif not report.is_printing and job.sent_at and now - job.sent_at > CONFIRMED_WITHIN:
            queue.finish(job, State.UNSURE, "the printer fetched it and never said that it is printed")
        else:
            return None
    return None if problem or report.is_printing else queue.next_job(printer, now)


@atomic_with_retry
def fetch(printer: Printer, token: str, media_type: str, *, in_utf8: bool) -> bytes | None:
    """The paper's bytes; None where there is nothing of that name to fetch. A printer that asks again while
    it is on its way gets the same: it asks twice where the first answer broke off."""
    job = _job(printer, token)
    if job is None or (job.state == State.WAITING and queue.sending_job(printer) is not None):
        return None
    lines = printed_lines(job) if job.state == State.WAITING else _lines_on_the_way(job)
    if job.state == State.WAITING and not queue.start_sending(job):
        return None
    if media_type in STAR_TYPES:
        return encode_star(lines)
    return encode_text(lines, in_utf8=in_utf8)


def is_known_type(media_type: str) -> bool:
    return media_type in MEDIA_TYPES


@atomic_with_retry
def confirm(printer: Printer, token: str, code: str) -> None:
    """The printer is done with a paper, or could not print it. Repeated, it changes nothing."""
    job = PrintJob.objects.filter(printer=printer, code=token).select_related("printer").first()
    job = job if token else queue.sending_job(printer)
    if job is None:
        return
    problem = describe_code(code)
    if not problem:
        queue.finish(job, State.PRINTED)
    elif code.startswith(UNREADABLE):
        queue.finish(job, State.UNSURE, f"{problem} ({code[:3]})")
    elif job.state == State.SENDING:
        queue.back_to_waiting(job, problem)


def _job(printer: Printer, token: str) -> PrintJob | None:
    """By its token; old firmware names none, and means what it was offered."""
    if token:
        rows = PrintJob.objects.filter(printer=printer, code=token, state__in=[State.WAITING, State.SENDING])
        return rows.select_related("printer").first()
    return queue.sending_job(printer) or queue.next_job(printer, timezone.now())


def _lines_on_the_way(job: PrintJob) -> list[tuple[str, bool]]:
    """As they were at the first request of this attempt."""
    job.attempts -= 1
    return printed_lines(job)
