"""A guest talks to Maya: with leave, at a human pace, and without either falling over the other's words."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bartender.models.visits import Turn
from bartender.realtime import audio_input
from bartender.realtime.rtvi.frames_pb2 import AudioRawFrame
from maya_site.core import websocket_consumer
from maya_site.core.rate_limits import RateLimit
from tests.bartender.realtime.page_client import PageClient, ProtobufPageClient
from tests.bartender.stt.sounds import microphone_frames, noise, silence, synthesize_speech
from tests.vendors.cartesia.stt import KEY, ScriptedCartesiaSTT

pytestmark = [pytest.mark.django_db(transaction=True)]

ENOUGH = 900
PATIENCE = 30.0  # of the test, on a busy machine


@pytest.fixture(scope="module")
def vendor():
    import cartesia  # noqa: F401 - the kit takes its time to load, which is no part of any story

    with ScriptedCartesiaSTT() as server:
        yield server


@pytest.fixture
async def ears(vendor, settings):
    vendor.will_hear()
    settings.CARTESIA_API_KEY, settings.CARTESIA_BASE_URL = KEY, vendor.address
    yield vendor
    while websocket_consumer.RUNNING_TASKS:  # its lines say goodbye
        await asyncio.wait(set(websocket_consumer.RUNNING_TASKS))


@pytest.fixture
async def story(ada, brain, voice, ears) -> AsyncIterator[PageClient]:
    """Ada's page, with Maya in the middle of a long story."""
    brain.pieces = 100
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        assert (await page.send_client_message("set-microphone", on=True))["type"] == "server-response"
        await page.send("send-text", {"content": "tell me a story"}, "story")
        await page.wait_for("bot-tts-started", PATIENCE)
        yield page


async def talks(page, *sounds, pace=0.0):
    for frame in microphone_frames(*sounds):
        await page.send_raw(data=frame)
        await asyncio.sleep(pace)


def final_transcripts(page):
    return [told["text"] for told in page.all_matching("user-transcription") if told["final"]]


def of_her_turn(page):
    """Everything with the id that her spoken turn was given."""
    id = next(frame["id"] for frame in page.received if frame["type"] == "user-transcription")
    return [frame["type"] for frame in page.received if frame["id"] == id]


async def test_what_ada_says_is_shown_as_she_says_it_and_is_a_turn_like_any_other(ada, brain, ears):
    ears.will_hear("a Negroni please")
    async with PageClient(ada) as page:
        answer = await page.send_client_message("set-microphone", on=True)
        await talks(page, silence(200), noise(1_200), silence(ENOUGH))
        await page.wait_for("bot-llm-stopped", PATIENCE)

    assert answer["data"]["d"] == {"ok": True, "on": True, "ears": "cartesia", "says": "Cartesia"}
    assert final_transcripts(page) == ["a Negroni please"]
    types = of_her_turn(page)
    assert types[0] == "user-started-speaking"
    assert types.index("user-stopped-speaking") < types.index("user-llm-text") < types.index("bot-llm-text")
    turn = await Turn.objects.aget()
    assert (turn.guest_text, turn.outcome) == ("a Negroni please", "done")
    assert {"Negroni", "Old Fashioned"} <= set(ears.lines[0].query["keyterm"])


async def test_a_finger_lifted_is_the_end_of_what_was_said(ada, brain, ears):
    ears.will_hear("two IPAs")
    async with PageClient(ada) as page:
        await page.send_client_message("set-microphone", on=True)
        await talks(page, noise(700))
        await page.send("client-message", {"t": "speech-ended"})
        await page.wait_for("bot-llm-stopped", PATIENCE)

    assert final_transcripts(page) == ["two IPAs"]


async def test_sound_without_leave_is_refused(ada, brain, ears):
    async with PageClient(ada) as page:
        await talks(page, noise(40))
        assert "microphone on first" in (await page.wait_for("error-response", PATIENCE))["data"]["error"]

    assert ears.lines == []


async def test_a_house_without_ears_says_so(ada, brain, monkeypatch):
    monkeypatch.setattr("bartender.speech.stt.moonshine.has_weights", lambda: False)
    async with PageClient(ada) as page:
        answer = await page.send_client_message("set-microphone", on=True)
        await talks(page, noise(40))
        refused = await page.wait_for("error-response", PATIENCE)

    assert answer["data"]["error"] == refused["data"]["error"] == audio_input.STT_UNAVAILABLE


async def test_after_the_microphone_is_off_nothing_is_heard_and_nobody_is_blamed(ada, brain, ears):
    ears.will_hear("a Negroni please")
    async with PageClient(ada) as page:
        await page.send_client_message("set-microphone", on=True)
        await talks(page, noise(200))
        await page.send_client_message("set-microphone", on=False)
        await talks(page, noise(1_000), silence(ENOUGH))
        await page.send_client_message("ping")

    assert page.all_matching("error-response") == page.all_matching("user-transcription") == []
    assert await Turn.objects.acount() == 0


async def test_a_stock_client_just_talks(ada, brain, voice, ears):
    ears.will_hear("a Negroni please")
    async with ProtobufPageClient(ada) as stock:
        for pcm in microphone_frames(noise(900), silence(ENOUGH)):
            await stock.put(audio=AudioRawFrame(audio=pcm, sample_rate=16_000, num_channels=1))
        await stock.wait_for("bot-stopped-speaking", PATIENCE)

    assert final_transcripts(stock) == ["a Negroni please"]
    assert sum(map(len, stock.sounds)) > 0


async def test_faster_than_it_can_be_spoken_is_refused_by_its_limit(ada, brain, ears):
    async with PageClient(ada) as page:
        await page.send_client_message("set-microphone", on=True)
        for _ in range(6):
            await page.send_raw(data=silence(1_000))
        assert (await page.wait_for("error-response", PATIENCE))["data"][
            "error"
        ] == audio_input.AUDIO_TOO_FAST
        await page.send_client_message("ping")


async def test_half_an_hour_is_enough_for_one_visit(ada, brain, ears, monkeypatch):
    monkeypatch.setattr(audio_input, "LISTENING_LIMIT", RateLimit("hearing", 1, 60, "That is all."))
    monkeypatch.setattr(audio_input, "CHARGE_UNIT_BYTES", 32_000)
    async with PageClient(ada) as page:
        await page.send_client_message("set-microphone", on=True)
        await talks(page, silence(2_500))
        told = await page.wait_for("microphone", PATIENCE)

    assert told["data"] == {"kind": "microphone", "on": False, "why": "That is all."}


async def test_ears_that_fail_for_good_are_said_to_be_away_and_rest(ada, brain, ears, monkeypatch):
    monkeypatch.setattr("bartender.speech.stt.moonshine.has_weights", lambda: False)
    ears.will_hear(refuses=402)
    async with PageClient(ada) as page:
        await page.send_client_message("set-microphone", on=True)
        told = await page.wait_for("microphone", PATIENCE)
        again = await page.send_client_message("set-microphone", on=True)
        after = await page.send_text("a Negroni please")

    assert told["data"]["why"] == audio_input.STT_LOST
    assert again["data"]["error"] == audio_input.STT_UNAVAILABLE
    assert after[-1]["data"]["outcome"] == "done"


async def test_words_said_into_her_story_stop_it_at_once(story, ears):
    ears.will_hear("stop I would like a Negroni")
    await talks(
        story, await synthesize_speech("stop I would like a Negroni please"), silence(ENOUGH), pace=0.01
    )
    await story.wait_for(
        lambda frame: frame["type"] == "bot-tts-stopped" and "spoken_text" in frame["data"], PATIENCE
    )
    await story.wait_for(
        lambda frame: frame["type"] == "user-transcription" and frame["data"]["final"], PATIENCE
    )
    await story.wait_for("user-llm-text", PATIENCE)

    assert [told["on"] for told in story.all_matching("hold")] in ([True, False], [])
    assert final_transcripts(story) == ["stop I would like a Negroni"]


async def test_a_nod_holds_her_for_a_moment_and_is_not_a_turn(story, ears):
    ears.will_hear("mm-hm")
    await talks(story, await synthesize_speech("aha mhm aha"), silence(ENOUGH), pace=0.01)
    held = await story.wait_for("hold", PATIENCE)
    let_go = await story.wait_for("hold", PATIENCE)
    await story.send_client_message("ping")

    assert (held["data"]["on"], let_go["data"]["on"]) == (True, False)
    assert final_transcripts(story) == []
    assert not [told for told in story.all_matching("bot-tts-stopped") if "spoken_text" in told]
    assert await Turn.objects.acount() == 1


async def test_her_own_voice_come_back_from_the_room_is_not_a_guest(story, ears):
    ears.will_hear("word two of it word three")
    await talks(story, await synthesize_speech("word two of it word three"), silence(ENOUGH), pace=0.01)
    for _ in range(20):
        await asyncio.sleep(0.05)
    await story.send_client_message("ping")

    assert final_transcripts(story) == []
    assert await Turn.objects.acount() == 1


async def test_where_the_browser_cannot_cancel_echo_one_speaks_at_a_time(ada, brain, voice, ears):
    ears.will_hear("word two of it")
    brain.pieces = 100
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await page.send_client_message("set-microphone", on=True, echo_cancelled=False)
        await page.send("send-text", {"content": "tell me a story"}, "story")
        await page.wait_for("bot-tts-started", PATIENCE)
        await talks(page, noise(900), silence(ENOUGH))
        await page.send_client_message("ping")

    assert page.all_matching("hold") == page.all_matching("user-transcription") == []
    assert sum(line.sound for line in ears.lines) == 0  # the line may not even be open yet
