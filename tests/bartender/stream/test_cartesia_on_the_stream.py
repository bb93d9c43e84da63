"""Whatever happens to Cartesia, the guest reads all of it, hears no noise and nothing twice."""

from dataclasses import replace

import pytest

from bartender.voices.cartesia import voice as cartesia_voice
from bartender.voices.house import house_here
from tests.bartender.stream.page import Page, reply
from tests.vendors.cartesia import KEY, ScriptedCartesia, at_most_one_cut, words_in

pytestmark = [pytest.mark.django_db(transaction=True)]

REPLY = "Word 0 of it. Word 1 of it. Word 2 of it."
SPOKEN = ["Word", "zero", "of", "it.", "Word", "one", "of", "it.", "Word", "two", "of", "it."]
FAULTS = [
    {"delay": 9},
    {"stall_at": 5},
    {"drop_at": 5},
    {"odd_at": 5},
    {"garbage_at": 5},
    {"stranger_at": 5},
    {"error_at": 5, "nameless": True},
    {"hang_up": True},
]


@pytest.fixture
async def cartesia(settings, monkeypatch):
    monkeypatch.setattr(cartesia_voice, "PAUSE", 0.0)
    with ScriptedCartesia() as server:
        settings.CARTESIA_API_KEY, settings.CARTESIA_BASE_URL = KEY, server.address
        maya = house_here().cartesia_with(KEY)
        maya.manner = replace(maya.manner, first_sound_within=1.5, next_sound_within=1.5)
        await maya.warm()  # the SDK takes its time to be imported
        yield server
        await house_here().close()


async def heard(page, id="one"):
    await page.send("send-text", {"content": "hello"}, id)
    await page.until(lambda frame: frame["id"] == id and frame["type"] == "bot-stopped-speaking", timeout=20)
    return words_in(b"".join(page.sounds), SPOKEN)


@pytest.mark.parametrize("dials", [{}, *FAULTS], ids=str)
async def test_one_fault_costs_no_text_and_no_more_than_a_sentence(ada, brain, cartesia, dials):
    brain.pieces = 3
    async with Page(ada) as page:
        await page.press("set-voice", on=True)
        cartesia.next(**dials)
        said = await heard(page)

    assert reply([frame for frame in page.seen if frame["id"] == "one"]).strip() == REPLY
    assert at_most_one_cut(said, [SPOKEN[:4], SPOKEN[4:8], SPOKEN[8:]])
    assert [caption["text"] for caption in page.all("bot-tts-text")] == SPOKEN  # what is skipped can be read


async def test_while_cartesia_is_away_the_voice_of_this_machine_speaks(ada, brain, cartesia):
    cartesia.dials = replace(cartesia.dials, error_at=0)
    async with Page(ada) as page:
        answer = await page.press("set-voice", on=True)
        await page.send("send-text", {"content": "hello"}, "one")
        await page.until("bot-stopped-speaking", timeout=20)
        asked = len(cartesia.contexts)
        await page.send("send-text", {"content": "hello again"}, "two")
        await page.until("bot-stopped-speaking", timeout=20)
        meanwhile = await page.press("set-voice", on=True)

    assert answer["data"]["d"]["voice"] == "cartesia"
    assert len(page.sounds) > 10
    assert len(cartesia.contexts) == asked == 3  # nobody asks while it rests
    assert meanwhile["data"]["d"]["voice"] == "espeak"
