"""The guest says "stop": the stream is closed at once, so that the server's one slot is free again."""

import asyncio
from contextlib import suppress

import pytest
from asgiref.sync import async_to_sync

from bartender.conversation.events import TextDelta
from bartender.conversation.turn import take_turn
from bartender.models.visits import Turn
from tests.vendors.openai_compatible import Pause, faults
from tests.waiting import wait_until


def stopped(bar, said, when):
    """A turn that is stopped as soon as `when` is so."""

    async def take_stopped_turn(heard):
        async for event in take_turn(bar.visit, said, "stopped", bar.brain()):
            if isinstance(event, TextDelta):
                heard.append(event.text)

    async def run():
        heard: list[str] = []
        task = asyncio.create_task(take_stopped_turn(heard))
        while not when(heard) and not task.done():
            await asyncio.sleep(0.005)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return "".join(heard).strip()

    return async_to_sync(run)()


@pytest.mark.parametrize(
    "round",
    [
        ["Good evening, friend. ", "How was your day? ", Pause(600)],
        ["Good evening, friend. ", *faults.dribbles("la " * 5000, pause=0.001)],
    ],
    ids=["stalled", "talking"],
)
def test_stop_in_the_middle_of_an_answer_closes_the_stream(bar, server, round):
    server.play(round)

    heard = stopped(bar, "Hello", when=lambda heard: heard)

    wait_until(lambda: server.turns[0].ended)
    assert server.turns[0].ended == "gone"
    row = Turn.objects.get()
    assert (row.outcome, row.reply_text) == ("stopped", heard)


def test_stop_before_the_first_word_closes_the_stream_and_asks_nobody_else(bar, server):
    server.always(faults.never())

    assert stopped(bar, "A martini", when=lambda heard: server.turns) == ""

    wait_until(lambda: server.turns[0].ended)
    assert [one.ended for one in server.turns] == ["gone"]
