"""A guest's key is nowhere but in its seal: not on a page, in a log, a metric, a trace, a row or an error."""

import logging

import pytest
from cryptography.fernet import Fernet

from bartender import brains
from bartender.brains.gemini.clients import Access
from bartender.brains.gemini.own import OwnGeminis
from tests.bartender.gemini.canary import CARTESIA, GEMINI, Log, Way, found_in
from tests.bartender.gemini.canary_ways import WAYS
from tests.vendors.cartesia.desk import Desk


@pytest.fixture
def log():
    root, handler = logging.getLogger(), Log()
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
    bar.house.access = Access(base_url=bar.server.address)
    monkeypatch.setattr(brains, "gemini", lambda: bar.house)
    monkeypatch.setattr(brains, "OWN", OwnGeminis())
    monkeypatch.setattr("bartender.brains.status.gemini", lambda: bar.house)
    with Desk(CARTESIA) as desk:
        settings.CARTESIA_BASE_URL = desk.address
        yield Way(bar, ada, desk, settings, monkeypatch)


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
