"""Saying something never waits; whoever does not read is let go before it costs much."""

import asyncio

from maya_site.core.websocket_consumer import Outbox


async def test_what_is_said_goes_out_in_order():
    out = []

    async def send(text):
        out.append(text)

    outbox = Outbox(send)
    sending = asyncio.create_task(outbox.run())
    for number in range(5):
        outbox.put(str(number))
    await outbox.wait_until_empty(timeout_seconds=1)
    sending.cancel()

    assert out == ["0", "1", "2", "3", "4"]


async def test_more_than_may_wait_ends_it_and_frees_what_waited():
    never = asyncio.Event()

    async def send(_text):
        await never.wait()

    outbox = Outbox(send, max_bytes=1_000, send_timeout_seconds=0.05)
    sending = asyncio.create_task(outbox.run())
    for _ in range(50):
        outbox.put("x" * 100)

    assert outbox.is_closed
    await asyncio.wait_for(sending, 1)
    outbox.put("nobody hears this")


async def test_one_message_that_is_not_taken_in_time_ends_it():
    async def send(_text):
        await asyncio.sleep(10)

    outbox = Outbox(send, send_timeout_seconds=0.05)
    outbox.put("hello")

    await asyncio.wait_for(outbox.run(), 1)
    assert outbox.is_closed


async def test_waiting_for_the_last_words_has_an_end():
    async def send(_text):
        await asyncio.sleep(10)

    outbox = Outbox(send)
    outbox.put("bye")
    await asyncio.wait_for(outbox.wait_until_empty(timeout_seconds=0.05), 1)
