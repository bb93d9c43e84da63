"""What the bar says of its voice, to people and to monitors."""

import pytest

from bartender.provider_status.badges import _tts_badge
from bartender.services.own_keys.encryption import OwnKeys
from bartender.speech.tts.registry import allowed_voices
from maya_site.core.providers import PROBE_CACHE
from maya_site.ops.components import check_tts
from tests.vendors.cartesia import KEY, ScriptedCartesia


@pytest.fixture(autouse=True)
def _nobody_has_asked():
    PROBE_CACHE.clear()


@pytest.fixture
def cartesia(settings):
    with ScriptedCartesia() as server:
        settings.CARTESIA_API_KEY, settings.CARTESIA_BASE_URL = KEY, server.address
        yield server


def test_without_a_key_the_voice_is_that_of_this_machine():
    assert (check_tts().kind, check_tts().is_available, check_tts().detail) == (
        "simulated",
        True,
        "espeak-ng, no key needed",
    )
    assert _tts_badge(OwnKeys()).state == "simulated"


def test_with_a_key_it_is_real_and_asked_once(cartesia):
    found = [check_tts() for _ in range(5)]

    assert {(part.kind, part.is_available, part.detail) for part in found} == {
        ("real", True, "Cartesia, sonic-3.5")
    }
    assert cartesia.connections == 1
    assert _tts_badge(OwnKeys()) == ("real", "Voice: Cartesia")


def test_a_wrong_key_is_told(cartesia, settings):
    settings.CARTESIA_API_KEY = "sk_wrong"

    assert (check_tts().is_available, check_tts().state) == (False, "degraded")
    assert check_tts().detail == "Cartesia answers with 401; espeak-ng meanwhile"


def test_nobody_at_home_is_told(settings):
    settings.CARTESIA_API_KEY, settings.CARTESIA_BASE_URL = KEY, "http://127.0.0.1:9"

    assert check_tts().detail == "Cartesia does not answer; espeak-ng meanwhile"


def test_without_any_voice_there_is_text(settings):
    settings.PROVIDERS = [path for path in settings.PROVIDERS if ".tts." not in path]

    assert (check_tts().kind, check_tts().detail) == ("off", "text only")


def test_a_voice_of_this_machine_that_was_chosen_by_name_is_the_only_one(cartesia, settings):
    settings.TTS_PROVIDER = "espeak"

    assert (check_tts().kind, check_tts().detail) == ("simulated", "espeak-ng, no key needed")
    assert _tts_badge(OwnKeys()) == ("simulated", "Local voice · espeak-ng")
    assert cartesia.connections == 0


def test_a_vendor_that_was_chosen_by_name_speaks_and_this_machine_stands_in(cartesia, settings):
    settings.TTS_PROVIDER = "cartesia"

    assert check_tts().detail == "Cartesia, sonic-3.5"
    first, *others = (spec.name for spec in allowed_voices())
    assert first == "cartesia"
    assert "espeak" in others
