"""The papers that wait for a printer, in order, and how each moves on. One at a time is on its way.

waiting > sending > printed, or taken by a printer that cannot say more. A paper goes back to waiting only
where the printer itself says that it did not come out, or nothing was sent yet. Where nobody knows, it is
unsure and a person looks: it is never printed twice in silence.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Min, Q
from django.utils import timezone

from bartender.models.printers import BoardSighting, Printer, PrintJob, PrintJobQuerySet
from bartender.models.visits import Ticket
from bartender.signals import printers_changed
from maya_site.core.db import after_commit, literally_in
from maya_site.tasks.enqueue import enqueue

Kind, State = PrintJob.Kind, PrintJob.State
SEND_TASK = "send_print_jobs"
MAX_ATTEMPTS = 5
LEASE_DURATION = timedelta(seconds=90)
RETRY_SECONDS = 10
RETRIES_END_AFTER = timedelta(minutes=2)
PROBLEM_AFTER = timedelta(seconds=60)
MAX_UNSURE_SHOWN = 12
# What a display shows as well, where the printer goes by it.
HELD_FOR_DISPLAY = Q(kind=Kind.TICKET, copy_of=None, attempts=0)


def job_made(job: PrintJob) -> None:
    """Wakes whoever sends to the printer. A CloudPRNT printer asks by itself."""
    after_commit(announce)
    printer = job.printer
    if printer.kind != Printer.Kind.ESCPOS:
        return
    enqueue(SEND_TASK, f"print.send:{job.pk}", printer=printer.pk)
    if printer.tickets == Printer.Tickets.AWAY and job.kind == Kind.TICKET:
        wait = timedelta(seconds=printer.away_seconds + 1)
        enqueue(SEND_TASK, f"print.send:{job.pk}:away", after=wait, printer=printer.pk)


def retry_later(job: PrintJob) -> None:
    """Asks its printer again in a moment; a printer that is away for longer is asked by the periodic task."""
    if timezone.now() - job.made_at < RETRIES_END_AFTER:
        _retry(job.printer_id)


def retry_if_busy(printer_id: int) -> None:
    """Another sender is at it, and may have looked for papers a moment too early."""
    if Printer.objects.filter(pk=printer_id, is_enabled=True, leased_until__gt=timezone.now()).exists():
        _retry(printer_id)


def _retry(printer_id: int) -> None:
    """Who asks for the same seconds asks once."""
    after = timedelta(seconds=RETRY_SECONDS)
    slot = int((timezone.now() + after).timestamp()) // RETRY_SECONDS
    enqueue(SEND_TASK, f"print.retry:{printer_id}:{slot}", after=after, printer=printer_id)


def send_the_rest(printer: Printer) -> None:
    """After a round, whose lease was returned: other tasks have had their turn."""
    enqueue(SEND_TASK, f"print.rest:{printer.lease}", printer=printer.pk)


def announce() -> None:
    printers_changed.send_robust(sender=Printer)


# --- which paper is next -----------------------------------------------------------------------------


def next_job(printer: Printer, now: datetime) -> PrintJob | None:
    """The oldest that waits. Where a display shows the tickets, they wait for it to be away; what somebody
    moved on there needs no paper any more."""
    waiting = _unfinished(printer).filter(state=State.WAITING)
    if printer.tickets == Printer.Tickets.AWAY:
        seen = waiting.filter(HELD_FOR_DISPLAY).exclude(ticket__status=Ticket.Status.NEW)
        seen.update(state=State.NOT_NEEDED, problem="the display had it", finished_at=now)
        if is_display_open(printer, BoardSighting.objects.first(), now):
            waiting = waiting.exclude(HELD_FOR_DISPLAY)
    return waiting.select_related("printer").order_by("pk").first()


def is_display_open(printer: Printer, sighting: BoardSighting | None, now: datetime) -> bool:
    """By the time that the printer gives a display to be away."""
    return sighting is not None and not sighting.is_older_than(printer.away_seconds, now)


def record_display_seen() -> None:
    """A bar display is open somewhere. Nothing is written where no printer goes by it."""
    if Printer.objects.filter(is_enabled=True, tickets=Printer.Tickets.AWAY).exists():
        BoardSighting.objects.update_or_create(pk=1, defaults={"seen_at": timezone.now()})


def _unfinished(printer: Printer) -> PrintJobQuerySet:
    return PrintJob.objects.filter(literally_in("state", PrintJob.UNFINISHED), printer=printer)


def sending_job(printer: Printer) -> PrintJob | None:
    return _unfinished(printer).filter(state=State.SENDING).select_related("printer").order_by("pk").first()


# --- how a paper moves on. Each is one conditional update, so of two at once one moves it --------------


def start_sending(job: PrintJob, lease: uuid.UUID | None = None) -> bool:
    """From here on a part of it may be on paper. False if somebody else moved it, or the printer's lease is
    no longer ours."""
    waiting = PrintJob.objects.filter(pk=job.pk, state=State.WAITING)
    if lease is not None:
        waiting = waiting.filter(printer__lease=lease)
    now = timezone.now()
    moved = waiting.update(state=State.SENDING, attempts=F("attempts") + 1, sent_at=now, problem="")
    if moved:
        job.state, job.attempts, job.sent_at = State.SENDING, job.attempts + 1, now
    return bool(moved)


def finish(job: PrintJob, state: PrintJob.State, problem: str = "") -> bool:
    """Also a paper that was unsure may turn out to be printed. Returns whether it moved."""
    begun = [State.SENDING, State.UNSURE] if state == State.PRINTED else [State.SENDING]
    found = PrintJob.objects.filter(pk=job.pk, state__in=begun)
    moved = found.update(state=state, problem=problem[:160], finished_at=timezone.now())
    after_commit(announce)
    return bool(moved)


def back_to_waiting(job: PrintJob, problem: str) -> None:
    """The printer itself says that it did not come out; the next try says so on the paper. After some tries a
    person decides."""
    if job.attempts >= MAX_ATTEMPTS:
        finish(job, State.UNSURE, f"tried {job.attempts} times: {problem}")
        return
    PrintJob.objects.filter(pk=job.pk, state=State.SENDING).update(state=State.WAITING, problem=problem[:160])
    after_commit(announce)


# --- how a printer is --------------------------------------------------------------------------------


def note_state(printer: Printer, problem: str, *, is_seen: bool = True) -> None:
    """`problem` in words, "" where it can print. `is_seen`: it was heard of."""
    now = timezone.now()
    changes: dict[str, object] = {"last_seen_at": now} if is_seen else {}
    if problem[:120] != printer.problem:
        changes |= {"problem": problem[:120], "problem_since": now if problem else None}
        after_commit(announce)
    if changes:
        Printer.objects.filter(pk=printer.pk).update(**changes)
        for name, value in changes.items():
            setattr(printer, name, value)


def take_lease(printer_id: int) -> Printer | None:
    """The printer, for one sender alone; None while another one has it. A sender that died holds it until its
    lease is over, and what it was sending is unsure then."""
    now, lease = timezone.now(), uuid.uuid4()
    free = Printer.objects.filter(pk=printer_id, is_enabled=True, kind=Printer.Kind.ESCPOS)
    free = free.filter(Q(leased_until=None) | Q(leased_until__lte=now))
    if not free.update(lease=lease, leased_until=now + LEASE_DURATION):
        return None
    printer = Printer.objects.get(pk=printer_id)
    while (orphan := sending_job(printer)) is not None:
        finish(orphan, State.UNSURE, "the bar stopped while it was being printed")
    return printer


def renew_lease(printer: Printer) -> bool:
    held = Printer.objects.filter(pk=printer.pk, lease=printer.lease, is_enabled=True)
    return bool(held.update(leased_until=timezone.now() + LEASE_DURATION))


def return_lease(printer: Printer) -> None:
    Printer.objects.filter(pk=printer.pk, lease=printer.lease).update(lease=None, leased_until=None)


@dataclass(frozen=True)
class PrinterSign:
    """What staff are to know of a printer, in one sentence."""

    name: str
    words: str


def printer_signs(now: datetime) -> list[PrinterSign]:
    """Of each printer that needs a person: it is away or stopped while papers have waited for a minute, or
    somebody must look whether a paper came out."""
    printers = list(Printer.objects.filter(is_enabled=True))
    if not printers:
        return []
    rows = PrintJob.objects.filter(literally_in("state", PrintJob.UNFINISHED)).order_by()
    waiting = Q(state=State.WAITING)
    counted = rows.values("printer").annotate(
        waiting=Count("pk", filter=waiting),
        oldest=Min("made_at", filter=waiting),
        waiting_anyway=Count("pk", filter=waiting & ~HELD_FOR_DISPLAY),
        oldest_anyway=Min("made_at", filter=waiting & ~HELD_FOR_DISPLAY),
        unsure=Count("pk", filter=Q(state=State.UNSURE)),
    )
    by_printer = {row["printer"]: row for row in counted}
    sighting, signs = BoardSighting.objects.first() if by_printer else None, []
    for printer in printers:
        row = by_printer.get(printer.pk)
        if row is None:
            continue
        is_held = printer.tickets == Printer.Tickets.AWAY and is_display_open(printer, sighting, now)
        waits = (row["waiting_anyway"], row["oldest_anyway"]) if is_held else (row["waiting"], row["oldest"])
        if words := _sign_words(printer, *waits, row["unsure"], now):
            signs.append(PrinterSign(printer.name, words))
    return signs


def _sign_words(printer: Printer, waiting: int, oldest: datetime | None, unsure: int, now: datetime) -> str:
    found = []
    if waiting and oldest and now - oldest > PROBLEM_AFTER:
        last = printer.last_seen_at
        is_away = last is None or now - last > PROBLEM_AFTER
        why = printer.problem or ("does not answer" if is_away else "is slow")
        found.append(f"{why}, {waiting} {'papers wait' if waiting > 1 else 'paper waits'}")
    if unsure:
        found.append(f"{unsure} may not be printed: look at the printer")
    return "; ".join(found)


def unsure_jobs() -> list[PrintJob]:
    """Oldest first; what is beyond the first ones is counted by the sign."""
    rows = PrintJob.objects.filter(literally_in("state", PrintJob.UNFINISHED), state=State.UNSURE)
    return list(rows.select_related("printer", "visit").order_by("pk")[:MAX_UNSURE_SHOWN])


def printers_with_work() -> list[int]:
    """Network printers for which something waits or was on its way when a sender died."""
    rows = PrintJob.objects.filter(literally_in("state", PrintJob.UNFINISHED)).exclude(state=State.UNSURE)
    rows = rows.filter(printer__kind=Printer.Kind.ESCPOS, printer__is_enabled=True)
    return list(rows.order_by().values_list("printer", flat=True).distinct())


def delete_old_jobs(since: datetime) -> int:
    rows, _by_model = PrintJob.objects.filter(made_at__lt=since).delete()
    return rows
