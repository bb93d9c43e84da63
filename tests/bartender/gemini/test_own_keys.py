"""Maya thinks with a key that a guest lends her: for that guest alone, and at no cost to the house."""

import gc

import pytest
from asgiref.sync import async_to_sync
from cryptography.fernet import Fernet

from bartender.brains import get_brain
from bartender.brains.gemini import registration
from bartender.brains.gemini.config import GeminiCredentials
from bartender.brains.gemini.own_key import MAX_PROVIDERS, OwnKeyProviders
from bartender.conversation.turn import collect_events, take_turn
from bartender.models.menu import Venue
from bartender.models.visits import Turn, Visit
from bartender.provider_status.key_check import check_key
from bartender.services.own_keys import store
from bartender.services.own_keys.encryption import OwnKeys
from bartender.services.own_keys.store import own_keys_of
from tests.bartender.page_fixtures import guest_for_visit, visible_text
from tests.guest_fixtures import make_context
from tests.vendors.gemini import KEY, Tokens, faults

OWN_KEY = KEY  # the one that the scripted Gemini knows


@pytest.fixture
def keyless(bar, settings, monkeypatch):
    """A bar without a key of its own, that can keep those of guests."""
    settings.MAYA_MASTER_KEY = Fernet.generate_key().decode()
    bar.venue_model.credentials = GeminiCredentials(base_url=bar.server.address)
    monkeypatch.setattr(registration, "gemini", lambda: bar.venue_model)
    monkeypatch.setattr(registration, "OWN_KEY_PROVIDERS", OwnKeyProviders())
    return bar


def says(visit, said="Hello"):
    return async_to_sync(collect_events)(take_turn(visit, said, make_context().key, get_brain(visit)))[-1]


def brings(visit, key):
    guest = guest_for_visit(visit)
    guest.open_page("/keys/")
    guest.submit_form("/keys/bring/", gemini=key)
    return guest


def test_the_guest_who_brought_a_key_talks_with_gemini_and_nobody_else_does(keyless, gemini, ada, ben):
    assert says(ada).brain_name == "house"
    guest = brings(ada, OWN_KEY)
    assert "Your Gemini key works" in visible_text(guest.page)

    gemini.play(["Good evening, Ada."])

    assert (says(ada).brain_name, says(ben).brain_name) == ("gemini", "house")
    assert "Gemini · on your own key" in guest.open_page()
    assert "no language model key" in guest_for_visit(ben).open_page()
    assert gemini.turns[0].headers["x-goog-api-key"] == OWN_KEY


def test_a_page_that_was_open_before_uses_the_key_at_its_next_turn(keyless, gemini, ada):
    held_by_the_stream = Visit.objects.get(pk=ada.pk)
    brings(ada, OWN_KEY)

    assert says(held_by_the_stream).brain_name == "gemini"

    store.delete_keys(Visit.objects.get(pk=ada.pk))

    assert says(held_by_the_stream).brain_name == "house"


def test_the_key_is_tried_by_one_cheap_question_and_costs_no_turn(keyless, gemini, ada):
    brings(ada, OWN_KEY)

    assert [(one.method, one.path) for one in gemini.asked] == [("GET", "/v1/models/gemini-3.8-flash")]


def test_a_wrong_key_is_not_kept_and_the_house_brain_goes_on(keyless, gemini, ada):
    guest = brings(ada, "not-a-key-of-anybody")

    assert "Gemini does not take that key. It was not kept." in visible_text(guest.page)
    assert dict(own_keys_of(Visit.objects.get(pk=ada.pk))) == {}
    assert says(ada).brain_name == "house"


@pytest.mark.parametrize("fault", [faults.busy(), faults.broken(), faults.gateway()])
def test_a_gemini_that_is_unwell_is_not_the_keys_fault(keyless, gemini, fault):
    gemini.always(lambda asked: fault)

    assert check_key("gemini", OWN_KEY) == "away"


def test_a_guests_own_key_costs_the_house_nothing_and_asks_for_no_budget(keyless, gemini, ada):
    Venue.objects.update(visit_budget_cents=0)
    brings(ada, OWN_KEY)
    gemini.play([Tokens(prompt=9_000, output=500), "Good evening, Ada."])

    assert says(ada).brain_name == "gemini"
    row = Turn.objects.get()
    assert (row.cost_microcents, row.tokens_in, row.token_usage[0]["own"]) == (0, 9_000, True)


def test_a_key_that_is_revoked_in_the_evening_leaves_the_house_brain(keyless, gemini, ada):
    brings(ada, OWN_KEY)
    gemini.always(lambda asked: faults.bad_key())

    assert says(ada, "A martini, please").bill.total_cents == 13_00
    assert Turn.objects.get().brain == "house"


def test_one_guests_bad_key_does_not_keep_the_others_from_gemini(keyless, gemini, ada, ben):
    store.save_keys(ada, OwnKeys(gemini="revoked-a-moment-ago"))
    store.save_keys(ben, OwnKeys(gemini=OWN_KEY))

    assert {says(ada).brain_name for _ in range(6)} == {"house"}
    assert says(ben).brain_name == "gemini"


def test_few_clients_are_kept_and_the_oldest_is_closed(keyless):
    own = OwnKeyProviders()
    first = own.get_provider("key-0", keyless.venue_model)
    client = first.client_pool.get_or_create(first.credentials)
    for number in range(1, MAX_PROVIDERS + 1):
        own.get_provider(f"key-{number}", keyless.venue_model)

    assert len(own) == MAX_PROVIDERS
    assert client._api_client._httpx_client.is_closed
    assert own.get_provider("key-0", keyless.venue_model) is not first
    assert own.get_provider("key-0", keyless.venue_model) is own.get_provider("key-0", keyless.venue_model)


def test_no_client_shows_its_key(keyless):
    found = OwnKeyProviders().get_provider("a-secret-of-adas", keyless.venue_model)

    assert "a-secret-of-adas" not in repr(found)
    gc.collect()
