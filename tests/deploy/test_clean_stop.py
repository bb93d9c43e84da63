"""The operator restarts the bar while guests are talking: each turn is told to its end or put down, once."""

import asyncio
import http.client

import pytest

from tests.drills.bar import BarProcess
from tests.live_server import temporary_database
from tests.vendors.gemini import KEY, FunctionCall, Pause, ScriptedGemini
from tests.waiting import wait_until
from tests.websocket_client import GuestConnection, make_visit_cookies, message_kind

pytestmark = pytest.mark.slow
MARTINI = FunctionCall("add_to_order", {"item": "Martini"})


@pytest.fixture
def gemini():
    with ScriptedGemini() as scripted:
        yield scripted


@pytest.fixture
def bar(tmp_path, gemini):
    with temporary_database(tmp_path) as database:
        bar = BarProcess(tmp_path, database, GEMINI_API_KEY=KEY, GEMINI_BASE_URL=gemini.address, REDIS_URL="")
        with bar:
            yield bar


async def order(guest, gemini, id):
    """Asked, and in the middle of its answer: the drink is on the tab, Maya still talks."""
    await guest.send("send-text", {"content": "a Martini please"}, id)
    await guest.wait_for(lambda frame: message_kind(frame) == "tab" and frame["data"]["order"])


def ends_of(guest, id):
    return [frame for frame in guest.received if frame["id"] == id and frame["type"] == "bot-llm-stopped"]


async def to_the_end(guest, id):
    """Everything until the line is closed."""
    await guest.wait_for(lambda frame: message_kind(frame) == "bye")
    await asyncio.wait_for(guest.socket.wait_closed(), 10)
    return ends_of(guest, id), guest.received[-1]["data"]


async def stopped(bar):
    return await asyncio.to_thread(bar.server.wait, 15)


async def again(bar, cookie, id):
    """The page comes back, and sends once more what it has no answer to."""
    await asyncio.to_thread(bar.open)
    async with GuestConnection(bar.address, cookie) as guest:
        first = await guest.send_client_ready()
        reply = await guest.send_text("a Martini please", id)
        ended = ends_of(guest, id)[0]
        return first, reply, ended["data"]["outcome"], guest.last_tab()


def status_of(kept, path):
    kept.request("GET", path)
    answer = kept.getresponse()
    answer.read()
    return answer.status


async def test_a_turn_under_way_is_told_to_its_end_and_then_comes_the_goodbye(bar, gemini):
    gemini.play([MARTINI], ["Gladly. ", Pause(1.0), "What brings you here tonight?"])
    [cookie] = make_visit_cookies(1)
    async with GuestConnection(bar.address, cookie) as guest:
        await guest.send_client_ready()
        await order(guest, gemini, "turn-1")
        bar.terminate()
        ended, bye = await to_the_end(guest, "turn-1")
        assert guest.socket.close_code == 4001

    assert [frame["data"]["outcome"] for frame in ended] == ["done"]
    assert bye["kind"] == "bye"
    assert bye["retry_after"] == 1
    assert await stopped(bar) == 0
    first, reply, outcome, tab = await again(bar, cookie, "turn-1")
    assert "What brings you here tonight" in str(first["history"])
    assert ("What brings you here tonight" in reply, outcome) == (True, "replayed")
    assert [line["quantity"] for line in tab["order"]] == [1]


async def test_a_turn_that_would_take_too_long_is_put_down_and_answered_once_after_the_restart(bar, gemini):
    gemini.play([MARTINI], ["Gladly. ", *[Pause(2.0), "Well. "] * 10])
    [cookie] = make_visit_cookies(1)
    async with GuestConnection(bar.address, cookie) as guest:
        await guest.send_client_ready()
        await order(guest, gemini, "turn-1")
        bar.terminate()
        ended, _bye = await to_the_end(guest, "turn-1")

    assert [frame["data"]["outcome"] for frame in ended] == ["stopped"]
    assert await stopped(bar) == 0
    _first, reply, outcome, tab = await again(bar, cookie, "turn-1")
    assert (outcome, "Gladly" in reply) == ("replayed", True)
    assert [line["quantity"] for line in tab["order"]] == [1]
    assert len(gemini.turns) == 2, "two rounds of one turn: nobody thought about it again"
    assert "Traceback" not in bar.log.read_text()


async def test_a_guest_who_hung_up_in_the_middle_finds_the_answer_after_the_restart(bar, gemini):
    gemini.play([MARTINI], ["Gladly. ", Pause(1.5), "What brings you here tonight?"])
    [cookie] = make_visit_cookies(1)
    async with GuestConnection(bar.address, cookie) as guest:
        await guest.send_client_ready()
        await order(guest, gemini, "turn-1")
    bar.terminate()
    assert await stopped(bar) == 0

    first, _reply, outcome, _tab = await again(bar, cookie, "turn-1")
    assert "What brings you here tonight" in str(first["history"])
    assert outcome == "replayed"


async def test_while_it_closes_the_process_lives_but_wants_no_more_guests(bar, gemini):
    gemini.play([MARTINI], ["Gladly. ", Pause(2.5), "Well."])
    [cookie] = make_visit_cookies(1)
    kept = [http.client.HTTPConnection("127.0.0.1", bar.port, timeout=10) for _ in range(2)]
    assert [await asyncio.to_thread(status_of, one, "/livez") for one in kept] == [200, 200]
    async with GuestConnection(bar.address, cookie) as guest:
        await guest.send_client_ready()
        await order(guest, gemini, "turn-1")
        bar.terminate()
        await asyncio.to_thread(wait_until, lambda: "closing" in bar.log.read_text())
        assert await asyncio.to_thread(status_of, kept[0], "/livez") == 200
        assert await asyncio.to_thread(status_of, kept[1], "/healthz") == 503
        await to_the_end(guest, "turn-1")
    for one in kept:
        one.close()
    assert await stopped(bar) == 0
