"""A guest's key is nowhere but in its seal: not on a page, in a log, a metric, a trace, a row or an error."""

import logging

import pytest
from cryptography.fernet import Fernet

from bartender.brains.gemini import registration
from bartender.brains.gemini.config import GeminiCredentials
from bartender.brains.gemini.own_key import OwnKeyProviders
from tests.bartender.gemini.canary import CARTESIA, GEMINI, LeakScenario, LogRecorder, found_in
from tests.bartender.gemini.canary_ways import WAYS
from tests.vendors.cartesia.voices_api import ScriptedVoicesApi


@pytest.fixture
def log():
    root, handler = logging.getLogger(), LogRecorder()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def way(bar, ada, settings, monkeypatch, log):
    settings.MAYA_MASTER_KEY = Fernet.generate_key().decode()
    monkeypatch.setattr(bar.server, "keys", {GEMINI})
    bar.venue_model.credentials = GeminiCredentials(base_url=bar.server.address)
    monkeypatch.setattr(registration, "gemini", lambda: bar.venue_model)
    monkeypatch.setattr(registration, "OWN_KEY_PROVIDERS", OwnKeyProviders())
    with ScriptedVoicesApi(CARTESIA) as desk:
        settings.CARTESIA_BASE_URL = desk.address
        yield LeakScenario(bar, ada, desk, settings, monkeypatch)


def test_there_are_enough_ways():
    assert len(WAYS) >= 30


def test_a_key_would_be_found():
    assert found_in(f"key={GEMINI}") == [GEMINI]


@pytest.mark.parametrize("goes", WAYS, ids=lambda goes: goes.__name__)
def test_no_key_comes_out(way, log, goes):
    goes(way)
    way.settings.DEBUG = False
    way.look_around()

    assert way.read
    assert [text[:300] for text in [*way.read, *log.lines] if found_in(text)] == []
