"""The guest says "stop": Gemini's stream is closed at once, and the history keeps only what was said."""

import asyncio
import time
from contextlib import suppress

import pytest
from asgiref.sync import async_to_sync

from bartender.conversation.events import TextDelta
from bartender.conversation.turn import take_turn
from bartender.models.visits import Turn
from tests.vendors.gemini import FunctionCall, Pause, faults

TALKS = ["Good evening, friend. ", "How was your day? "]


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


def hung_up(asked):
    deadline = time.monotonic() + 10
    while not asked.ended and time.monotonic() < deadline:
        time.sleep(0.01)
    return asked.ended == "gone"


@pytest.mark.parametrize(
    "round",
    [
        [*TALKS, Pause(600)],
        [*TALKS, *faults.dribbles("la " * 5000, pause=0.001)],
        [*TALKS, *["la "] * 200, Pause(600)],
    ],
    ids=["stalled", "talking", "behind"],
)
def test_stop_in_the_middle_of_an_answer_closes_the_stream(bar, gemini, round):
    gemini.play(round)

    heard = stopped(bar, "Hello", when=lambda heard: heard)

    assert hung_up(gemini.turns[0])
    row = Turn.objects.get()
    assert (row.outcome, row.reply_text) == ("stopped", heard)
    assert row.token_usage[0]["input"] > 0


@pytest.mark.parametrize("fault", [faults.never(), faults.stalls("One")], ids=["silent", "one word"])
def test_stop_before_the_first_sentence_closes_the_stream_and_asks_nobody_else(bar, gemini, fault):
    gemini.always(fault)

    assert stopped(bar, "A martini", when=lambda heard: gemini.turns) == ""

    assert hung_up(gemini.turns[0])
    assert len(gemini.turns) == 1


def test_stop_between_two_rounds_keeps_what_was_done(bar, gemini):
    gemini.play([FunctionCall("add_to_order", {"item": "IPA"})], faults.never())

    stopped(bar, "An IPA", when=lambda heard: len(gemini.turns) == 2)

    assert hung_up(gemini.turns[1])
    assert [tool["name"] for tool in Turn.objects.get().tool_calls] == ["add_to_order"]
    assert bar.say("What do I have?").bill.units == 1
