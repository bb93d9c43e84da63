"""What the house says of its voice, to people and to monitors."""

import pytest

from bartender.honest import _voice
from bartender.keys.seal import Keys
from bartender.voices import house, status
from maya_site.parts import voice
from tests.vendors.cartesia import KEY, ScriptedCartesia


@pytest.fixture(autouse=True)
def _nobody_has_asked(monkeypatch):
    monkeypatch.setattr(status, "PROBE", status.Probe())


@pytest.fixture
def cartesia(settings):
    with ScriptedCartesia() as server:
        settings.CARTESIA_API_KEY, settings.CARTESIA_BASE_URL = KEY, server.address
        yield server


def test_without_a_key_the_voice_is_that_of_this_machine():
    assert (voice().kind, voice().answers, voice().says) == ("simulated", True, "espeak-ng, no key needed")
    assert _voice(Keys()).state == "simulated"


def test_with_a_key_it_is_real_and_asked_once(cartesia):
    found = [voice() for _ in range(5)]

    assert {(part.kind, part.answers, part.says) for part in found} == {("real", True, "Cartesia, sonic-3.5")}
    assert cartesia.connections == 1
    assert _voice(Keys()) == ("real", "Voice: Cartesia")


def test_a_wrong_key_is_told(cartesia, settings):
    settings.CARTESIA_API_KEY = "sk_wrong"

    assert (voice().answers, voice().state) == (False, "degraded")
    assert voice().says == "Cartesia answers with 401; espeak-ng meanwhile"


def test_nobody_at_home_is_told(settings):
    settings.CARTESIA_API_KEY, settings.CARTESIA_BASE_URL = KEY, "http://127.0.0.1:9"

    assert voice().says == "Cartesia does not answer; espeak-ng meanwhile"


def test_without_any_voice_there_is_text(monkeypatch):
    for room in (house, status):
        monkeypatch.setattr(room, "local_voice", lambda: "")
    monkeypatch.setattr("maya_site.parts.local_voice", lambda: "")

    assert (voice().kind, voice().says) == ("off", "text only")
