"""A guest talks to Maya: with leave, at a human pace, and without either falling over the other's words."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bartender.records.visits import Turn
from bartender.rtvi.frames_pb2 import AudioRawFrame
from bartender.stream import listening, tasks
from maya_site.lib.limits import Limit
from tests.bartender.hearing.sounds import frames, noise, silence, spoken
from tests.bartender.stream.page import Page, StockPage
from tests.vendors.cartesia.ears import KEY, ScriptedEars

pytestmark = [pytest.mark.django_db(transaction=True)]

ENOUGH = 900
PATIENCE = 30.0  # of the test, on a busy machine


@pytest.fixture(scope="module")
def vendor():
    import cartesia  # noqa: F401 - the kit takes its time to load, which is no part of any story

    with ScriptedEars() as server:
        yield server


@pytest.fixture
async def ears(vendor, settings):
    vendor.will_hear()
    settings.CARTESIA_API_KEY, settings.CARTESIA_BASE_URL = KEY, vendor.address
    yield vendor
    while tasks.ALIVE:  # its lines say goodbye
        await asyncio.wait(set(tasks.ALIVE))


@pytest.fixture
async def story(ada, brain, voice, ears) -> AsyncIterator[Page]:
    """Ada's page, with Maya in the middle of a long story."""
    brain.pieces = 100
    async with Page(ada) as page:
        await page.press("set-voice", on=True)
        assert (await page.press("set-microphone", on=True))["type"] == "server-response"
        await page.send("send-text", {"content": "tell me a story"}, "story")
        await page.until("bot-tts-started", PATIENCE)
        yield page


async def talks(page, *sounds, pace=0.0):
    for frame in frames(*sounds):
        await page.raw(data=frame)
        await asyncio.sleep(pace)


def said_by_ada(page):
    return [told["text"] for told in page.all("user-transcription") if told["final"]]


def of_her_turn(page):
    """Everything with the id that her spoken turn was given."""
    id = next(frame["id"] for frame in page.seen if frame["type"] == "user-transcription")
    return [frame["type"] for frame in page.seen if frame["id"] == id]


async def test_what_ada_says_is_shown_as_she_says_it_and_is_a_turn_like_any_other(ada, brain, ears):
    ears.will_hear("a Negroni please")
    async with Page(ada) as page:
        answer = await page.press("set-microphone", on=True)
        await talks(page, silence(200), noise(1_200), silence(ENOUGH))
        await page.until("bot-llm-stopped", PATIENCE)

    assert answer["data"]["d"] == {"ok": True, "on": True, "ears": "cartesia", "says": "Cartesia"}
    assert said_by_ada(page) == ["a Negroni please"]
    types = of_her_turn(page)
    assert types[0] == "user-started-speaking"
    assert types.index("user-stopped-speaking") < types.index("user-llm-text") < types.index("bot-llm-text")
    turn = await Turn.objects.aget()
    assert (turn.said, turn.outcome) == ("a Negroni please", "done")
    assert {"Negroni", "Old Fashioned"} <= set(ears.lines[0].query["keyterm"])


async def test_a_finger_lifted_is_the_end_of_what_was_said(ada, brain, ears):
    ears.will_hear("two IPAs")
    async with Page(ada) as page:
        await page.press("set-microphone", on=True)
        await talks(page, noise(700))
        await page.send("client-message", {"t": "speech-ended"})
        await page.until("bot-llm-stopped", PATIENCE)

    assert said_by_ada(page) == ["two IPAs"]


async def test_sound_without_leave_is_refused(ada, brain, ears):
    async with Page(ada) as page:
        await talks(page, noise(40))
        assert "microphone on first" in (await page.until("error-response", PATIENCE))["data"]["error"]

    assert ears.lines == []


async def test_a_house_without_ears_says_so(ada, brain, monkeypatch):
    monkeypatch.setattr("bartender.hearing.house.weights_here", lambda: False)
    async with Page(ada) as page:
        answer = await page.press("set-microphone", on=True)
        await talks(page, noise(40))
        refused = await page.until("error-response", PATIENCE)

    assert answer["data"]["error"] == refused["data"]["error"] == listening.NO_EARS


async def test_after_the_microphone_is_off_nothing_is_heard_and_nobody_is_blamed(ada, brain, ears):
    ears.will_hear("a Negroni please")
    async with Page(ada) as page:
        await page.press("set-microphone", on=True)
        await talks(page, noise(200))
        await page.press("set-microphone", on=False)
        await talks(page, noise(1_000), silence(ENOUGH))
        await page.press("ping")

    assert page.all("error-response") == page.all("user-transcription") == []
    assert await Turn.objects.acount() == 0


async def test_a_stock_client_just_talks(ada, brain, voice, ears):
    ears.will_hear("a Negroni please")
    async with StockPage(ada) as stock:
        for pcm in frames(noise(900), silence(ENOUGH)):
            await stock.put(audio=AudioRawFrame(audio=pcm, sample_rate=16_000, num_channels=1))
        await stock.until("bot-stopped-speaking", PATIENCE)

    assert said_by_ada(stock) == ["a Negroni please"]
    assert sum(map(len, stock.sounds)) > 0


async def test_faster_than_it_can_be_spoken_is_refused_by_its_limit(ada, brain, ears):
    async with Page(ada) as page:
        await page.press("set-microphone", on=True)
        for _ in range(6):
            await page.raw(data=silence(1_000))
        assert (await page.until("error-response", PATIENCE))["data"]["error"] == listening.TOO_FAST
        await page.press("ping")


async def test_half_an_hour_is_enough_for_one_visit(ada, brain, ears, monkeypatch):
    monkeypatch.setattr(listening, "HEARING", Limit("hearing", 1, 60, "That is all."))
    monkeypatch.setattr(listening, "CHARGED", 32_000)
    async with Page(ada) as page:
        await page.press("set-microphone", on=True)
        await talks(page, silence(2_500))
        told = await page.until("microphone", PATIENCE)

    assert told["data"] == {"kind": "microphone", "on": False, "why": "That is all."}


async def test_ears_that_fail_for_good_are_said_to_be_away_and_rest(ada, brain, ears, monkeypatch):
    monkeypatch.setattr("bartender.hearing.house.weights_here", lambda: False)
    ears.will_hear(refuses=402)
    async with Page(ada) as page:
        await page.press("set-microphone", on=True)
        told = await page.until("microphone", PATIENCE)
        again = await page.press("set-microphone", on=True)
        after = await page.say("a Negroni please")

    assert told["data"]["why"] == listening.LOST_EARS
    assert again["data"]["error"] == listening.NO_EARS
    assert after[-1]["data"]["outcome"] == "done"


async def test_words_said_into_her_story_stop_it_at_once(story, ears):
    ears.will_hear("stop I would like a Negroni")
    await talks(story, await spoken("stop I would like a Negroni please"), silence(ENOUGH), pace=0.01)
    await story.until(lambda frame: frame["type"] == "bot-tts-stopped" and "heard" in frame["data"], PATIENCE)
    await story.until(
        lambda frame: frame["type"] == "user-transcription" and frame["data"]["final"], PATIENCE
    )
    await story.until("user-llm-text", PATIENCE)

    assert [told["on"] for told in story.all("hold")] in ([True, False], [])
    assert said_by_ada(story) == ["stop I would like a Negroni"]


async def test_a_nod_holds_her_for_a_moment_and_is_not_a_turn(story, ears):
    ears.will_hear("mm-hm")
    await talks(story, await spoken("aha mhm aha"), silence(ENOUGH), pace=0.01)
    held = await story.until("hold", PATIENCE)
    let_go = await story.until("hold", PATIENCE)
    await story.press("ping")

    assert (held["data"]["on"], let_go["data"]["on"]) == (True, False)
    assert said_by_ada(story) == []
    assert not [told for told in story.all("bot-tts-stopped") if "heard" in told]
    assert await Turn.objects.acount() == 1


async def test_her_own_voice_come_back_from_the_room_is_not_a_guest(story, ears):
    ears.will_hear("word two of it word three")
    await talks(story, await spoken("word two of it word three"), silence(ENOUGH), pace=0.01)
    for _ in range(20):
        await asyncio.sleep(0.05)
    await story.press("ping")

    assert said_by_ada(story) == []
    assert await Turn.objects.acount() == 1


async def test_where_the_browser_cannot_cancel_echo_one_speaks_at_a_time(ada, brain, voice, ears):
    ears.will_hear("word two of it")
    brain.pieces = 100
    async with Page(ada) as page:
        await page.press("set-voice", on=True)
        await page.press("set-microphone", on=True, echo_cancelled=False)
        await page.send("send-text", {"content": "tell me a story"}, "story")
        await page.until("bot-tts-started", PATIENCE)
        await talks(page, noise(900), silence(ENOUGH))
        await page.press("ping")

    assert page.all("hold") == page.all("user-transcription") == []
    assert sum(line.sound for line in ears.lines) == 0  # the line may not even be open yet
