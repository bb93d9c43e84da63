"""Tickets come on paper only while no display shows them: after a cable was pulled, and not before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bartender.models.printers import BoardSighting, Printer, PrintJob
from bartender.services import tickets
from bartender.services.printing import jobs, queue, upkeep
from maya_site.tasks.models import Task
from tests.bartender.printing.orders_on_paper import papers, run_tasks, send, take_off
from tests.bartender.printing.star_printer import StarPrinter
from tests.bartender.staff_fixtures import create_staff_user, sam_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def asking(star):
    Printer.objects.update(tickets="away", away_seconds=60)
    return StarPrinter(f"/print/{star.token}/")


def a_display_is_open():
    assert sam_client().get("/bar/").status_code == 200


def the_display_was_seen(seconds_ago):
    seen_at = timezone.now() - timedelta(seconds=seconds_ago)
    BoardSighting.objects.update_or_create(pk=1, defaults={"seen_at": seen_at})


def test_while_a_display_is_open_nothing_is_printed(asking, ada):
    a_display_is_open()
    send(ada)
    run_tasks()

    assert not asking.poll()
    assert papers() == [("ticket", "waiting", ["1 x Negroni"])]
    assert queue.printer_signs(timezone.now() + timedelta(seconds=59)) == []


def test_where_no_display_was_ever_open_tickets_are_printed(asking, ada):
    send(ada)
    run_tasks()

    assert asking.poll()


def test_what_nobody_began_is_printed_when_the_display_goes_away(asking, ada, ben, cy):
    the_display_was_seen(5)
    begun, waiting = send(ada), send(ben)
    run_tasks()
    tickets.bump_ticket(begun, create_staff_user("sam"))
    the_display_was_seen(61)
    assert asking.poll()
    assert not asking.poll()
    send(cy)
    run_tasks()
    assert asking.poll()

    assert papers() == [
        ("ticket", "unneeded", ["1 x Negroni"]),
        ("ticket", "printed", ["1 x Negroni"]),
        ("ticket", "printed", ["1 x Negroni"]),
    ]
    assert f"Ticket {waiting.pk}," in asking.papers[0]


def test_the_display_is_back_and_paper_stops(asking, ada, ben):
    the_display_was_seen(61)
    ticket = send(ada)
    run_tasks()
    asking.poll()
    a_display_is_open()
    send(ben)
    run_tasks()
    assert not asking.poll()

    take_off(ticket, "Negroni")  # is on paper, so its slip is, too
    run_tasks()
    assert asking.poll()
    assert asking.papers[-1].startswith("Cancelled: all of")


def test_receipts_test_pages_and_copies_wait_for_no_display(star, asking, ada):
    the_display_was_seen(61)
    send(ada)
    run_tasks()
    asking.poll()
    a_display_is_open()
    sam = create_staff_user("sam")
    jobs.print_again(PrintJob.objects.get(), sam, 0)
    jobs.print_test_page(star, "one", sam)

    assert asking.poll()
    assert asking.poll()
    assert len(asking.papers) == 3


def test_a_network_printer_is_asked_again_when_the_time_is_over(pos, machine, ada):
    Printer.objects.update(tickets="away")
    the_display_was_seen(5)
    send(ada)
    run_tasks()
    assert papers() == [("ticket", "waiting", ["1 x Negroni"])]
    assert Task.objects.filter(name="send_print_jobs", state="waiting").exists()

    the_display_was_seen(61)
    upkeep.watch_printers()
    assert [state for _kind, state, _drinks in papers()] == ["printed"]


def test_a_bar_whose_printers_do_not_ask_writes_nothing_down(star):
    a_display_is_open()

    assert not BoardSighting.objects.exists()
