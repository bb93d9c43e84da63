"""Clients that ask for no subprotocol speak Pipecat's protobuf, and have the same conversation."""

import random

import pytest

from bartender.realtime.framing import OUTPUT_SAMPLE_RATE, ProtobufFraming, negotiate_framing
from bartender.realtime.protocol import (
    MAX_AUDIO_BYTES,
    InputAudio,
    JsonFraming,
    MalformedMessage,
    SendText,
)
from bartender.realtime.rtvi.frames_pb2 import (
    AudioRawFrame,
    Frame,
    MessageFrame,
    TextFrame,
    TranscriptionFrame,
)
from tests.bartender.realtime.page_client import PageClient, ProtobufPageClient, reply_text

# {"label":"rtvi-ai"} in a message, written by hand from the published definition: field 4, field 1, a string.
BY_HAND = b"\x22\x15\x0a\x13" + b'{"label":"rtvi-ai"}'


def packed(**frame):
    return Frame(**frame).SerializeToString()


def audio(pcm=b"\x00\x01" * 160, rate=16_000, channels=1):
    return packed(audio=AudioRawFrame(audio=pcm, sample_rate=rate, num_channels=channels))


def test_the_wire_form_is_the_published_one():
    assert packed(message=MessageFrame(data='{"label":"rtvi-ai"}')) == BY_HAND


def test_sound_is_the_same_in_both_framings():
    pcm = b"\x01\x02" * 320

    assert JsonFraming().decode(None, pcm) == ProtobufFraming().decode(None, audio(pcm)) == InputAudio(pcm)
    heard = Frame.FromString(ProtobufFraming().encode_audio(pcm)).audio
    assert (heard.audio, heard.sample_rate, heard.num_channels) == (pcm, OUTPUT_SAMPLE_RATE, 1)


@pytest.mark.parametrize(
    "frame",
    [
        {"text": TextFrame(id=1, text=" two IPAs ")},
        {"transcription": TranscriptionFrame(id=1, text="two IPAs", user_id="ada", timestamp="now")},
    ],
)
def test_bare_text_is_something_said_each_time_anew(frame):
    first, second = (ProtobufFraming().decode(None, packed(**frame)) for _ in range(2))

    assert isinstance(first, SendText)
    assert isinstance(second, SendText)
    assert first.content == "two IPAs"
    assert first.id != second.id


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\xff" * 50,
        BY_HAND[:-3],
        packed(message=MessageFrame(data="hello")),
        packed(message=MessageFrame(data="x" * 9_000)),
        packed(text=TextFrame(text="a\x00b")),
        packed(text=TextFrame(text="   ")),
        packed(text=TextFrame(text="x" * 4_001)),
        audio(rate=44_100),
        audio(channels=2),
        audio(b"\x00"),
        audio(b""),
        audio(b"\x00\x00" * (MAX_AUDIO_BYTES // 2 + 1)),
        b"\x00" * 100_000,
    ],
)
def test_what_is_no_frame_is_refused_in_words(data):
    with pytest.raises(MalformedMessage) as refused:
        ProtobufFraming().decode(None, data)

    assert len(str(refused.value)) > 10


def test_the_limit_of_a_sound_is_named_and_exact():
    most = b"\x00\x00" * (MAX_AUDIO_BYTES // 2)

    for framing, sent in ((JsonFraming(), most), (ProtobufFraming(), audio(most))):
        assert framing.decode(None, sent) == InputAudio(most)
    more = most + b"\x00\x00"
    for framing, sent in ((JsonFraming(), more), (ProtobufFraming(), audio(more))):
        with pytest.raises(MalformedMessage, match="64 KB"):
            framing.decode(None, sent)


def test_only_other_subprotocols_leave_nothing_to_agree_on():
    assert negotiate_framing(["mqtt", "soap"]) is None


@pytest.mark.django_db(transaction=True)
async def test_a_stock_client_orders_as_the_page_does(ada, brain, voice):
    async with ProtobufPageClient(ada) as stock, PageClient(ada) as page:
        told = await stock.send_client_ready()
        await page.send_client_ready()
        frames = await stock.send_text("a Martini please")
        await page.wait_for(lambda frame: frame["data"].get("lines"))

    assert {"bot-ready", "history", "tab"} <= set(told)
    assert "Word 0" in reply_text(frames)
    assert page.all_matching("tab")[-1]["lines"][0]["item"] == "Martini"


@pytest.mark.django_db(transaction=True)
async def test_a_text_frame_alone_begins_a_turn(ada, brain, voice):
    async with ProtobufPageClient(ada) as stock:
        await stock.put(text=TextFrame(text="a Negroni please"))
        await stock.wait_for("bot-llm-stopped")
        assert "Word 0" in reply_text(stock.received)


@pytest.mark.django_db(transaction=True)
async def test_garbage_from_a_stock_client_is_answered_each_time(ada, brain, voice, unhurried):
    unhurried()
    chance = random.Random(41)
    whole = packed(message=MessageFrame(data="x" * 40))
    async with ProtobufPageClient(ada) as stock:
        for number in range(300):
            cut = whole[: chance.randrange(1, len(whole))]
            await stock.send_raw(data=cut if number % 2 else chance.randbytes(chance.randrange(1, 400)))
            assert (await stock.receive())["type"] == "error-response"
        await stock.send_raw("text")
        assert "binary" in (await stock.receive())["data"]["error"]
        after = await stock.send_text("a Martini please")

    assert after[-1]["data"]["outcome"] == "done"


@pytest.mark.django_db(transaction=True)
async def test_a_stock_client_without_the_cookie_of_a_visit_hears_why_it_must_go(db):
    async with ProtobufPageClient(None) as stock:
        said, code = await stock.wait_for_close()

    assert (said["reason"], code) == ("no visit", 4401)


@pytest.mark.django_db(transaction=True)
async def test_the_first_words_to_a_stock_client_say_that_she_is_an_ai(ada, brain, voice):
    async with ProtobufPageClient(ada) as stock:
        await stock.send_client_ready()
        while not stock.all_matching("bot-llm-stopped"):
            await stock.receive()

    about = stock.all_matching("bot-ready")[0]["about"]
    assert (about["ai"], about["voice"]) == (True, "synthetic")
    assert "an AI" in reply_text(stock.received)
    assert stock.all_matching("bot-output")[0]["will_be_spoken"]


@pytest.mark.django_db(transaction=True)
async def test_a_client_that_comes_back_is_not_greeted_again(ada, brain, voice):
    async with ProtobufPageClient(ada) as stock:
        await stock.send_client_ready()
        await stock.send_text("a Martini please")
    async with ProtobufPageClient(ada) as again:
        await again.send_client_ready()
        frames = await again.send_text("a Negroni please")

    assert "an AI" not in reply_text(frames)
