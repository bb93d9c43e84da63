"""Maya's Daphne, as a real process on loopback: how it ends, what it refuses, how patient it is."""

import asyncio
import http.client
import re
import signal
import socket
import threading
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from tests.deploy.process import stage
from tests.deploy.stage_names import ORIGIN

pytestmark = pytest.mark.slow
MB = 1024 * 1024


@pytest.fixture(scope="module")
def open_server():
    """Open all evening."""
    with stage("house") as server:
        yield server


@pytest.fixture
def closing():
    """Open for one test, which ends it."""
    with stage("house") as server:
        yield server


def stream(server, name="echo", **options):
    return connect(f"ws://127.0.0.1:{server.port}/ws/{name}/", origin=Origin(ORIGIN), **options)


async def ended(server, within=15):
    return await asyncio.to_thread(server.process.wait, within)


class TestTheEnd:
    @pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
    async def test_a_stream_hears_goodbye_and_its_consumer_knows_that_it_left(self, closing, told):
        async with stream(closing) as guest:
            await guest.send("hello")
            assert await guest.recv() == "hello"

            closing.process.send_signal(told)

            assert await guest.recv() == "bye"
            with pytest.raises(ConnectionClosed):
                await guest.recv()
            assert guest.close_code == 4001
        assert await ended(closing) == 0
        # 1006 where the line ends before the client's answer is read.
        assert re.search(r"echo left with (4001|1006)$", closing.said(), re.MULTILINE)
        assert "Traceback" not in closing.said()

    async def test_a_consumer_that_does_not_listen_is_closed_for(self, closing):
        async with stream(closing, "deaf") as guest:
            closing.process.send_signal(signal.SIGTERM)
            with pytest.raises(ConnectionClosed):
                await guest.recv()
            assert guest.close_code == 4001
        assert await ended(closing) == 0

    def test_a_request_that_is_under_way_gets_its_answer(self, closing):
        answers = []
        asking = threading.Thread(target=lambda: answers.append(closing.ask("/slow/")))
        asking.start()
        time.sleep(0.3)

        assert closing.terminate() == 0

        asking.join()
        assert answers[0][0] == 200

    def test_nobody_new_comes_in_and_a_kept_connection_is_closed(self, closing):
        kept = http.client.HTTPConnection("127.0.0.1", closing.port, timeout=10)
        kept.request("GET", "/")
        assert kept.getresponse().read()
        threading.Thread(target=closing.ask, args=["/slow/"]).start()
        time.sleep(0.3)
        closing.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)

        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", closing.port), timeout=2)
        kept.request("GET", "/")
        answer = kept.getresponse()
        kept.close()

        assert (answer.status, answer.getheader("Connection")) == (200, "close")
        assert closing.process.wait(15) == 0

    def test_an_upload_that_never_ends_is_left_behind_at_the_deadline(self, closing):
        with socket.create_connection(("127.0.0.1", closing.port)) as guest:
            guest.sendall(b"POST /read/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx")
            time.sleep(0.2)

            assert closing.terminate() == 0
        assert "Traceback" not in closing.said()

    def test_asked_twice_it_stops_at_once(self, closing):
        guest = socket.create_connection(("127.0.0.1", closing.port))
        guest.sendall(b"GET /slowest/ HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        closing.process.send_signal(signal.SIGINT)
        time.sleep(0.1)
        began = time.monotonic()

        closing.terminate()

        assert (
            time.monotonic() - began < 8
        )  # neither the answer nor the ten seconds of patience are waited for
        guest.close()


class TestPatience:
    def test_200_mb_are_refused_in_a_sentence_and_cost_no_memory(self, open_server):
        open_server.ask("/")
        before = open_server.memory()

        announced = refused(
            open_server, f"Expect: 100-continue\r\nContent-Length: {200 * MB}", b"x" * MB, 200
        )
        chunk = b"100000\r\n" + b"x" * MB + b"\r\n"
        in_chunks = refused(open_server, "Transfer-Encoding: chunked", chunk, 200)

        for answer in (announced, in_chunks):
            assert answer.startswith(b"HTTP/1.1 413 ")
            assert answer.endswith(b"\r\n\r\nMaya takes at most 1024 KiB in one request.\n")
        assert open_server.memory("VmHWM") < before + 20

    def test_a_body_within_the_limit_is_read(self, open_server):
        assert open_server.ask("/read/", "POST", b"x" * MB)[1].startswith(f"{MB} ")

    async def test_a_flood_to_a_slow_consumer_stays_outside(self, open_server):
        async with stream(open_server) as guest:
            await guest.send("warm")
            await guest.recv()
        before = open_server.memory()
        async with stream(open_server, "slow", max_queue=4, close_timeout=1) as guest:
            sent = await flood(guest, b"x" * 70_000, 3000, within=4)

        assert sent < 1000, "the guest was held back"
        assert open_server.memory("VmHWM") < before + 20

    async def test_who_does_not_read_holds_up_only_his_own_consumer(self, open_server):
        async with stream(open_server) as warm:
            await warm.send("warm")
            await warm.recv()
            before = open_server.memory()
            with SlowReader(open_server.port, "/ws/flood/"):
                await asyncio.sleep(2)
                began = time.monotonic()
                await warm.send("still there?")

                assert await warm.recv() == "still there?"
                assert time.monotonic() - began < 10  # the reader reads for longer
                assert open_server.memory("VmHWM") < before + 20

    async def test_the_flood_arrives_whole_where_somebody_reads(self, open_server):
        async with stream(open_server, "flood", max_size=None, close_timeout=1) as guest:
            await guest.send("go")
            for _ in range(400):
                assert len(await guest.recv()) == 65536


async def flood(guest, message, times, within):
    sent = 0
    try:
        async with asyncio.timeout(within):
            for _ in range(times):
                await guest.send(message)
                sent += 1
    except TimeoutError:
        guest.transport.abort()
    return sent


def refused(server, header, part, times):
    """Sends until told to stop; what was said to it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as guest:
        head = f"POST /read/ HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n"
        guest.sendall(head.encode())
        try:
            for _ in range(times):
                guest.sendall(part)
            guest.shutdown(socket.SHUT_WR)
        except OSError:
            return b""
        said = b""
        while more := guest.recv(65536):
            said += more
        return said


class SlowReader:
    """Opens a stream, asks for something, and never reads."""

    def __init__(self, port, path):
        self.guest = socket.create_connection(("127.0.0.1", port))
        self.guest.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        head = [
            f"GET {path} HTTP/1.1",
            "Host: x",
            f"Origin: {ORIGIN}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        self.guest.sendall("\r\n".join([*head, "", ""]).encode())
        assert b"101 Switching" in self.guest.recv(200)
        self.guest.sendall(b"\x81\x82\x00\x00\x00\x00go")

    def __enter__(self):
        return self

    def __exit__(self, *trouble):
        self.guest.close()


HANDSHAKES = {
    "no key": ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"],
    "short key": [
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: x",
    ],
    "no version": [
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ],
    "version 99": [
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 99",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ],
    "no connection header": [
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ],
    "bad subprotocol": [
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: ,,,a b;\x01",
    ],
    "header with a space": ["Upgrade : websocket", "X Y: z"],
    "header that never ends": ["X: " + "y" * 70_000],
}


@pytest.mark.parametrize("name", HANDSHAKES)
def test_a_malformed_handshake_is_refused_and_hurts_nobody(open_server, name):
    lines = ["GET /ws/echo/ HTTP/1.1", "Host: x", f"Origin: {ORIGIN}", *HANDSHAKES[name], "", ""]
    with socket.create_connection(("127.0.0.1", open_server.port), timeout=10) as guest:
        guest.sendall("\r\n".join(lines).encode("latin-1"))
        answer = guest.recv(100)

    assert not answer.startswith((b"HTTP/1.1 101", b"HTTP/1.1 200", b"HTTP/1.1 500"))
    assert open_server.ask("/")[0] == 200
    assert "Traceback" not in open_server.said()


def test_random_bytes_hurt_nobody(open_server):
    for garbage in (
        b"\x00" * 100,
        b"\x16\x03\x01\x02\x00\x01",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\xff" * 50,
    ):
        with socket.create_connection(("127.0.0.1", open_server.port), timeout=10) as guest:
            guest.sendall(garbage)

    assert open_server.ask("/")[0] == 200
    assert "Traceback" not in open_server.said()
