"""Both printers at a real server, by its own addresses and pages, also when the power goes out there."""

import re
import socket

import pytest

from tests.bartender.printing.pos_printer import PosPrinter
from tests.bartender.printing.star_printer import StarPrinter, over_http
from tests.staff_client import StaffClient, bar_with_owner
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
SENDER = "from bartender.models.printers import Printer; Printer.objects.update"


@pytest.fixture(scope="module")
def bar(tmp_path_factory):
    with bar_with_owner(tmp_path_factory.mktemp("printers"), JOB_RUNNER="server") as bar:
        yield bar


def order(tess, name, drink="negroni"):
    """By the forms of the display: a tab, a drink, and to the bar."""
    tess.post("/bar/tab/open/", id=f"open-{name}-1", name=name)
    board = tess.get("/bar/")
    code = re.search(rf'href="/bar/tab/([0-9a-f]{{32}})/"[^>]*>(?:(?!</a>).)*{name}', board, re.S)
    assert code
    tess.post(f"/bar/tab/{code[1]}/ring/{drink}/", id=f"ring-{name}-1", quantity="1")
    tess.post(f"/bar/tab/{code[1]}/send/", id=f"send-{name}-1")


def test_a_star_printer_by_real_http(bar):
    tess = StaffClient(bar.address)
    tess.post(
        "/admin/bartender/printer/add/",
        **{"name": "Bar", "kind": "cloudprnt", "is_enabled": "on", "tickets": "always", "away_seconds": "60"},
        **{"receipts": "pressed", "paper_width": "80", "language": "en", "port": "9100"},
    )
    page = tess.get("/admin/bartender/printer/1/change/")
    address = re.search(r"(/print/[\w-]+/)", page)
    assert address
    machine = StarPrinter(bar.address + address[1], transport=over_http)
    assert not machine.poll()
    order(tess, "Ada")
    wait_until(lambda: "1 print job" in tess.get("/admin/bartender/printjob/?unfinished=yes"))
    assert machine.poll()

    assert machine.papers[0].startswith("Ada\n")
    assert "1 x Negroni" in machine.papers[0]
    assert "0 print jobs" in tess.get("/admin/bartender/printjob/?unfinished=yes")
    assert address[1] not in bar.log.read_text()
    print("\n".join(["", "CloudPRNT by HTTP:", *machine.transcript]))


def test_the_power_goes_out_while_a_network_printer_prints(bar):
    with PosPrinter() as machine:
        bar.manage(
            "shell",
            "-c",
            "from bartender.models.printers import Printer; "
            f"Printer.objects.create(name='Taps', kind='escpos', host='127.0.0.1', port={machine.port})",
        )
        tess = StaffClient(bar.address)
        machine.is_done_waiting.clear()  # it prints, and has not said so yet
        order(tess, "Cleo")
        wait_until(lambda: machine.papers)
        bar.kill()
        machine.is_done_waiting.set()
        bar.manage("shell", "-c", f"{SENDER}(leased_until='2020-01-01T00:00Z')")
        bar.open()
        tess = StaffClient(bar.address)
        order(tess, "Dan")
        wait_until(lambda: len(machine.papers) == 2, 30)

    assert [paper.split("\n")[0] for paper in machine.papers] == ["Cleo", "Dan"]
    board = tess.get("/bar/")
    assert "1 may not be printed: look at the printer" in board
    assert "of Cleo at Taps: is it there?" in " ".join(board.split())


def test_nothing_listens_where_a_test_says_so():
    """The positive control of the printer above: its port is open, and another one is not."""
    with PosPrinter() as machine:
        socket.create_connection(("127.0.0.1", machine.port), 1).close()
        port = machine.port
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 1)
