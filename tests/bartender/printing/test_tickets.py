"""What the bar must make is on paper once, where it is made, with all that whoever makes it must know."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from bartender.models.printers import Printer, PrintJob
from bartender.models.stations import Station
from bartender.models.visits import Ticket, Visit
from bartender.services import corrections, orders, responsible_service, tab_moves, tickets
from bartender.services.printing import jobs
from maya_site.tasks.models import Task
from tests.bartender.printing.orders_on_paper import (
    by_staff,
    papers,
    print_tasks,
    run_tasks,
    send,
    tab_of,
    take_off,
)
from tests.bartender.staff_fixtures import create_staff_user
from tests.guest_fixtures import make_context
from tests.payments.concurrency import run_concurrently

pytestmark = pytest.mark.django_db


def content(**wanted):
    return PrintJob.objects.filter(**wanted).latest("pk").text


def test_a_ticket_says_who_where_what_and_how(star, ada):
    ada.guest_name, ada.place, ada.age_state = "Ada", "Terrace 4", "declared"
    ada.save()
    send(ada, "Old Fashioned", note="no orange", modifiers=["on the rocks"])
    run_tasks()

    lines = content().split("\n")
    assert lines[0] == "Ada"
    assert lines[1] == "Terrace 4"
    assert lines[2].startswith(f"Ticket {Ticket.objects.get().pk}, ")
    assert "1 x Old Fashioned" in lines
    assert "   on the rocks" in lines
    assert "   > no orange" in lines
    assert "Look at the ID" in lines  # nobody has seen one


def test_allergies_and_a_guest_without_alcohol_are_in_words(star, ada):
    responsible_service.record_age_check(ada, create_staff_user("sam"), is_of_age=False)
    ada.refresh_from_db()
    ada.allergies = ["nuts", "milk"]
    ada.save()
    send(ada, "Lemonade")
    run_tasks()

    assert "Allergy: nuts," in content()  # big letters, so the line is broken
    assert "No alcohol for this" in content()
    assert "Look at the ID" not in content()


def test_each_printer_prints_the_drinks_of_its_categories(star, pos, beers, ada):
    pos.categories.add(beers)
    send(ada, "Negroni", "IPA")
    run_tasks()
    send(ada, "Negroni")
    run_tasks()

    assert papers(printer=star) == [
        ("ticket", "waiting", ["1 x Negroni", "1 x IPA"]),
        ("ticket", "waiting", ["1 x Negroni"]),
    ]
    assert [drinks for _kind, _state, drinks in papers(printer=pos)] == [["1 x IPA"]]


def test_a_printer_of_a_station_prints_what_is_made_there(star, pos, beers, ada):
    cocktails, taps = (
        Station.objects.create(name="Cocktails"),
        Station.objects.create(name="Taps", position=1),
    )
    taps.categories.add(beers)
    Printer.objects.filter(pk=star.pk).update(station=cocktails)
    Printer.objects.filter(pk=pos.pk).update(station=taps)
    send(ada, "Negroni", "IPA")
    run_tasks()

    assert papers(printer=star) == [
        ("ticket", "waiting", ["1 x Negroni"])
    ]  # what no station has: at the first
    assert [drinks for _kind, _state, drinks in papers(printer=pos)] == [["1 x IPA"]]


def test_without_a_printer_nothing_is_written(ada):
    ticket = send(ada, "Negroni", "IPA")
    take_off(ticket, "IPA")

    assert print_tasks() == []
    assert not PrintJob.objects.exists()


def test_a_printer_that_is_not_in_use_or_prints_no_tickets_gets_none(star, ada):
    Printer.objects.update(is_enabled=False)
    send(ada)
    Printer.objects.update(is_enabled=True, tickets="never")
    send(ada)
    run_tasks()

    assert print_tasks() == []


def test_what_a_guest_undoes_in_time_is_never_printed(star, ada, settings):
    settings.HOLD_SECONDS = 20
    orders.add_line(ada, "Negroni", 1, [], make_context())
    tickets.fire_ticket(ada, make_context())
    run_tasks()
    assert papers() == []

    orders.undo_last_line(ada, make_context())
    the_hold_is_over()
    run_tasks()
    assert papers() == []


def the_hold_is_over():
    past = timezone.now() - timedelta(minutes=1)
    Ticket.objects.exclude(undo_until=None).update(undo_until=past)
    Task.objects.filter(state="waiting").update(available_at=past)


def test_a_held_ticket_is_printed_when_the_hold_is_over(star, ada, settings):
    settings.HOLD_SECONDS = 20
    orders.add_line(ada, "Negroni", 1, [], make_context())
    tickets.fire_ticket(ada, make_context())
    run_tasks()
    the_hold_is_over()
    run_tasks()

    assert papers() == [("ticket", "waiting", ["1 x Negroni"])]


def test_a_ticket_that_is_released_early_is_printed_at_once_and_once(star, ada, settings):
    settings.HOLD_SECONDS = 20
    orders.add_line(ada, "Negroni", 1, [], make_context())
    tickets.fire_ticket(ada, make_context())
    tickets.fire_ticket(ada, make_context())  # pressed again: send it now
    run_tasks()
    assert papers() == [("ticket", "waiting", ["1 x Negroni"])]

    the_hold_is_over()
    run_tasks()
    assert len(papers()) == 1


def test_the_same_cause_told_again_is_one_paper(star, ada):
    ticket = send(ada)
    run_tasks()

    assert jobs.print_ticket(ticket.pk) == 0
    Task.objects.filter(name="print_ticket").update(state="waiting", finished_at=None)
    run_tasks()
    assert len(papers()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_paper(star, ada):
    ticket = send(ada)
    made = run_concurrently(*[lambda: jobs.print_ticket(ticket.pk)] * 2)

    assert sorted(made) == [0, 1]
    assert len(papers()) == 1


def test_a_rolled_back_order_leaves_no_request(star, ada):
    class Broken(Exception):
        pass

    @transaction.atomic
    def order_and_break():
        send(ada)
        raise Broken

    with pytest.raises(Broken):
        order_and_break()
    assert print_tasks() == []


# --- what is taken off -------------------------------------------------------------------------------


def is_on_paper():
    PrintJob.objects.filter(state="waiting").update(state="printed", attempts=1)


def test_what_is_taken_off_after_it_was_printed_is_a_slip(star, ada):
    ticket = send(ada, "Negroni", "Negroni", "IPA")
    run_tasks()
    is_on_paper()
    take_off(ticket, "Negroni")
    run_tasks()

    assert papers()[1:] == [("correction", "waiting", ["1 x Negroni"])]
    lines = content().split("\n")
    assert lines[0] == "Cancelled"
    assert "Please do not make this." in lines


def test_each_drink_that_is_taken_off_is_told_once(star, ada):
    ticket = send(ada, "Negroni", "Negroni", "IPA")
    run_tasks()
    is_on_paper()
    take_off(ticket, "Negroni")
    take_off(ticket, "IPA")
    run_tasks()
    is_on_paper()
    take_off(ticket, "Negroni")
    run_tasks()
    jobs.print_correction(ticket.pk)

    slips = [drinks for kind, _state, drinks in papers() if kind == "correction"]
    assert sorted(drink for drinks in slips for drink in drinks) == ["1 x IPA", "1 x Negroni", "1 x Negroni"]
    assert content().startswith("Cancelled: all of")


def test_a_voided_tab_cancels_all_of_it(star, pos, beers, ada):
    pos.categories.add(beers)
    send(ada, "Negroni", "IPA")
    run_tasks()
    is_on_paper()
    PrintJob.objects.update(state="printed")
    corrections.void_tab(tab_of(ada), by_staff())
    run_tasks()

    assert [drinks for kind, _s, drinks in papers(printer=star) if kind == "correction"] == [
        ["1 x Negroni", "1 x IPA"]
    ]
    assert [drinks for kind, _s, drinks in papers(printer=pos) if kind == "correction"] == [["1 x IPA"]]


def test_a_guest_who_clears_the_order_before_it_is_begun_cancels_it(star, ada):
    send(ada, "Negroni", "IPA")
    run_tasks()
    is_on_paper()
    orders.clear_lines(ada, make_context())
    run_tasks()

    assert papers()[1:] == [("correction", "waiting", ["1 x Negroni", "1 x IPA"])]


def test_a_paper_that_has_not_begun_is_made_anew_with_what_is_left(star, ada):
    ticket = send(ada, "Negroni", "IPA")
    run_tasks()
    take_off(ticket, "Negroni")
    run_tasks()

    assert papers() == [
        ("ticket", "unneeded", ["1 x Negroni", "1 x IPA"]),
        ("ticket", "waiting", ["1 x IPA"]),
    ]
    take_off(ticket, "IPA")
    run_tasks()
    assert [state for _kind, state, _drinks in papers()] == ["unneeded", "unneeded"]


def test_drinks_that_go_to_another_tab_print_nothing(star, ada, ben):
    send(ada, "Negroni", "IPA")
    run_tasks()
    is_on_paper()
    tab_moves.move_drinks(ada, ben, None, create_staff_user("sam"), "form-1")
    run_tasks()
    assert len(papers()) == 1

    ticket = Ticket.objects.get()
    take_off(ticket, "IPA")  # from Ben's tab now, and still from this paper
    run_tasks()
    assert papers()[1:] == [("correction", "waiting", ["1 x IPA"])]


def test_a_comp_prints_nothing(star, ada):
    ticket = send(ada)
    run_tasks()
    corrections.comp_line(ticket.lines.get(), by_staff("kindness"))
    run_tasks()

    assert len(papers()) == 1


# --- letters -----------------------------------------------------------------------------------------


def test_a_note_is_no_command(star, ada):
    send(ada, note="no ice\x1bp\x19\x19 \u202eplease")
    run_tasks()

    assert "> no icep please" in content()


def test_a_printer_speaks_its_own_language(star, ada):
    Printer.objects.update(language="es")
    Visit.objects.update(age_state="declared")
    ada.refresh_from_db()
    ticket = send(ada)
    run_tasks()
    is_on_paper()
    take_off(ticket, "Negroni")
    run_tasks()

    assert "Comanda" in content(kind="ticket")
    assert "Mirar el documento" in content(kind="ticket")
    assert content(kind="correction").startswith("Anulado: todo")


def test_no_line_is_wider_than_the_paper(star, ada):
    Printer.objects.update(paper_width=58)
    ada.guest_name, ada.place = "A name of forty letters, as it may be", "x" * 60
    ada.save()
    send(ada, note="w" * 80)
    run_tasks()

    for text, is_big in PrintJob.objects.get().lines:
        assert len(text) <= (16 if is_big else 32)
