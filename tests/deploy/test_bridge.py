"""Both shapes of Maya on Modal, through Modal's own wrapper: the bridge loses nothing."""

import asyncio
import json
import sys
from typing import Any

import pytest

from deploy.bridge.app import Bridge
from deploy.bridge.daphne import DaphneProcess
from tests.deploy import bridge_stage
from tests.vendors.modal.host import ModalHost

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
ENTRY = [sys.executable, "-m", "tests.deploy.bridge_stage"]
PATIENCE = 10


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("bridge")


@pytest.fixture
def notes(place, monkeypatch):
    """What the application behind the wrapper saw."""
    file = place / "notes"
    file.write_text("")
    monkeypatch.setenv("STAGE_NOTES", str(file))
    return file


@pytest.fixture(scope="module")
def daphne(place):
    """One process for all tests: its start takes a second or three."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STAGE_NOTES", str(place / "notes"))
        running = DaphneProcess(place / "daphne.sock", ENTRY)
        running.start()
        yield running
        running.stop()


class Kept(DaphneProcess):
    """Started and stopped by the module."""

    def start(self):
        pass

    def stop(self):
        pass


@pytest.fixture(params=["asgi", "daphne"])
async def host(request, notes):
    if request.param == "asgi":
        served = bridge_stage.application()
    else:
        served = Bridge(Kept(request.getfixturevalue("daphne").path))
    async with ModalHost(served) as host:
        yield host


async def noted(notes, what):
    """Read until it is there."""
    async with asyncio.timeout(PATIENCE):
        while what not in notes.read_text().splitlines():
            await asyncio.sleep(0.01)


class Guest:
    """Says and hears ASGI's messages, as Modal's edge does for a browser."""

    def __init__(self, host, kind, path, **scope):
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue(1)
        told = {
            "type": kind, "path": path, "method": "GET", "query_string": b"", "subprotocols": [],
            "client": ("203.0.113.7", 50_000), "scheme": "wss" if kind == "websocket" else "https",
            "headers": [(b"Host", b"bar.example"), (b"X-Forwarded-For", b"198.51.100.1")],
        }  # fmt: skip
        self.call = asyncio.create_task(host.call(told | scope, self.said.get, self.heard.put))

    def say(self, kind, **what):
        self.said.put_nowait({"type": kind, **what})

    async def hear(self):
        return await asyncio.wait_for(self.heard.get(), PATIENCE)

    async def ends(self):
        await asyncio.wait_for(self.call, PATIENCE)


async def ask(host, path="/", body=(b"",), **scope):
    """The status, the headers and the pieces of the answer."""
    guest = Guest(host, "http", path, **scope)
    for left, piece in enumerate(body, 1 - len(body)):
        guest.say("http.request", body=piece, more_body=left < 0)
    start, pieces, more = await guest.hear(), [], True
    while more:
        message = await guest.hear()
        pieces.append(message.get("body") or b"")
        more = message.get("more_body")
    await guest.ends()
    return start["status"], start["headers"], [piece for piece in pieces if piece]


async def enter(host, path="/", **scope):
    guest = Guest(host, "websocket", path, **scope)
    guest.say("websocket.connect")
    return guest, await guest.hear()


class TestARequest:
    async def test_arrives_as_it_was_sent(self, host):
        named = [(b"Host", b"bar.example"), (b"Cookie", b"tab=1"), (b"X-Forwarded-For", b"198.51.100.1")]
        _status, _headers, pieces = await ask(host, "/tab/ü/", query_string=b"a=1&b=%20", headers=named)

        told = json.loads(b"".join(pieces))
        assert (told["path"], told["query"], told["method"]) == ("/tab/ü/", "a=1&b=%20", "GET")
        assert (told["client"], told["scheme"]) == ("203.0.113.7", "https")
        assert (told["names"]["cookie"], told["names"]["host"]) == ("tab=1", "bar.example")

    async def test_its_answer_keeps_status_and_both_cookies(self, host):
        status, headers, _pieces = await ask(host, "/tea pot/")

        assert status == 418
        assert [value for name, value in headers if name.lower() == b"set-cookie"] == [b"a=1", b"b=2"]
        assert not {name.lower() for name, _ in headers} & {b"connection", b"transfer-encoding"}

    async def test_an_answer_in_pieces_comes_piece_by_piece(self, host):
        _status, _headers, pieces = await ask(host, "/pieces/")

        assert pieces[: bridge_stage.PIECES] == [b"0", b"1", b"2", b"3"]

    @pytest.mark.parametrize("announced", [True, False])
    async def test_a_body_arrives_whole_whether_its_length_was_told_or_not(self, host, announced):
        length = [(b"Content-Length", b"300000")] if announced else []
        body = [b"x" * 100_000] * 3
        _s, _h, pieces = await ask(
            host, body=body, method="POST", headers=[(b"Host", b"bar.example"), *length]
        )

        assert json.loads(b"".join(pieces))["read"] == 300_000

    async def test_two_hundred_may_come_at_once(self, host):
        answers = await asyncio.gather(*(ask(host, f"/{number}/") for number in range(200)))

        assert [json.loads(b"".join(pieces))["path"] for _s, _h, pieces in answers] == [
            f"/{number}/" for number in range(200)
        ]


class TestAStream:
    async def test_carries_text_sound_and_nothing_at_all(self, host):
        guest, accepted = await enter(host, subprotocols=["other", "rtvi.json"])
        assert (accepted["type"], accepted["subprotocol"]) == ("websocket.accept", "rtvi.json")

        for said in {"text": "ein Bier für Ü 🍺"}, {"bytes": b"\x00\xff" * 320}, {"text": "x" * 60_000}:
            guest.say("websocket.receive", **said)
            heard = await guest.hear()
            assert {name: heard[name] for name in said} == said
        guest.say("websocket.disconnect", code=1001)
        await guest.ends()

    async def test_knows_who_its_guest_is_and_believes_nobody_else(self, host):
        guest, _accepted = await enter(host, headers=[(b"Host", b"bar.example"), (b"Origin", b"https://b")])
        guest.say("websocket.receive", text="who")
        told = json.loads((await guest.hear())["text"])

        assert (told["client"], told["scheme"]) == ("203.0.113.7", "wss")
        assert told["names"]["origin"] == "https://b"
        guest.say("websocket.disconnect", code=1000)
        await guest.ends()

    @pytest.mark.parametrize("code", [1000, 4001, 4404, 4429, 4999])
    async def test_the_houses_code_reaches_the_guest(self, host, code):
        guest, _accepted = await enter(host)
        guest.say("websocket.receive", text=f"close {code}")

        closed = await guest.hear()

        assert (closed["type"], closed["code"]) == ("websocket.close", code)
        guest.say("websocket.disconnect", code=code)
        await guest.ends()

    @pytest.mark.parametrize("code", [1000, 1001, 3000, 4900])
    async def test_the_guests_code_reaches_the_house(self, host, notes, code):
        guest, _accepted = await enter(host)
        guest.say("websocket.disconnect", code=code)

        await noted(notes, f"left with {code}")
        await guest.ends()

    async def test_a_guest_who_vanishes_is_noticed(self, host, notes):
        guest, _accepted = await enter(host)
        guest.say("websocket.disconnect", code=1006)

        await noted(notes, "left with 1006")
        await guest.ends()

    async def test_a_refusal_is_a_refusal(self, host):
        """Modal's edge makes a 403 of it."""
        guest, answer = await enter(host, "/refused/")

        assert answer["type"] == "websocket.close"
        guest.say("websocket.disconnect")
        await guest.ends()

    async def test_a_flood_waits_for_the_guest_who_does_not_listen(self, host, notes):
        """26 MB would be sent; no more than the buffers hold leaves the consumer."""
        guest, _accepted = await enter(host, "/flood/")
        await noted(notes, "sent 1")
        sent, before = 0, -1
        while sent != before:
            before, sent = sent, len(notes.read_text().splitlines())
            await asyncio.sleep(0.3)

        assert sent < bridge_stage.FLOOD / 4
        for _ in range(bridge_stage.FLOOD):
            assert len((await guest.hear())["bytes"]) == 65536
        guest.say("websocket.disconnect", code=1000)
        await guest.ends()

    async def test_a_guest_who_talks_too_fast_waits_for_a_slow_house(self, host, notes):
        guest, _accepted = await enter(host, "/slow/")
        for _ in range(bridge_stage.FLOOD):
            guest.say("websocket.receive", bytes=b"x" * 65536)
        left, before = 0, -1
        while left != before:
            before, left = left, guest.said.qsize()
            await asyncio.sleep(0.3)

        assert left > bridge_stage.FLOOD / 2
        bridge_stage.note(bridge_stage.GO_ON)
        guest.say("websocket.disconnect", code=1000)
        await noted(notes, "left with 1000")
        await guest.ends()


class TestTheEnd:
    async def test_daphne_opens_with_the_container_and_closes_with_it(self, notes, tmp_path):
        daphne = DaphneProcess(tmp_path / "daphne.sock", ENTRY)
        async with ModalHost(Bridge(daphne)) as host:
            status, _headers, _pieces = await ask(host)

        assert daphne.process is not None
        assert (status, daphne.process.returncode) == (200, 0)
        assert not daphne.path.exists()

    async def test_when_daphne_dies_its_streams_hear_that_they_should_come_back(self, notes, tmp_path):
        daphne = DaphneProcess(tmp_path / "daphne.sock", ENTRY)
        async with ModalHost(Bridge(daphne)) as host:
            guest, _accepted = await enter(host)
            assert daphne.process is not None
            daphne.process.kill()
            closed = await guest.hear()
            guest.say("websocket.disconnect", code=4001)
            await guest.ends()

        assert (closed["type"], closed["code"]) == ("websocket.close", 4001)
