"""A Star printer asks for its papers: what it fetches and confirms is printed once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bartender.models.printers import Printer, PrintJob
from bartender.services.printing import upkeep
from tests.bartender.printing.orders_on_paper import run_tasks, send
from tests.bartender.printing.star_printer import LINE, TEXT, StarPrinter, in_process

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine(star):
    return StarPrinter(f"/print/{star.token}/")


def state():
    return PrintJob.objects.latest("pk").state


def states():
    return list(PrintJob.objects.order_by("pk").values_list("state", flat=True))


def an_hour_passes():
    PrintJob.objects.exclude(sent_at=None).update(sent_at=timezone.now() - timedelta(hours=1))


def test_a_ticket_is_offered_fetched_printed_and_confirmed(star, machine, ada):
    assert not machine.poll()
    send(ada, "Negroni", "IPA", note="¡sin hielo!")
    run_tasks()
    assert machine.poll()
    assert not machine.poll()

    job = PrintJob.objects.get()
    assert (job.state, job.attempts) == ("printed", 1)
    assert machine.papers == [job.text]
    assert "> ¡sin hielo!" in machine.papers[0]
    print("\n".join(["", "CloudPRNT, a ticket:", *machine.transcript]))


@pytest.mark.parametrize("media_type", [LINE, TEXT])
def test_each_emulation_gets_what_it_reads(media_type, machine, ada):
    machine.reads = (media_type,)
    send(ada, note="¡sin hielo!")
    run_tasks()
    machine.poll()

    assert state() == "printed"
    # Without a word about UTF-8, plain text is sent without accents.
    assert ("> !sin hielo!" if media_type == TEXT else "> ¡sin hielo!") in machine.papers[0]


def test_plain_text_in_utf8_for_who_reads_it(star, ada):
    send(ada, note="¡sin hielo!")
    run_tasks()
    mac = "001162aabbcc"
    body = {"statusCode": "200", "printerMAC": mac}
    offer = Client().post(f"/print/{star.token}/", body, content_type="application/json").json()
    query = {"mac": mac, "type": "text/plain", "token": offer["jobToken"]}
    found = Client().get(f"/print/{star.token}/", query, headers={"X-Star-Accept-Codepages": "utf-8,1252"})

    assert "> ¡sin hielo!" in found.content.decode()
    assert found.headers["Content-Type"] == "text/plain"


def test_a_printer_that_asks_twice_for_the_same_paper_gets_it_twice_and_prints_one(machine, ada):
    machine.fetches = 3
    send(ada)
    run_tasks()
    machine.poll()

    assert (states(), len(machine.papers)) == (["printed"], 1)
    assert [line.split()[0] for line in machine.transcript[1:4]] == ["GET", "GET", "GET"]
    sizes = {line.rsplit("-> ", 1)[1] for line in machine.transcript[1:4]}
    assert len(sizes) == 1


def test_a_download_that_breaks_off_is_tried_again_and_not_for_ever(machine, ada):
    send(ada)
    run_tasks()
    machine.download_breaks = True
    machine.poll()
    assert state() == "waiting"
    assert machine.poll()
    assert machine.papers[0].startswith("Again: a part of this")

    send(ada)
    run_tasks()
    for _number in range(7):
        machine.download_breaks = True
        machine.poll()
    assert state() == "unsure"  # and a person decides


def test_out_of_paper_it_is_offline_and_the_paper_waits(star, machine, ada):
    machine.code = "410 Out of paper"
    send(ada)
    run_tasks()
    assert not machine.poll()
    star.refresh_from_db()
    assert (state(), star.problem) == ("waiting", "has no paper")

    machine.code = "200 OK"
    assert machine.poll()
    star.refresh_from_db()
    assert (state(), star.problem) == ("printed", "")


def test_paper_that_ends_in_the_middle_comes_again_and_says_so(machine, ada):
    machine.paper_ends = True
    send(ada)
    run_tasks()
    machine.poll()
    machine.poll()
    assert state() == "waiting"  # the printer itself says that it is not printed

    machine.code = "200 OK"
    machine.poll()
    assert state() == "printed"
    assert [paper.startswith("Again") for paper in machine.papers] == [False, True]
    print("\n".join(["", "CloudPRNT, paper ends in the middle:", *machine.transcript]))


@pytest.mark.parametrize("fault", ["loses_power", "never_confirms"])
def test_a_paper_that_was_fetched_and_never_confirmed_is_unsure(fault, machine, ada, ben):
    setattr(machine, fault, True)
    send(ada)
    run_tasks()
    machine.poll()
    send(ben)
    run_tasks()
    papers = list(machine.papers)
    machine.poll()
    assert (states(), machine.papers) == (["sending", "waiting"], papers)  # it may still confirm

    an_hour_passes()
    assert machine.poll()  # the next one
    assert states() == ["unsure", "printed"]
    for _number in range(3):
        machine.poll()
    assert len(machine.papers) == len(papers) + 1


def test_a_printer_that_never_comes_back_leaves_its_paper_unsure(machine, ada):
    machine.loses_power = True
    send(ada)
    run_tasks()
    machine.poll()
    upkeep.watch_printers()
    assert state() == "sending"

    an_hour_passes()
    upkeep.watch_printers()
    assert state() == "unsure"


def test_a_confirmation_that_comes_late_is_believed(machine, ada):
    machine.never_confirms = True
    send(ada)
    run_tasks()
    machine.poll()
    an_hour_passes()
    upkeep.watch_printers()
    job = PrintJob.objects.get()
    confirm = f"{machine.url}?mac={machine.mac}&token={job.code}&code=200%20OK&retry=3"
    assert in_process("DELETE", confirm, b"").status == 200
    assert in_process("DELETE", confirm, b"").status == 200

    assert state() == "printed"


def test_while_it_prints_nothing_else_is_offered(machine, ada):
    machine.loses_power = True
    send(ada)
    run_tasks()
    machine.poll()
    an_hour_passes()
    machine.is_printing = True
    machine.poll()

    assert state() == "sending"


def test_old_firmware_names_no_token(machine, ada, ben):
    machine.has_tokens = False
    send(ada)
    send(ben)
    run_tasks()

    assert machine.poll()
    assert machine.poll()
    assert states() == ["printed", "printed"]
    assert machine.papers[0] != machine.papers[1]


def test_a_paper_that_the_printer_cannot_read_is_not_tried_again(machine, ada):
    send(ada)
    run_tasks()
    in_process("POST", machine.url, b'{"statusCode": "200", "printerMAC": "%s"}' % machine.mac.encode())
    token = PrintJob.objects.get().code
    query = f"{machine.url}?mac={machine.mac}&token={token}"
    in_process("GET", f"{query}&type={LINE}", b"")
    in_process("DELETE", f"{query}&code=511%20Decoding", b"")

    assert (state(), PrintJob.objects.get().problem) == ("unsure", "could not use what it was sent (511)")


# --- the door ----------------------------------------------------------------------------------------


def test_the_first_printer_that_asks_is_the_printer_and_no_other(star, machine, ada):
    machine.poll()
    star.refresh_from_db()
    assert star.mac == machine.mac
    send(ada)
    run_tasks()
    other = b'{"statusCode": "200 OK", "printerMAC": "00:11:62:00:00:01"}'
    token = PrintJob.objects.get().code

    for method, query in (
        ("POST", ""),
        ("GET", f"?mac=00:11:62:00:00:01&type=text/plain&token={token}"),
        ("GET", f"?type=text/plain&token={token}"),
        ("DELETE", f"?mac=00:11:62:00:00:01&code=200&token={token}"),
    ):
        assert in_process(method, machine.url + query, other).status == 403
    assert state() == "waiting"


def test_no_address_but_its_own_lets_a_printer_in(star, pos_of_the_bar, machine, ada):
    send(ada)
    run_tasks()
    job = PrintJob.objects.filter(printer=star).get()
    for token in ("x", star.token[:-1], pos_of_the_bar.token):
        assert in_process("POST", f"/print/{token}/", b"{}").status == 404
    # Another printer's papers are not to be had by their token.
    other = Printer.objects.create(name="Kitchen", kind="cloudprnt")
    theirs = StarPrinter(f"/print/{other.token}/", mac="00:11:62:00:00:02")
    theirs.poll()
    query = f"{theirs.url}?mac={theirs.mac}&token={job.code}"
    assert in_process("GET", f"{query}&type=text/plain", b"").status == 404
    in_process("DELETE", f"{query}&code=200", b"")
    job.refresh_from_db()
    assert job.state == "waiting"

    Printer.objects.filter(pk=star.pk).update(is_enabled=False)
    assert in_process("POST", machine.url, b"{}").status == 404


@pytest.fixture
def pos_of_the_bar(menu):
    return Printer.objects.create(name="Taps", kind="escpos", host="127.0.0.1", tickets="never")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 9000, b'{"a": "' + b"x" * 20_000 + b'"}'],
)
def test_garbage_is_refused(body, machine):
    assert in_process("POST", machine.url, body).status == 400


@pytest.mark.parametrize(
    "body",
    [
        b'{"statusCode": null, "printerMAC": "00:11:62:1a:2b:3c"}',
        b'{"statusCode": 7, "printerMAC": "00:11:62:1a:2b:3c", "printingInProgress": "yes"}',
        b'{"statusCode": "%s", "printerMAC": "00:11:62:1a:2b:3c"}' % (b"9" * 300),
    ],
)
def test_odd_values_offer_nothing(body, machine, ada):
    send(ada)
    run_tasks()
    answer = in_process("POST", machine.url, body)

    assert (answer.status, answer.body) == (200, b'{"jobReady": false}')


def test_other_media_types_and_methods_are_refused(machine, ada):
    send(ada)
    run_tasks()
    machine.code = "410"
    machine.poll()
    token = PrintJob.objects.get().code
    assert (
        in_process("GET", f"{machine.url}?mac={machine.mac}&token={token}&type=image/png", b"").status == 415
    )
    assert in_process("PUT", machine.url, b"").status == 405
    assert state() == "waiting"


def test_a_printer_that_asks_without_end_is_slowed_down(machine):
    answers = [in_process("POST", machine.url, b"[]").status for _number in range(242)]

    assert (answers.count(400), answers.count(429)) == (240, 2)
    guesses = [in_process("POST", f"/print/{number}/", b"{}").status for number in range(62)]
    assert (guesses.count(404), guesses.count(429)) == (60, 2)
