"""Who may open a live stream, and what becomes of the others."""

from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.urls import path

from maya_site.lib.consumer import HouseConsumer
from maya_site.lib.last_call import LastCall
from maya_site.web.streams import EACH_ADDRESS, streams

# After a stream Channels asks the connections of its thread, also those that an earlier test left there.
pytestmark = pytest.mark.django_db

OURS = "http://localhost:8000"


class Greeter(HouseConsumer):
    channel_layer_alias = None

    async def connect(self):
        await self.accept()
        await self.send(text_data=self.scope["cookies"].get("maya_visit", "nobody"))

    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data=text_data)


@pytest.fixture
def bar():
    return streams([path("ws/voice/", Greeter.as_asgi())], [OURS, "https://bar.example"])


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
    guests = [knock(bar, OURS) for _ in range(EACH_ADDRESS)]
    for guest in guests:
        await guest.connect()
    late, other = knock(bar, OURS), knock(bar, OURS, address="198.51.100.1")
    await late.connect()

    assert await late.receive_output() == {"type": "websocket.close", "code": 4429}
    assert (await other.connect())[0]
    for guest in [*guests, other]:
        await guest.disconnect()


class Layer:
    """A channel layer whose broker comes and goes."""

    def __init__(self) -> None:
        self.away, self.receives = True, 0

    async def new_channel(self) -> str:
        return "one"

    async def receive(self, channel: str) -> dict[str, Any]:
        self.receives += 1
        if self.away:
            self.away = False
            raise ConnectionError("no broker")
        return {"type": "news", "text": "last orders"} if self.receives == 2 else await forever()

    async def group_add(self, group: str, channel: str) -> None:
        raise ConnectionError("no broker")

    group_discard = group_add


async def forever():
    import asyncio

    await asyncio.Event().wait()


class Listener(HouseConsumer):
    retry_news_after = 0.01

    async def connect(self):
        await self.accept()
        await self.send(text_data=f"joined: {await self.join('bar')}")

    async def disconnect(self, code):
        await self.leave("bar")

    async def news(self, message):
        await self.send(text_data=message["text"])


async def test_a_stream_outlives_its_broker_and_hears_the_news_when_it_is_back(monkeypatch, caplog):
    monkeypatch.setattr("maya_site.lib.consumer.get_channel_layer", lambda _alias, layer=Layer(): layer)  # noqa: B008
    guest = WebsocketCommunicator(Listener.as_asgi(), "/")
    await guest.connect(timeout=15)

    assert await guest.receive_from(timeout=15) == "joined: False"
    assert await guest.receive_from(timeout=15) == "last orders"
    assert "ConnectionError" in caplog.text
    await guest.disconnect()


async def test_at_the_last_call_a_stream_says_goodbye_and_closes(monkeypatch):
    last_call = LastCall()
    monkeypatch.setattr("maya_site.lib.consumer.LAST_CALL", last_call)
    guest = WebsocketCommunicator(
        streams([path("", Greeter.as_asgi())], [OURS]), "/", [(b"origin", OURS.encode())]
    )
    await guest.connect()
    await guest.receive_from()

    last_call.call()

    assert await guest.receive_output() == {"type": "websocket.close", "code": 4001}
    await guest.disconnect()


async def test_whoever_comes_after_the_last_call_hears_it_at_once():
    last_call = LastCall()
    last_call.call()

    await last_call.wait()
    last_call.reopen()
    assert not last_call.called


async def test_a_message_that_nobody_handles_is_a_bug_and_says_so():
    guest = Greeter()

    with pytest.raises(ValueError, match=r"No handler for message type kitchen\.fire"):
        await guest.dispatch({"type": "kitchen.fire"})
