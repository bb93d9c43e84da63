"""Who may open a live stream, and what becomes of the others."""

import pytest
from channels.testing import WebsocketCommunicator
from django.urls import path

from maya_site.core.shutdown_signal import ShutdownSignal
from maya_site.core.websocket_consumer import BaseConsumer
from maya_site.edge.websockets import MAX_WEBSOCKETS_PER_ADDRESS, build_websocket_app

# After a stream Channels asks the connections of its thread, also those that an earlier test left there.
pytestmark = pytest.mark.django_db

OURS = "http://localhost:8000"


class Greeter(BaseConsumer):
    async def connect(self):
        await self.accept()
        await self.send(text_data=self.scope["cookies"].get("maya_visit", "nobody"))

    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data=text_data)


@pytest.fixture
def bar():
    return build_websocket_app([path("ws/voice/", Greeter.as_asgi())], [OURS, "https://bar.example"])


def knock(bar, *origins, at="/ws/voice/", cookie="", address="203.0.113.7"):
    headers = [(b"origin", origin.encode("latin-1")) for origin in origins]
    headers += [(b"cookie", cookie.encode())] if cookie else []
    guest = WebsocketCommunicator(bar, at, headers=headers)
    guest.scope["client"] = [address, 1]
    return guest


@pytest.mark.parametrize("origin", [OURS, "https://bar.example", "HTTPS://BAR.EXAMPLE"])
async def test_our_own_pages_may_talk(bar, origin):
    guest = knock(bar, origin, cookie="maya_visit=ada; other=1")

    assert (await guest.connect())[0]
    assert await guest.receive_from() == "ada"
    await guest.disconnect()


@pytest.mark.parametrize(
    "origins",
    [
        [],
        ["null"],
        [""],
        ["http://evil.example"],
        ["http://localhost:9"],
        ["https://localhost:8000"],
        ["http://localhost"],
        ["https://bar.example.evil.example"],
        ["https://evil-bar.example"],
        ["https://bar.example/"],
        ["https://bar.example:443"],
        ["\xe9"],
        [OURS, OURS],
    ],
)
async def test_every_other_page_is_turned_away_before_the_handshake(bar, origins):
    accepted, _code = await knock(bar, *origins).connect()

    assert not accepted


async def test_an_unknown_path_closes_with_a_code_and_no_traceback(bar):
    guest = knock(bar, OURS, at="/ws/kitchen/")

    assert (await guest.connect())[0]
    assert await guest.receive_output() == {"type": "websocket.close", "code": 4404}


async def test_one_address_holds_so_many_streams_and_no_more(bar):
    guests = [knock(bar, OURS) for _ in range(MAX_WEBSOCKETS_PER_ADDRESS)]
    for guest in guests:
        await guest.connect()
    late, other = knock(bar, OURS), knock(bar, OURS, address="198.51.100.1")
    await late.connect()

    assert await late.receive_output() == {"type": "websocket.close", "code": 4429}
    assert (await other.connect())[0]
    for guest in [*guests, other]:
        await guest.disconnect()


async def test_at_the_last_call_a_stream_says_goodbye_and_closes(monkeypatch):
    last_call = ShutdownSignal()
    monkeypatch.setattr("maya_site.core.websocket_consumer.SHUTDOWN", last_call)
    guest = WebsocketCommunicator(
        build_websocket_app([path("", Greeter.as_asgi())], [OURS]), "/", [(b"origin", OURS.encode())]
    )
    await guest.connect()
    await guest.receive_from()

    last_call.trigger()

    assert await guest.receive_output() == {"type": "websocket.close", "code": 4001}
    await guest.disconnect()


async def test_whoever_comes_after_the_last_call_hears_it_at_once():
    last_call = ShutdownSignal()
    last_call.trigger()

    await last_call.wait()
    last_call.reset()
    assert not last_call.is_set


async def test_a_message_that_nobody_handles_is_a_bug_and_says_so():
    guest = Greeter()

    with pytest.raises(ValueError, match=r"No handler for message type kitchen\.fire"):
        await guest.dispatch({"type": "kitchen.fire"})
