"""Maya speaks with the key that a guest lent her: to that guest alone, and at no cost to the house."""

import gc
import logging
import threading

import pytest
from asgiref.sync import sync_to_async
from cryptography.fernet import Fernet
from prometheus_client import REGISTRY, generate_latest

from bartender.models.visits import Turn, Visit
from bartender.provider_status.badges import provider_badges
from bartender.services.own_keys import store
from bartender.services.own_keys.encryption import OwnKeys
from bartender.speech.tts.cartesia.engine import CartesiaTTS
from bartender.speech.tts.cartesia.registration import SPEC
from bartender.speech.tts.registry import MAX_KEYS, get_tts_registry
from tests.bartender.gemini.canary import LogRecorder, database_rows
from tests.bartender.realtime.page_client import PageClient
from tests.rate_limit_counts import read_rate_limit_counts
from tests.vendors.cartesia import ScriptedCartesia

pytestmark = [pytest.mark.django_db(transaction=True)]

OWN = "canary-of-adas-voice-4720"


@pytest.fixture
async def cartesia(settings):
    """Knows Ada's key and no other."""
    settings.MAYA_MASTER_KEY = Fernet.generate_key().decode()
    with ScriptedCartesia(key=OWN) as server:
        settings.CARTESIA_BASE_URL = server.address
        yield server
        await get_tts_registry().close()


@pytest.fixture
def log():
    root, handler = logging.getLogger(), LogRecorder()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


async def brings(visit, key=OWN):
    await sync_to_async(store.save_keys)(await Visit.objects.aget(pk=visit.pk), OwnKeys(cartesia=key))


async def spoken_reply(page, id):
    await page.send("send-text", {"content": "hello"}, id)
    await page.wait_for(
        lambda frame: frame["id"] == id and frame["type"] == "bot-stopped-speaking", timeout=20
    )


async def test_the_guest_who_lent_a_key_is_spoken_to_with_it_and_nobody_else_is(ada, ben, brain, cartesia):
    await brings(ada)
    async with PageClient(ada) as hers, PageClient(ben) as his:
        told = [await page.send_client_message("set-voice", on=True) for page in (hers, his)]
        await spoken_reply(his, "one")
        of_bens = len(cartesia.contexts)
        await spoken_reply(hers, "two")

    assert [one["data"]["d"]["voice"] for one in told] == ["cartesia", "espeak"]
    assert (of_bens, len(cartesia.contexts)) == (0, 1)
    said = await sync_to_async(provider_badges)(await Visit.objects.aget(pk=ada.pk))
    assert "Voice: Cartesia · on your own key" in [word.says for word in said]


async def test_a_page_that_was_open_before_is_spoken_to_with_it_from_the_next_turn_on(ada, brain, cartesia):
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await brings(ada)
        await spoken_reply(page, "one")
        await sync_to_async(store.delete_keys)(await Visit.objects.aget(pk=ada.pk))
        await spoken_reply(page, "two")

    assert len(cartesia.contexts) == 1


async def test_while_a_key_is_looked_up_she_listens_on(ada, brain, cartesia, monkeypatch):
    answered, look_up = threading.Event(), store.fetch_own_keys
    monkeypatch.setattr(
        "bartender.realtime.audio_output.fetch_own_keys", lambda *asked: answered.wait(20) and look_up(*asked)
    )
    await brings(ada)
    async with PageClient(ada) as page:
        for id, on in (("on", True), ("off", False)):
            await page.send("client-message", {"t": "set-voice", "d": {"on": on}}, id)
        await page.wait_for(lambda frame: frame["id"] == "off" and frame["type"] == "server-response")
        answered.set()
        await page.wait_for(lambda frame: frame["id"] == "on" and frame["type"] == "server-response")
        await page.send("send-text", {"content": "hello"}, "one")
        await page.wait_for(lambda frame: frame["id"] == "one" and frame["type"] == "bot-llm-stopped")

    outputs = [frame["data"] for frame in page.received if frame["type"] == "bot-output"]
    assert outputs
    assert not any(one["will_be_spoken"] for one in outputs)  # the last wish was silence


async def test_it_costs_the_house_nothing(ada, brain, cartesia):
    await brings(ada)
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await spoken_reply(page, "one")
        await spoken_reply(page, "two")

    turns = [turn async for turn in Turn.objects.all()]
    assert [(turn.tts_characters, turn.cost_microcents) for turn in turns] == [(0, 0), (0, 0)]


async def test_where_it_fails_the_house_does_not_pay(ada, brain, cartesia, settings):
    settings.CARTESIA_API_KEY = OWN  # the bar's would do
    await brings(ada, "revoked-a-moment-ago")
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await spoken_reply(page, "one")

    assert len(page.sounds) > 0
    assert cartesia.contexts == []


async def test_no_key_comes_out(ada, brain, cartesia, log):
    await brings(ada)
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await spoken_reply(page, "one")
        cartesia.dials = type(cartesia.dials)(error_at=0)
        await spoken_reply(page, "two")
        voices = get_tts_registry()
        read = [repr(page.received), repr(voices), *(repr(one) for one in voices.own_key_engines.values())]

    metrics = await sync_to_async(generate_latest)(REGISTRY)
    read += [metrics.decode(), *read_rate_limit_counts(), *await sync_to_async(database_rows)(), *log.lines]
    assert any("the next voice is tried" in line for line in log.lines)
    assert [text[:200] for text in read if OWN in text] == []


async def test_few_voices_are_kept_and_the_oldest_is_closed(cartesia, settings):
    settings.CARTESIA_API_KEY = "a-key"
    voices = get_tts_registry()
    first = voices.engine_with_own_key(SPEC, OWN)
    assert isinstance(first, CartesiaTTS)
    await first.warm_up()
    client = first._client
    for number in range(MAX_KEYS):
        voices.engine_with_own_key(SPEC, f"key-{number}")
    await first.close()

    assert len(voices.own_key_engines) == MAX_KEYS
    assert client is not None
    assert client.is_closed()
    assert voices.engine_with_own_key(SPEC, OWN) is not first
    assert voices.engine_with_own_key(SPEC, "a-key") is not voices.engine(SPEC)
    gc.collect()
