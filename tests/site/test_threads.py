"""Requests borrow threads, and nobody waits behind somebody else's."""

import asyncio
import threading
import time
from typing import Any

from asgiref.sync import sync_to_async

from maya_site.edge.request_threads import RequestThreadPool
from tests.site.asgi_client import send_request


def answering(work):
    async def app(scope, receive, send):
        said = await sync_to_async(work)()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(said).encode()})

    return app


async def test_one_after_the_other_they_share_a_thread():
    lent = RequestThreadPool(answering(threading.get_ident))

    first, second = await send_request(lent), await send_request(lent)

    assert first.body == second.body != str(threading.get_ident()).encode()


async def test_at_the_same_time_each_has_its_own():
    meeting = threading.Barrier(3, timeout=5)

    def meet():
        meeting.wait()
        return threading.get_ident()

    answers = await asyncio.gather(*(send_request(LENT) for LENT in [RequestThreadPool(answering(meet))] * 3))

    assert len({answer.body for answer in answers}) == 3


async def test_a_thread_that_is_still_at_work_is_not_lent_again():
    hold = threading.Event()
    lent = RequestThreadPool(answering(lambda: hold.wait(5)))
    guest = asyncio.create_task(send_request(lent))
    await asyncio.sleep(0.05)

    guest.cancel()  # hangs up
    await asyncio.gather(guest, return_exceptions=True)

    assert lent.idle_threads == []
    hold.set()


async def test_only_so_many_threads_are_kept():
    lent = RequestThreadPool(answering(lambda: time.sleep(0.02)), max_idle=2)

    await asyncio.gather(*(send_request(lent) for _ in range(5)))

    assert len(lent.idle_threads) == 2


async def test_a_live_stream_borrows_none():
    async def stream(scope, receive, send):
        assert scope["type"] == "websocket"

    lent = RequestThreadPool(stream)
    nobody: Any = None
    await lent({"type": "websocket"}, nobody, nobody)

    assert lent.idle_threads == []
