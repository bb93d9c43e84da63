"""The whole of it: the real server in its own process, real sockets, a database on disk."""

import asyncio
import http.client
import itertools
import json
import os
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.bartender.realtime.garbage import garbage_forms, garbage_frames
from tests.bartender.realtime.test_strangers import SEED, post_addresses
from tests.drills.bar import BarProcess
from tests.live_server import run_live_server, temporary_database
from tests.websocket_client import COOKIE, GuestConnection, make_visit_cookies, visit_code_of

pytestmark = [pytest.mark.slow]
_corners = itertools.count(1)
COUNT = int(os.environ.get("GARBAGE_COUNT", "200"))


@pytest.fixture(scope="module")
def bar(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stream")
    with run_live_server(folder) as address:
        yield address, folder / "served.log"


@pytest.fixture
def address(bar):
    return bar[0]


async def test_a_guest_orders_reconnects_and_pays(address):
    (cookie,) = make_visit_cookies(1)
    async with GuestConnection(address, cookie) as ada:
        first = await ada.send_client_ready()
        answer = await ada.send_text("a martini please", "turn-1")
        before = ada.last_tab()
    async with GuestConnection(address, cookie) as ada:
        again = await ada.send_client_ready()
        same = await ada.send_text("a martini please", "turn-1")
        await ada.send_client_message("set-tip", percent=20)
        await ada.send_client_message("pay")
        await ada.send_client_message("pay", nonce=ada.last_tab()["payment"]["nonce"])
        till = ada.last_tab()["payment"]["url"]
        page, token = _get(address + till, cookie)
        _post(address + till, cookie, token, choice="approve")
        await ada.wait_for(lambda frame: frame["data"].get("receipt"))
        await ada.send_client_message("ping")

    assert first["tab"]["order"] == []
    assert answer.strip() == same.strip() != ""
    assert [turn["id"] for turn in again["history"]["turns"]] == ["turn-1"]
    assert again["tab"] == before
    assert before["order"][0]["item"] == "Martini"
    assert "no money" in page
    assert ada.last_tab()["tab"]["status"] == "paid"


async def test_an_order_by_a_form_appears_on_the_stream(address):
    (cookie,) = make_visit_cookies(1)
    async with GuestConnection(address, cookie) as ada:
        await ada.send_client_ready()
        _page, token = _get(address, cookie)
        _post(f"{address}/order/martini/", cookie, token, id="form-0001", quantity="2")
        await ada.wait_for("tab")

    assert ada.last_tab()["order"][0]["quantity"] == 2


async def test_two_guests_at_once_never_see_each_other(address):
    one, two = make_visit_cookies(2)
    async with GuestConnection(address, one) as ada, GuestConnection(address, two) as ben:
        await asyncio.gather(ada.send_client_ready(), ben.send_client_ready())
        await asyncio.gather(
            *(ada.send_client_message("tap-item", f"tap-{n}", item="Martini") for n in range(1)),
            *(ben.send_client_message("tap-item", f"tap-{n}", item="Negroni") for n in range(1)),
        )
        await ada.send_client_message("pay", "the-same-id")
        taken = await ben.send_client_message("pay", "the-same-id", nonce=ada.last_tab()["payment"]["nonce"])

    assert taken["type"] == "error-response"
    assert [row["item"] for row in ada.last_tab()["order"]] == ["Martini"]
    assert [row["item"] for row in ben.last_tab()["order"]] == ["Negroni"]
    assert ben.last_tab()["tab"]["status"] == "open"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:9", "https://127.0.0.1"]
)
async def test_a_page_of_another_house_cannot_open_a_stream(address, origin):
    with pytest.raises(InvalidStatus) as refused:
        async with GuestConnection(address, make_visit_cookies(1)[0], origin=origin):
            raise AssertionError("it was let in")

    assert refused.value.response.status_code == 403


async def test_garbled_messages_cost_their_sender_the_stream_and_nobody_anything_else(bar):
    """Each stream bears ten a minute; the eleventh is answered too, and then there is a goodbye."""
    address, log = bar
    before = len(_lines(log))
    nonsense = [frame for frame in garbage_frames(SEED, COUNT) if len(frame) <= 100_000]
    answered = Counter[str]()
    (bystander,) = make_visit_cookies(1)
    async with GuestConnection(address, bystander) as ada:
        await ada.send_client_ready()
        while nonsense:
            async with GuestConnection(address, make_visit_cookies(1)[0]) as cy:
                answered += await _talk_nonsense(cy, nonsense)
        await ada.send_client_message("tap-item", item="Martini")
        assert ada.last_tab()["order"][0]["item"] == "Martini"

    lines = [line for line in _lines(log)[before:] if "stream of visit" in line]
    assert answered["error-response"] == COUNT
    assert set(answered) <= {"error-response", "bye 4400"}
    assert len(lines) == COUNT
    assert not any("Traceback" in line or "ERROR" in line for line in _lines(log))


async def _talk_nonsense(guest, nonsense):
    """Until the bar has had enough."""
    answered = Counter[str]()
    while nonsense:
        await guest.socket.send(nonsense.pop())
        frame = json.loads(await guest.socket.recv())
        answered[frame["type"]] += 1
        if answered["error-response"] % 10 == 0 and nonsense:
            break
    return answered


def test_garbled_forms_are_never_a_500_at_the_real_server(bar, db):
    address, log = bar
    (cookie,) = make_visit_cookies(1)
    _page, token = _get(address, cookie)
    statuses = Counter[int]()
    for path, content_type, body in garbage_forms(SEED, COUNT, post_addresses()):
        statuses[_ask("POST", address + path, _headers(cookie, token, content_type), body).status] += 1

    assert sum(statuses.values()) == COUNT
    assert not [status for status in statuses if status >= 500], statuses
    assert statuses[302] > COUNT / 10
    assert "Traceback" not in log.read_text()


async def test_a_reader_who_does_not_read_costs_a_megabyte_and_then_its_own_stream(tmp_path):
    greedy, other = make_visit_cookies(2)
    with temporary_database(tmp_path) as database, BarProcess(tmp_path, database) as bar:
        bar.manage("shell", "--no-imports", "-c", LONG_EVENING.format(code=visit_code_of(greedy)))
        async with GuestConnection(bar.address, other) as ada, GuestConnection(bar.address, greedy) as cy:
            await ada.send_client_ready()
            before = bar.memory_bytes()
            cy.socket.transport.pause_reading()
            for number in range(20):
                await cy.send("client-ready", {}, f"again-{number}")
            slowest = await _slowest_ping(ada, seconds=2)
            grown = bar.memory_bytes() - before
            cy.socket.transport.resume_reading()
            with pytest.raises((ConnectionClosed, TimeoutError)):
                await cy.wait_for("never")

    assert bar.log.read_text().count("does not read") == 1
    assert slowest < 1
    assert grown < 16 << 20


LONG_EVENING = """
from bartender.models.visits import Turn, Visit
visit = Visit.objects.create(code="{code}")
Turn.objects.bulk_create(
    Turn(visit=visit, client_id=str(n), guest_text="x" * 4000, reply_text="y" * 4000, outcome="done")
    for n in range(60)
)
"""


async def _slowest_ping(guest, seconds):
    """Every quarter second, as long as it takes."""
    slowest, until = 0.0, time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        await guest.send_client_message("ping")
        slowest = max(slowest, time.perf_counter() - began)
        await asyncio.sleep(0.25)
    return slowest


async def test_on_sigterm_every_guest_hears_a_goodbye(tmp_path):
    with temporary_database(tmp_path) as database, BarProcess(tmp_path, database) as bar:
        async with GuestConnection(bar.address, make_visit_cookies(1)[0]) as ada:
            await ada.send_client_ready()
            bar.terminate()
            said = (await ada.wait_for("bye"))["data"]
            with pytest.raises(ConnectionClosed) as closed:
                await _read_to_the_end(ada)

    assert (said["reason"], said["retry_after"]) == ("the bar restarts", 1)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4001


async def _read_to_the_end(guest):
    while True:  # what was on its way before the goodbye may still come
        await guest.receive()


def _get(url, cookie):
    answer = _ask("GET", url, {"Cookie": f"{COOKIE}={cookie}"})
    set_cookies = " ".join(answer.headers.get_all("Set-Cookie") or [])
    return answer.text, set_cookies.partition("csrftoken=")[2].partition(";")[0]


def _post(url, cookie, token, **form):
    body = urllib.parse.urlencode(form | {"csrfmiddlewaretoken": token}).encode()
    assert _ask("POST", url, _headers(cookie, token), body).status == 302


def _headers(cookie, token, content_type="application/x-www-form-urlencoded"):
    return {
        "Cookie": f"{COOKIE}={cookie}; csrftoken={token}",
        "X-CSRFToken": token,
        "Content-Type": content_type or "text/plain",
    }


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str


def _ask(method, url, headers, body=None):
    """Each time from another corner of this machine: what one address may ask in a minute is limited."""
    asked = urllib.parse.urlsplit(url)
    corner = f"127.1.{next(_corners) % 250}.1"
    line = http.client.HTTPConnection(asked.hostname, asked.port, timeout=10, source_address=(corner, 0))
    line.request(method, asked.path or "/", body=body, headers=headers)
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    return Answer(answer.status, answer.headers, text)


def _lines(log):
    return log.read_text().splitlines()
