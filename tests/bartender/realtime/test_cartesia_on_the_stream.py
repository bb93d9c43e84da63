"""Whatever happens to Cartesia, the guest reads all of it, hears no noise and nothing twice."""

from dataclasses import replace

import pytest

from bartender.speech.tts.cartesia import engine as cartesia_voice
from bartender.speech.tts.cartesia.registration import SPEC
from bartender.speech.tts.registry import get_tts_registry
from tests.bartender.realtime.page_client import PageClient, reply_text
from tests.vendors.cartesia import KEY, ScriptedCartesia, is_at_most_one_phrase_cut, words_heard_in

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
    monkeypatch.setattr(cartesia_voice, "RETRY_DELAY_SECONDS", 0.0)
    with ScriptedCartesia() as server:
        settings.CARTESIA_API_KEY, settings.CARTESIA_BASE_URL = KEY, server.address
        maya = get_tts_registry().engine(SPEC)
        assert isinstance(maya, cartesia_voice.CartesiaTTS)
        maya.options = replace(maya.options, first_audio_timeout_seconds=1.5, next_audio_timeout_seconds=1.5)
        await maya.warm_up()  # the SDK takes its time to be imported
        yield server
        await get_tts_registry().close()


async def spoken_reply(page, id="one"):
    await page.send("send-text", {"content": "hello"}, id)
    await page.wait_for(
        lambda frame: frame["id"] == id and frame["type"] == "bot-stopped-speaking", timeout=20
    )
    return words_heard_in(b"".join(page.sounds), SPOKEN)


@pytest.mark.parametrize("dials", [{}, *FAULTS], ids=str)
async def test_one_fault_costs_no_text_and_no_more_than_a_sentence(ada, brain, cartesia, dials):
    brain.pieces = 3
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        cartesia.next(**dials)
        said = await spoken_reply(page)

    assert reply_text([frame for frame in page.received if frame["id"] == "one"]).strip() == REPLY
    assert is_at_most_one_phrase_cut(said, [SPOKEN[:4], SPOKEN[4:8], SPOKEN[8:]])
    assert [
        caption["text"] for caption in page.all_matching("bot-tts-text")
    ] == SPOKEN  # what is skipped can be read


async def test_while_cartesia_is_away_the_voice_of_this_machine_speaks(ada, brain, cartesia):
    cartesia.dials = replace(cartesia.dials, error_at=0)
    async with PageClient(ada) as page:
        answer = await page.send_client_message("set-voice", on=True)
        await page.send("send-text", {"content": "hello"}, "one")
        await page.wait_for("bot-stopped-speaking", timeout=20)
        asked = len(cartesia.contexts)
        await page.send("send-text", {"content": "hello again"}, "two")
        await page.wait_for("bot-stopped-speaking", timeout=20)
        meanwhile = await page.send_client_message("set-voice", on=True)

    assert answer["data"]["d"]["voice"] == "cartesia"
    assert len(page.sounds) > 10
    assert len(cartesia.contexts) == asked == 3  # nobody asks while it rests
    assert meanwhile["data"]["d"]["voice"] == "espeak"
