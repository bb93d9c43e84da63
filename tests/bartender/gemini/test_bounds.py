"""A Gemini that pours without end: it is left, the bar answers, and other guests are served meanwhile."""

import asyncio
import tracemalloc
import zlib

import pytest
from asgiref.sync import async_to_sync

from bartender.brains.gemini import clients as made
from bartender.brains.gemini.clients import ClientPool
from bartender.conversation.turn import INTERRUPTED_TEXT, collect_events, take_turn
from maya_site.core.response_limits import ResponseLimits
from tests.bartender.gemini.conftest import LONG_DEADLINES
from tests.bartender.gemini.test_faults import failures, the_house_poured
from tests.vendors.gemini import HttpError, RawBytes
from tests.vendors.gemini.wire import event
from tests.waiting import wait_until

PIECE = 256 << 10
MB = 1 << 20


def poured(piece, times=240):
    """Sixty megabytes."""
    return [RawBytes(piece)] * times


ENDLESS = {
    "a line without an end": [RawBytes(b"data: "), *poured(b"x" * PIECE)],
    "an event of many lines": poured(b"data: x\r\n" * (PIECE // 9)),
    "an object without an end": poured(b"{" * PIECE),
    "a string without an end": [RawBytes(b'data: {"candidates": [{"content": "'), *poured(b"x" * PIECE)],
    "empty lines": poured(b"\n" * PIECE),
    "comments": poured(b": still here\n\n" * (PIECE // 14)),
    "a thousand parts": [RawBytes(event({"candidates": [{"content": {"parts": [{"text": ""}] * 9_000}}]}))]
    * 100,
    "thoughts": [
        RawBytes(event({"candidates": [{"content": {"parts": [{"text": "hm" * 900, "thought": True}]}}]}))
    ]
    * 2_000,
}


@pytest.fixture
def fresh():
    """Clients of this test's own, so that bounds are those of this moment."""
    clients = ClientPool(LONG_DEADLINES.connect_seconds)
    yield clients
    clients.close()


@pytest.mark.parametrize("flood", ENDLESS)
def test_what_never_ends_is_left_and_the_house_pours(bar, gemini, flood):
    gemini.always(ENDLESS[flood])

    the_house_poured(bar.say("A martini, please"))
    wait_until(lambda: all(one.ended for one in gemini.turns))
    assert {one.ended for one in gemini.turns} <= {"gone", "whole"}
    assert failures("protocol") + failures("empty") + failures("truncated") >= 1


def test_after_the_first_words_it_ends_with_an_honest_one(bar, gemini):
    gemini.play(["Good evening, friend. The night ", RawBytes(b"data: "), *poured(b"x" * PIECE)])

    told = bar.say("Hello")

    assert told.reply == f"Good evening, friend. {INTERRUPTED_TEXT}"


@pytest.mark.parametrize("status", [200, 400, 429, 503])
def test_a_refusal_is_read_no_further_than_an_answer(bar, gemini, status):
    gemini.always(HttpError(status, "x" * (30 * MB)) if status != 200 else poured(b"[" * PIECE))

    the_house_poured(bar.say("A martini, please"))


def test_what_is_compressed_is_not_unfolded(bar, gemini):
    bomb = zlib.compress(b"x" * (60 * MB))
    gemini.always(HttpError(503, bomb, {"content-encoding": "deflate"}))

    the_house_poured(bar.say("A martini, please"))
    assert {one.headers["accept-encoding"] for one in gemini.turns} == {"identity"}


def pour(bar, gemini):
    """How much memory it took at most, and how often another guest got a word in while it poured."""
    bar.say("Hello")  # what is made once is made
    gemini.forget()
    gemini.always([RawBytes(b"data: "), *poured(b"x" * PIECE)])
    ticks = 0

    async def evening():
        async def others():
            nonlocal ticks
            while True:
                await asyncio.sleep(0)
                ticks += bool(gemini.turns)

        beside = asyncio.ensure_future(others())
        events = await collect_events(take_turn(bar.visit, "A martini, please", "flood", bar.brain()))
        beside.cancel()
        return events[-1]

    tracemalloc.start()
    try:
        told = async_to_sync(evening)()
        return told, tracemalloc.get_traced_memory()[1], ticks
    finally:
        tracemalloc.stop()


def test_memory_stays_and_others_are_served_while_it_pours(bar, gemini, fresh):
    bar.venue_model.client_pool = fresh
    told, most, ticks = pour(bar, gemini)

    the_house_poured(told)
    assert most < 20 * MB
    assert ticks > 20


def test_without_a_bound_it_takes_what_it_is_sent(bar, gemini, fresh, monkeypatch):
    """The control: the same evening does fill the memory."""
    monkeypatch.setattr(made, "RESPONSE_LIMITS", ResponseLimits(max_body_bytes=1 << 40))
    bar.venue_model.client_pool = fresh
    _told, most, _ticks = pour(bar, gemini)

    assert most > 50 * MB
