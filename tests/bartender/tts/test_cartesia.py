"""Cartesia's voice against its own wire format: each dial a fault, and never a word twice."""

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest

from bartender.speech.tts.base import AudioChunk, SpeechUsage, WordStart
from bartender.speech.tts.cartesia import connection as cartesia_connection
from bartender.speech.tts.cartesia import engine
from bartender.speech.tts.cartesia.context import SynthesisOptions
from bartender.speech.tts.cartesia.engine import CartesiaTTS
from bartender.speech.tts.text_stream import Phrase, TextStream
from maya_site.core.errors import ProviderError
from tests.vendors.cartesia import (
    BYTES_PER_MS,
    KEY,
    WORD_MS,
    ScriptedCartesia,
    is_at_most_one_phrase_cut,
    words_heard_in,
)

HELLO = ("Good", "evening,")
ASK = ("what", "can", "I", "get", "you?")
THEN = ("The", "Negroni", "is", "splendid.")
ALL = [*HELLO, *ASK, *THEN]


@pytest.fixture
def cartesia(monkeypatch):
    monkeypatch.setattr(engine, "RETRY_DELAY_SECONDS", 0.0)
    with ScriptedCartesia() as server:
        yield server


@pytest.fixture
async def maya(cartesia):
    manner = SynthesisOptions(
        "sonic-3.5", "a-voice", first_audio_timeout_seconds=1.2, next_audio_timeout_seconds=1.0
    )
    maya = CartesiaTTS(KEY, manner, cartesia.address)
    yield maya
    await maya.close()


def script(*pieces, whole=True):
    written, first = TextStream(), 0
    for words in pieces:
        written.add(Phrase(first, words))
        first += len(words)
    if whole:
        written.close()
    return written


async def synthesised(maya, *pieces):
    """What is heard of it, word by word; when each word begins; and what went wrong at last."""
    sound, begins, fault = b"", {}, None
    try:
        async for part in maya.synthesize(script(*(pieces or (HELLO, ASK, THEN)))):
            if isinstance(part, AudioChunk):
                sound += part.pcm
            elif isinstance(part, WordStart):
                begins[part.word_index] = part.at_ms
    except ProviderError as error:
        fault = error
    return words_heard_in(sound, ALL), begins, fault


async def test_a_reply_is_one_context_fed_piece_by_piece(cartesia, maya):
    said, begins, fault = await synthesised(maya)

    assert (said, fault) == (ALL, None)
    assert begins == {word: word * WORD_MS for word in range(len(ALL))}
    assert [asked.texts for asked in cartesia.contexts] == [
        ["Good evening, ", "what can I get you? ", "The Negroni is splendid. "]
    ]


async def test_each_reply_is_asked_for_in_its_guests_language(cartesia, maya):
    for language in ("es", "en"):
        written = script(HELLO)
        written.language = language
        assert [part async for part in maya.synthesize(written)]

    assert [asked.language for asked in cartesia.contexts] == ["es", "en"]


async def test_replies_share_one_warm_line(cartesia, maya):
    await maya.warm_up()
    results = await asyncio.gather(*(synthesised(maya) for _ in range(5)))

    assert all(said == ALL for said, _begins, _fault in results)
    assert cartesia.connections == 1
    assert len(cartesia.contexts) == 5


async def test_she_waits_without_end_for_words_but_not_for_sound(maya):
    waiting = script(HELLO, whole=False)
    parts = maya.synthesize(waiting)
    while not isinstance(part := await anext(parts), AudioChunk) or words_heard_in(part.pcm, ALL) != [
        "evening,"
    ]:
        pass
    more = asyncio.ensure_future(anext(parts))
    await asyncio.sleep(1.5)  # longer than any sound is waited for
    assert not more.done()
    waiting.add(Phrase(2, ASK))
    assert await more == SpeechUsage("cartesia", len(" ".join(ASK)))
    assert await anext(parts) == WordStart(2, 200.0)
    await parts.aclose()


async def test_closing_the_reply_cancels_what_is_still_being_made(cartesia, maya):
    cartesia.dials = replace(cartesia.dials, speed=2)
    parts = maya.synthesize(script(HELLO, ASK, THEN))
    while not isinstance(await anext(parts), AudioChunk):
        pass
    await parts.aclose()
    async with asyncio.timeout(3):
        while not cartesia.contexts[0].cancelled:
            await asyncio.sleep(0.01)

    assert cartesia.contexts[0].chunks < len(ALL)


@pytest.mark.parametrize(
    "dials",
    [
        {"delay": 9},
        {"stall_at": 0},
        {"drop_at": 0},
        {"odd_at": 0},
        {"garbage_at": 0},
        {"stranger_at": 0},
        {"error_at": 0},
        {"error_at": 0, "nameless": True},
        {"hang_up": True},
        {"refuse": 503},
    ],
    ids=str,
)
async def test_what_fails_before_it_is_heard_is_said_once_more_and_whole(cartesia, maya, dials):
    cartesia.next(**dials)

    said, begins, fault = await synthesised(maya)

    assert (said, fault) == (ALL, None)
    assert begins == {word: word * WORD_MS for word in range(len(ALL))}


@pytest.mark.parametrize(
    "dials",
    [
        {"stall_at": 4},
        {"drop_at": 4},
        {"odd_at": 4},
        {"garbage_at": 4},
        {"stranger_at": 4},
        {"error_at": 4},
        {"error_at": 4, "nameless": True},
    ],
    ids=str,
)
async def test_what_fails_in_a_sentence_goes_on_with_the_next(cartesia, maya, dials):
    cartesia.next(**dials)

    said, begins, fault = await synthesised(maya)

    # A fault that is met before its sentence was heard begins that sentence anew: whole, and once.
    # A line that drops takes along the words that had arrived and were not read yet.
    assert is_at_most_one_phrase_cut(said, [[*HELLO], [*ASK], [*THEN]])
    assert said[-len(THEN) :] == [*THEN]
    assert fault is None
    assert begins[7] == (len(said) - len(THEN)) * WORD_MS


async def test_a_drop_after_the_last_sound_says_nothing_again(cartesia, maya):
    cartesia.next(drop_at=len(ALL) - 1)
    said, _begins, fault = await synthesised(maya)

    assert is_at_most_one_phrase_cut(said, [[*HELLO], [*ASK], [*THEN]])
    assert fault is None


@pytest.mark.parametrize("dials", [{"hang_up": True}, {"drop_at": 0}, {"error_at": 0}], ids=str)
async def test_two_reconnects_and_then_she_rests(cartesia, maya, dials):
    for _ in range(5):
        cartesia.next(**dials)

    said, _begins, fault = await synthesised(maya)
    again, _begins, at_once = await synthesised(maya)

    assert (said, again) == ([], [])
    assert fault is not None
    assert at_once is not None
    assert maya.is_cooling_down
    assert cartesia.connections <= 3
    maya.cooldown_until = 0.0
    cartesia._next.clear()
    cartesia._next_door.clear()
    assert (await synthesised(maya))[0] == ALL


@pytest.mark.parametrize("status", [429, 401])
async def test_who_is_refused_at_the_door_does_not_knock_again(cartesia, maya, status):
    cartesia.dials = replace(cartesia.dials, refuse=status)
    _said, _begins, fault = await synthesised(maya)
    knocked = cartesia.connections
    await synthesised(maya)

    assert fault is not None
    assert maya.is_cooling_down
    assert cartesia.connections == knocked


async def test_a_wrong_key_is_told_without_the_key(cartesia):
    stranger = CartesiaTTS("sk_wrong", SynthesisOptions("sonic-3.5", "a-voice"), cartesia.address)
    _said, _begins, fault = await synthesised(stranger)
    await stranger.close()

    assert "401" in str(fault)
    assert "sk_wrong" not in str(fault)


async def test_nobody_at_home_is_found_out_at_once():
    with ScriptedCartesia() as gone:
        address = gone.address
    maya = CartesiaTTS(KEY, SynthesisOptions("sonic-3.5", "a-voice"), address)
    _said, _begins, fault = await synthesised(maya)
    await maya.close()

    assert "network" in str(fault)


async def test_a_line_that_idles_is_replaced_before_it_is_closed(cartesia, maya, monkeypatch):
    monkeypatch.setattr(engine, "RENEW_AFTER_SECONDS", 0.06)
    await maya.warm_up()
    async with asyncio.timeout(5):
        while cartesia.connections < 3 or cartesia.closed < 2:
            await asyncio.sleep(0.01)

    assert (await synthesised(maya))[0] == ALL


async def test_a_slow_sentence_of_another_guest_does_not_lose_its_line(cartesia, maya):
    cartesia.next(speed=2)
    cartesia.next(stall_at=1)
    slow = asyncio.ensure_future(synthesised(maya))
    while not cartesia.contexts:
        await asyncio.sleep(0.01)
    await synthesised(maya)

    assert (await slow)[0] == ALL


async def test_without_word_times_all_is_heard(cartesia, maya):
    cartesia.next(times=False)
    said, begins, fault = await synthesised(maya)

    assert (said, begins, fault) == (ALL, {}, None)


async def test_half_speed_is_heard_whole(cartesia, maya):
    cartesia.next(speed=0.8)
    said, _begins, fault = await synthesised(maya, HELLO)

    assert (said, fault) == (list(HELLO), None)


async def test_the_sdk_itself_hears_the_same(cartesia, maya):
    """The reference: the SDK's own contexts and models, on the same server."""
    client = engine._build_client(KEY, cartesia.address)
    connection = await client.tts.websocket_connect(
        websocket_connection_options=cast(Any, cartesia_connection.CONNECTION_OPTIONS)
    ).enter()
    context = connection.context(**maya.options.to_request(), timeout=2)
    for words in (HELLO, ASK, THEN):
        await context.push(" ".join(words) + " ")
    await context.no_more_inputs()
    theirs = b"".join([e.audio or b"" async for e in context.receive() if e.type == "chunk"])
    await connection.close()
    await client.close()
    ours, _begins, _fault = await synthesised(maya)

    assert words_heard_in(theirs, ALL) == ours
    assert cartesia.contexts[0].texts == cartesia.contexts[1].texts


def test_the_length_of_a_word_is_that_of_its_sound():
    from tests.vendors.cartesia.sound import audio_for_word

    assert len(audio_for_word("Martini")) == WORD_MS * BYTES_PER_MS
