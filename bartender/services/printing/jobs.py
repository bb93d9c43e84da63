"""Makes papers from their causes. Each is made once for a printer, however often its cause is told."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from bartender.menu.snapshot import current_menu
from bartender.models.menu import Venue
from bartender.models.printers import Printer, PrintJob
from bartender.models.receipts import ReceiptMail
from bartender.models.visits import BAR_SURFACE, OrderLine, Ticket, Visit
from bartender.services.printing import layout
from bartender.services.printing.queue import job_made
from bartender.services.receipts import receipt_context
from bartender.services.responsible_service import total_ethanol_grams, unverified_age_states
from bartender.services.stations import Stations, read_stations
from bartender.signals import printers_changed
from bartender.staff_errors import NoSuchPrinter, NothingToPrint, PaperMovedOn
from maya_site.core.db import after_commit, atomic_with_retry
from maya_site.core.public_urls import build_public_url
from payments.models import Tab

Kind, State = PrintJob.Kind, PrintJob.State


@transaction.atomic
def print_ticket(ticket_id: int) -> int:
    """A paper on each printer that prints drinks of this ticket. Returns how many were made: none for a
    ticket that is held, was undone, or is on paper already."""
    ticket = _lock_ticket(ticket_id)
    if ticket is None or (ticket.undo_until and ticket.undo_until > timezone.now()):
        return 0
    made = 0
    lines, papers, stations = _ticket_lines(ticket), _last_papers(ticket), read_stations()
    for printer in _ticket_printers():
        wanted = _lines_for(printer, lines, stations)
        if layout.count_drinks(wanted) and printer.pk not in papers:
            made += _make_ticket_job(printer, ticket, wanted, f"ticket:{ticket.pk}")
    return made


@transaction.atomic
def print_correction(ticket_id: int) -> int:
    """After drinks were taken off a ticket: a slip on each printer that has it on paper. Where it is not on
    paper yet, the paper is made anew with what is left. Returns how many papers were made."""
    ticket = _lock_ticket(ticket_id)
    if ticket is None:
        return 0
    lines, papers, stations = _ticket_lines(ticket), _last_papers(ticket), read_stations()
    made = 0
    for printer in _ticket_printers():
        if (last := papers.get(printer.pk)) is None:
            continue
        wanted = _lines_for(printer, lines, stations)
        left = layout.count_drinks(wanted)
        gone = layout.subtract_drinks((_drink_count(one) for one in last.drinks), left)
        if not gone:
            continue
        # Each change of the ticket has another number of drinks left, so the key is of one change.
        key = f"ticket:{ticket.pk}:left:{sum(number for *_drink, number in left)}"
        if _withdraw(last):
            made += _make_ticket_job(printer, ticket, wanted, key) if left else 0
            continue
        with override(printer.language):
            content = layout.correction_text(printer, ticket, gone, is_all=not left)
        made += _make_job(
            printer, Kind.CORRECTION, f"{key}:slip", content, ticket=ticket, visit=ticket.visit, drinks=left
        )
    return made


def _withdraw(job: PrintJob) -> bool:
    """Whether the paper had not begun, and now never will."""
    waiting = PrintJob.objects.filter(pk=job.pk, state=State.WAITING, attempts=0, kind=Kind.TICKET)
    return bool(
        waiting.update(state=State.NOT_NEEDED, problem="the order changed", finished_at=timezone.now())
    )


def _lock_ticket(ticket_id: int) -> Ticket | None:
    found = Ticket.objects.select_for_update(of=("self",), no_key=True).filter(pk=ticket_id)
    return found.select_related("visit").first()


def _ticket_lines(ticket: Ticket) -> list[OrderLine]:
    return list(OrderLine.objects.filter(ticket=ticket).select_related("item").order_by("pk"))


def _lines_for(printer: Printer, lines: list[OrderLine], stations: Stations) -> list[OrderLine]:
    categories = [(line, line.item.category_id) for line in lines]
    return [line for line, one in categories if printer.prints_category(one, stations.station_of(one))]


def _ticket_printers() -> list[Printer]:
    wanted = Printer.objects.filter(is_enabled=True).exclude(tickets=Printer.Tickets.NEVER)
    return list(wanted.prefetch_related("categories"))


def _last_papers(ticket: Ticket) -> dict[int, PrintJob]:
    """By printer, what it has of a ticket, or will have: the last paper says what the bar makes."""
    papers = PrintJob.objects.filter(ticket=ticket, copy_of=None).exclude(state=State.NOT_NEEDED)
    return {paper.printer_id: paper for paper in papers.order_by("pk")}


def _drink_count(row: list[Any]) -> layout.DrinkCount:
    name, modifiers, note, number = row
    return name, tuple(modifiers), note, number


def _make_ticket_job(printer: Printer, ticket: Ticket, lines: list[OrderLine], key: str) -> int:
    drinks = layout.count_drinks(lines)
    grams = total_ethanol_grams(lines)
    unverified = unverified_age_states(current_menu().current_limits())
    id_wanted = (grams is None or grams > 0) and ticket.visit.age_state in unverified
    with override(printer.language):
        content = layout.ticket_text(printer, ticket, drinks, id_wanted=id_wanted)
    return _make_job(printer, Kind.TICKET, key, content, ticket=ticket, visit=ticket.visit, drinks=drinks)


def _make_job(printer: Printer, kind: PrintJob.Kind, key: str, content: str, **fields: Any) -> int:
    return int(_get_or_make_job(printer, kind, key, content, **fields)[1])


def _get_or_make_job(
    printer: Printer, kind: PrintJob.Kind, key: str, content: str, **fields: Any
) -> tuple[PrintJob, bool]:
    job, made = PrintJob.objects.get_or_create(
        printer=printer, key=key, defaults={"kind": kind, "content": content, **fields}
    )
    if made:
        job_made(job)
    return job, made


# --- receipts ----------------------------------------------------------------------------------------


def receipt_printers() -> list[Printer]:
    """Those that staff may print receipts on."""
    return list(Printer.objects.filter(is_enabled=True).exclude(receipts=Printer.Receipts.NEVER))


def paper_kind(tab: Tab) -> PrintJob.Kind | None:
    """What a tab is printed as; None for one that has nothing to print."""
    if tab.status == Tab.Status.PAID:
        return Kind.RECEIPT
    return Kind.BILL if tab.status in Tab.UNSETTLED_STATUSES and tab.units else None


def print_choices(tab: Tab) -> list[tuple[str, str]]:
    """For buttons: a value that says which printer, and how many papers of the tab there were, so that two
    presses make one; and the printer's name."""
    printers = receipt_printers() if paper_kind(tab) else []
    number = PrintJob.objects.filter(tab=tab).count() if printers else 0
    return [(f"{printer.pk}:{number}", printer.name) for printer in printers]


def print_chosen(tab: Tab, choice: str, person: User) -> PrintJob:
    """What a button of `print_choices` asks for. Raises NoSuchPrinter and NothingToPrint."""
    number, _separator, shown = choice.partition(":")
    printer = next((one for one in receipt_printers() if str(one.pk) == number), None)
    if printer is None:
        raise NoSuchPrinter
    return print_receipt(tab, printer, f"tab:{tab.pk}:pressed:{shown[:10]}", person)[0]


def print_paid_receipt(tab_id: int) -> int:
    """After a payment at the bar, on each printer that prints receipts by itself. Returns how many."""
    tab = Tab.objects.filter(pk=tab_id, status=Tab.Status.PAID).first()
    printers = Printer.objects.filter(is_enabled=True, receipts=Printer.Receipts.AFTER_PAYMENT)
    if tab is None:
        return 0
    return sum(print_receipt(tab, printer, f"receipt:{tab.pk}")[1] for printer in printers)


@atomic_with_retry
def print_receipt(tab: Tab, printer: Printer, key: str, person: User | None = None) -> tuple[PrintJob, bool]:
    """The receipt of a paid tab, or the bill of an open one; with whether it is new. All receipts of a tab
    but the first are copies and say so. Raises NothingToPrint for a tab that has neither."""
    # Two papers at once would both be the original.
    tab = Tab.objects.select_for_update(no_key=True).get(pk=tab.pk)
    if found := PrintJob.objects.filter(printer=printer, key=key).first():
        return found, False
    if (kind := paper_kind(tab)) is None:
        raise NothingToPrint
    is_paid = kind == Kind.RECEIPT
    visit = Visit.objects.filter(code=tab.visit_code).first()
    language = visit.language if visit and visit.surface != BAR_SURFACE else printer.language
    context = receipt_context(tab, is_copy=is_paid and _is_printed(tab)) | {"venue": Venue.current()}
    with override(language):
        template = "bartender/receipt.txt" if is_paid else "bartender/bill.txt"
        content = layout.receipt_text(printer, template, context)
    return _get_or_make_job(printer, kind, key, content, tab=tab, visit=visit, requested_by=person)


def _is_printed(tab: Tab) -> bool:
    printed = PrintJob.objects.filter(tab=tab, kind=Kind.RECEIPT)
    mailed = ReceiptMail.objects.filter(tab=tab, sent_at__isnull=False)
    return printed.exclude(state=State.NOT_NEEDED).exists() or mailed.exists()


# --- what staff ask for ------------------------------------------------------------------------------


def print_test_page(printer: Printer, key: str, person: User) -> PrintJob:
    """The same `key` is one page."""
    address = (
        build_public_url("/") if printer.kind == Printer.Kind.CLOUDPRNT else f"{printer.host}:{printer.port}"
    )
    with override(printer.language):
        content = layout.sample_text(printer, address)
    return _get_or_make_job(printer, Kind.TEST, f"test:{key}"[:160], content, requested_by=person)[0]


@atomic_with_retry
def print_again(job: PrintJob, person: User, shown_copies: int) -> PrintJob:
    """A copy that says it is one. Whoever was not sure whether the first came out need not look any more.

    `shown_copies` is how many there were on the page, so two presses make one. Raises PaperMovedOn.
    """
    now = PrintJob.objects.select_for_update(of=("self",)).select_related("printer").get(pk=job.pk)
    if now.state in (State.WAITING, State.SENDING):
        raise PaperMovedOn(now.get_state_display())
    if found := now.copies.filter(key=f"again:{now.pk}:{shown_copies}").first():
        return found
    if now.state == State.UNSURE:
        _resolve(now, State.REPLACED, f"printed again for {person.get_username()}")
    with override(now.printer.language):
        content = now.content if now.copy_of_id else layout.copy_text(now)
    return _get_or_make_job(
        now.printer,
        Kind(now.kind),
        f"again:{now.pk}:{shown_copies}",
        content,
        copy_of=now,
        ticket=now.ticket,
        tab=now.tab,
        visit=now.visit,
        drinks=now.drinks,
        requested_by=person,
    )[0]


@atomic_with_retry
def confirm_printed(job: PrintJob, person: User) -> PrintJob:
    """A person has looked: the paper is there. Raises PaperMovedOn."""
    now = PrintJob.objects.select_for_update(of=("self",)).select_related("printer").get(pk=job.pk)
    if now.state != State.UNSURE:
        raise PaperMovedOn(now.get_state_display())
    return _resolve(now, State.PRINTED, f"{person.get_username()} has seen it")


def _resolve(job: PrintJob, state: PrintJob.State, words: str) -> PrintJob:
    job.state, job.problem, job.finished_at = state, words[:160], timezone.now()
    job.save(update_fields=["state", "problem", "finished_at"])
    after_commit(lambda: printers_changed.send_robust(sender=PrintJob))
    return job
