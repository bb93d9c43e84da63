"""Whoever does not read along is told so, and costs nobody else anything."""

from functools import partial

import pytest

from bartender.realtime import consumer
from maya_site.core.websocket_consumer import Outbox
from tests.bartender.realtime.page_client import PageClient

pytestmark = [pytest.mark.django_db(transaction=True)]


async def test_more_than_may_wait_ends_the_stream_with_a_goodbye(ada, ben, brain, voice, monkeypatch):
    async with PageClient(ben) as other:
        await other.send_client_ready()
        monkeypatch.setattr(consumer, "Outbox", partial(Outbox, max_bytes=300))
        async with PageClient(ada) as page:
            await page.send("client-ready", {})
            said, code = await page.wait_for_close()
        assert (await other.send_client_message("ping"))["type"] == "server-response"

    assert said["reason"] == "you do not read along"
    assert code == consumer.CLOSE_SLOW_CLIENT
