"""Whoever does not read along is told so, and costs nobody else anything."""

from functools import partial

import pytest

from bartender import consumers
from bartender.stream.outbox import Outbox
from tests.bartender.stream.page import Page

pytestmark = [pytest.mark.django_db(transaction=True)]


async def test_more_than_may_wait_ends_the_stream_with_a_goodbye(ada, ben, brain, voice, monkeypatch):
    async with Page(ben) as other:
        await other.ready()
        monkeypatch.setattr(consumers, "Outbox", partial(Outbox, most=300))
        async with Page(ada) as page:
            await page.send("client-ready", {})
            said, code = await page.goodbye()
        assert (await other.press("ping"))["type"] == "server-response"

    assert said["reason"] == "you do not read along"
    assert code == consumers.NOT_READING
