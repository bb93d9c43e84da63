"""A printer on the network takes bytes and says little: what is on paper, and what nobody knows."""

import socket
import threading
from contextlib import suppress

import pytest
from django.utils import timezone

from bartender.models.printers import Printer, PrintJob
from bartender.models.visits import Ticket
from bartender.services.printing import commands, jobs, network, queue, sender, upkeep
from bartender.services.printing.network import ask_status
from maya_site.tasks.models import Task
from tests.bartender.printing.orders_on_paper import run_tasks, send, take_off
from tests.bartender.printing.pos_printer import PosPrinter
from tests.bartender.staff_fixtures import create_staff_user
from tests.live_server import free_port
from tests.payments.concurrency import run_concurrently
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_waits_long(monkeypatch):
    monkeypatch.setattr(network, "DONE_SECONDS", 0.3)
    monkeypatch.setattr(network, "STATUS_SECONDS", 0.3)


def job():
    return PrintJob.objects.get()


def states():
    return list(PrintJob.objects.order_by("pk").values_list("state", flat=True))


def try_again():
    """The next retries are due, and the periodic task."""
    Task.objects.filter(state="waiting").update(available_at=timezone.now())
    run_tasks()
    upkeep.watch_printers()


def test_a_ticket_comes_out_once_and_the_printer_says_so(pos, machine, ada):
    send(ada, "Negroni", "IPA", note="¡sin hielo!")
    run_tasks()
    try_again()

    assert states() == ["printed"]
    assert machine.papers == [job().text]
    assert "> ¡sin hielo!" in machine.papers[0]
    pos.refresh_from_db()
    assert (pos.problem, pos.lease) == ("", None)
    assert pos.last_seen_at
    print("\n".join(["", "ESC/POS, a ticket:", *machine.transcript]))


def test_papers_come_out_in_their_order(pos, machine, ada, ben):
    for guest, drink in ((ada, "Negroni"), (ben, "IPA"), (ada, "Lemonade")):
        send(guest, drink)
    run_tasks()

    assert [("Negroni" in one, "IPA" in one, "Lemonade" in one) for one in machine.papers] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]


@pytest.mark.parametrize(
    "fault, words",
    [
        ({"lines_left": 0}, "has no paper"),
        ({"is_covered": False}, "its cover is open"),
    ],
)
def test_nothing_is_sent_to_a_printer_that_cannot_print(fault, words, pos, machine, ada):
    for name, value in fault.items():
        setattr(machine, name, value)
    send(ada)
    run_tasks()
    try_again()
    pos.refresh_from_db()
    assert (states(), machine.scrap, pos.problem) == (["waiting"], [], words)

    machine.load_paper()
    machine.is_covered = True
    try_again()
    assert states() == ["printed"]
    assert machine.papers == [job().text]


def test_an_offline_printer_that_is_away_keeps_nothing_from_being_ordered(pos, ada, ben):
    Printer.objects.update(port=free_port())  # nobody listens there
    send(ada)
    send(ben)
    run_tasks()
    pos.refresh_from_db()

    assert states() == ["waiting", "waiting"]
    assert (pos.problem, pos.last_seen_at) == ("does not answer", None)


@pytest.mark.parametrize(
    "fault, words",
    [
        ({"lines_left": 3}, "sent, and then: has no paper"),
        ({"drops_after": 3}, "sent, and then: dropped the line while it printed"),
        ({"loses_everything": True}, "sent, and then: did not say that it is done"),
    ],
)
def test_what_nobody_knows_is_never_printed_again_by_itself(fault, words, pos, machine, ada):
    for name, value in fault.items():
        setattr(machine, name, value)
    send(ada)
    run_tasks()
    assert (states(), job().problem) == (["unsure"], words)

    machine.load_paper()
    machine.loses_everything = False
    connections = machine.connections
    try_again()
    assert states() == ["unsure"]
    assert machine.connections == connections  # nobody even called it
    print("\n".join(["", f"ESC/POS, {words}:", *machine.transcript]))


def test_an_unsure_paper_does_not_hold_up_the_next(pos, machine, ada, ben):
    machine.drops_after = 2
    send(ada)
    run_tasks()
    send(ben)
    run_tasks()

    assert states() == ["unsure", "printed"]


def test_a_person_looks_and_says_that_it_is_there(pos, machine, ada):
    machine.loses_everything = True
    send(ada)
    run_tasks()
    jobs.confirm_printed(job(), create_staff_user("sam"))
    try_again()

    assert (states(), job().problem) == (["printed"], "sam has seen it")


def test_printed_again_it_is_a_copy_and_two_presses_make_one(pos, machine, ada):
    machine.drops_after = 2
    ticket = send(ada, "Negroni", "IPA")
    run_tasks()
    first, sam = job(), create_staff_user("sam")
    jobs.print_again(first, sam, 0)
    run_tasks()
    first.refresh_from_db()

    assert states() == ["replaced", "printed"]
    begun, copy = machine.papers[0].split("Copy\n")  # nobody has torn off what was begun
    assert begun.count("\n") == 2
    assert "1 x Negroni" in copy
    assert jobs.print_again(first, sam, 0) == first.copies.get()
    jobs.print_again(first, sam, 1)
    assert PrintJob.objects.count() == 3

    take_off(ticket, "IPA")  # the bar has it on paper, so there is a slip
    run_tasks()
    assert machine.papers[-1].startswith("Cancelled")


def test_a_printer_that_cannot_answer_is_not_written_to_unless_somebody_allows_it(pos, machine, ada):
    machine.is_silent = True
    send(ada)
    run_tasks()
    pos.refresh_from_db()
    assert (states(), machine.scrap, pos.problem) == (["waiting"], [], network.NO_ANSWER)

    Printer.objects.update(answers_status=False)
    try_again()
    assert states() == ["taken"]
    wait_until(lambda: machine.papers == [job().text])


def test_unasked_words_of_a_printer_are_no_answer(pos, machine, ada):
    machine.tells_unasked, machine.loses_everything = True, True
    send(ada)
    run_tasks()

    assert states() == ["unsure"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_paper(pos, machine, ada):
    send(ada)
    jobs.print_ticket(job_ticket())
    done = run_concurrently(*[lambda: sender.send_jobs(pos.pk)] * 2)

    assert sorted(done) == [0, 1]
    assert len(machine.papers) == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lease_two_workers_would_send_two(pos, machine, ada, monkeypatch):
    """The positive control of the test above."""
    printer = Printer.objects.get(pk=pos.pk)
    monkeypatch.setattr(queue, "take_lease", lambda number: printer)
    monkeypatch.setattr(queue, "renew_lease", lambda held: True)
    monkeypatch.setattr(queue, "start_sending", lambda paper, lease: True)
    both_have_it = threading.Barrier(2)
    found = queue.next_job

    def next_job(*arguments):
        wanted = found(*arguments)
        if wanted is not None and not machine.papers:
            both_have_it.wait(5)
        return wanted

    monkeypatch.setattr(queue, "next_job", next_job)
    monkeypatch.setattr(sender, "MAX_PAPERS", 1)
    send(ada)
    jobs.print_ticket(job_ticket())
    run_concurrently(*[lambda: sender.send_jobs(pos.pk)] * 2)

    assert len(machine.papers) == 2


def job_ticket():
    return Ticket.objects.get().pk


class PowerCut(BaseException):
    pass


def cut_the_power(*_arguments):
    raise PowerCut


def stop_where(monkeypatch, place, name):
    """The process ends there, and nothing of it is cleaned up."""
    monkeypatch.setattr(place, name, cut_the_power)
    monkeypatch.setattr(queue, "return_lease", lambda printer: None)


def the_lease_is_over():
    Printer.objects.update(leased_until=timezone.now())


def test_a_sender_that_dies_before_the_first_byte_leaves_the_paper_waiting(pos, machine, ada, monkeypatch):
    send(ada)
    with monkeypatch.context() as patch:
        stop_where(patch, network, "ask_status")
        jobs.print_ticket(job_ticket())
        with pytest.raises(PowerCut):
            sender.send_jobs(pos.pk)
    assert states() == ["waiting"]
    assert sender.send_jobs(pos.pk) == 0  # it may still be alive

    the_lease_is_over()
    try_again()
    assert states() == ["printed"]
    assert len(machine.papers) == 1


def test_a_sender_that_dies_with_the_paper_on_its_way_leaves_it_unsure(pos, machine, ada, monkeypatch):
    send(ada)
    with monkeypatch.context() as patch:
        stop_where(patch, sender, "_record")
        jobs.print_ticket(job_ticket())
        with pytest.raises(PowerCut):
            sender.send_jobs(pos.pk)
    assert (states(), len(machine.papers)) == (["sending"], 1)

    the_lease_is_over()
    try_again()
    assert (states(), job().problem) == (["unsure"], "the bar stopped while it was being printed")
    assert len(machine.papers) == 1


def test_a_slow_sender_that_lost_its_lease_sends_nothing(pos, machine, ada, monkeypatch):
    send(ada)
    jobs.print_ticket(job_ticket())
    asked = ask_status

    def slowly(line):
        the_lease_is_over()
        assert queue.take_lease(pos.pk) is not None  # somebody else goes on
        return asked(line)

    monkeypatch.setattr(network, "ask_status", slowly)
    sender.send_jobs(pos.pk)

    assert (states(), machine.scrap, machine.papers) == (["waiting"], [], [])


@pytest.mark.parametrize(
    "answers, words",
    [
        ({1: 0x1A, 2: 0x32, 3: 0x12, 4: 0x72}, "has no paper"),
        ({1: 0x1A, 2: 0x16, 3: 0x12, 4: 0x12}, "its cover is open"),
        ({1: 0x1A, 2: 0x52, 3: 0x1A, 4: 0x12}, "its cutter is stuck"),
        ({1: 0x1A, 2: 0x52, 3: 0x32, 4: 0x12}, "has an error: switch it off and on"),
        ({1: 0x1A, 2: 0x12, 3: 0x12, 4: 0x12}, "is offline: look at it"),
    ],
)
def test_each_bit_has_its_words(answers, words):
    assert network.describe_status(answers) == words


def test_letters_that_no_code_page_has_lose_their_accents():
    assert commands.to_code_page("Ñandú €5 Łódź ✓", "cp1252") == "Ñandú €5 ?ódz ?".encode("cp1252")
    assert commands.to_code_page("¿Ñandú?", "ascii") == b"?Nandu?"


def test_the_scripted_printer_refuses_what_no_printer_knows():
    """The positive control of every paper above."""
    with pytest.raises(AssertionError, match="no command of ESC/POS"), PosPrinter() as machine:
        network.send_paper(
            "127.0.0.1", machine.port, b"\x1bZ9oops", answers_status=True, before_printing=lambda: True
        )


def test_a_long_queue_is_sent_in_rounds(pos, machine, ada, monkeypatch):
    monkeypatch.setattr(sender, "MAX_PAPERS", 2)
    for _number in range(5):
        send(ada, "Lemonade")
    for ticket in Ticket.objects.order_by("pk"):
        jobs.print_ticket(ticket.pk)
    run_tasks()

    assert states() == ["printed"] * 5
    assert len(machine.papers) == 5


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 mail.example ESMTP\r\n", b"\x00", b"2"]
)
def test_another_device_at_the_address_is_taken_for_no_printer(answer, pos, ada):
    """A “2” alone could be a printer's answer: it says that it is online, and never that it is done."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        Printer.objects.update(port=server.getsockname()[1])

        def serve():
            line, _address = server.accept()
            with line, suppress(OSError):
                line.sendall(answer)
                line.settimeout(5)
                while line.recv(4096):
                    pass

        serving = threading.Thread(target=serve)
        serving.start()
        send(ada)
        run_tasks()
        serving.join(10)
    pos.refresh_from_db()

    if answer == b"2":
        assert states() == ["unsure"]
    else:
        assert (states(), pos.problem) == (["waiting"], network.OTHER_DEVICE)
