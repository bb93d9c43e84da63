"""A guest lends Maya a key of their own: tried once, sealed, for this visit alone, and gone with it."""

import base64
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from bartender.models.visits import Visit
from bartender.provider_status import key_check
from bartender.services.own_keys import encryption, store
from bartender.services.own_keys.encryption import DecryptionFailed, OwnKeys
from bartender.services.own_keys.store import own_keys_of
from bartender.services.visits import expire_visits
from maya_site.core.rate_limits import KEY_CHECK_LIMIT
from maya_site.ops.checks import check_settings
from tests.bartender.page_fixtures import PageGuest, guest_for_visit, visible_text
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.vendors.cartesia.voices_api import ScriptedVoicesApi

MASTER, NEXT_MASTER = (base64.urlsafe_b64encode(one * 32).decode() for one in (b"m", b"n"))
KEY = "a-key-of-adas-own-0001"
WRONG = "a-key-that-nobody-knows"
DESK = "/keys/"
BRING, BACK = "/keys/bring/", "/keys/back/"


@pytest.fixture
def safe(settings):
    settings.MAYA_MASTER_KEY = MASTER


@pytest.fixture
def cartesia(settings, safe):
    with ScriptedVoicesApi(KEY) as desk:
        settings.CARTESIA_BASE_URL = desk.address
        yield desk


def stored_keys(visit):
    return dict(own_keys_of(Visit.objects.get(pk=visit.pk)))


def brings(visit, **keys):
    guest = guest_for_visit(visit)
    guest.open_page(DESK)
    guest.submit_form(BRING, **keys)
    return guest


# --- bringing and taking back ------------------------------------------------------------------------


def test_a_guest_brings_a_key_and_takes_it_back_with_one_click(ada, cartesia):
    guest = brings(ada, cartesia=KEY)

    assert "Your Cartesia key works" in visible_text(guest.page)
    assert "Maya uses your Cartesia key" in visible_text(guest.page)
    assert stored_keys(ada) == {"cartesia": KEY}
    assert cartesia.asked == ["/voices?limit=1"]
    assert "With your own key" in guest.open_page()

    guest.open_page(DESK)
    guest.submit_form(BACK)

    assert "Your keys are forgotten" in visible_text(guest.page)
    assert stored_keys(ada) == {}
    assert Visit.objects.get(pk=ada.pk).encrypted_keys == ""
    assert "Bring your own key" in guest.open_page()


def test_a_key_can_be_brought_before_a_word_was_said(menu, cartesia):
    newcomer = PageGuest()
    newcomer.open_page()
    newcomer.open_page(DESK)
    newcomer.submit_form(BRING, cartesia=KEY)

    assert stored_keys(Visit.objects.get()) == {"cartesia": KEY}


def test_a_wrong_key_is_told_to_that_guest_only_and_not_kept(ada, ben, cartesia):
    guest = brings(ada, cartesia=WRONG)

    assert "Cartesia does not take that key. It was not kept." in visible_text(guest.page)
    assert "Cartesia" not in visible_text(guest_for_visit(ben).open_page())
    assert stored_keys(ada) == {}
    assert WRONG not in guest.page


def test_a_wrong_key_leaves_the_good_one_before_it(ada, cartesia):
    brings(ada, cartesia=KEY)
    brings(ada, cartesia=WRONG)

    assert stored_keys(ada) == {"cartesia": KEY}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_vendor_that_is_unwell_is_not_the_keys_fault(ada, cartesia, status):
    cartesia.status = status

    assert "could not be checked" in visible_text(brings(ada, cartesia=KEY).page)
    assert stored_keys(ada) == {}


def test_a_vendor_that_hangs_is_not_waited_for(ada, cartesia, monkeypatch):
    monkeypatch.setattr(key_check, "TIMEOUT_SECONDS", 0.2)
    cartesia.answers.clear()

    assert "could not be checked" in visible_text(brings(ada, cartesia=KEY).page)


def test_a_vendor_that_cannot_be_reached_is_not_the_keys_fault(ada, cartesia, settings):
    settings.CARTESIA_BASE_URL = "http://127.0.0.1:9"

    assert "could not be checked" in visible_text(brings(ada, cartesia=KEY).page)


@pytest.mark.parametrize("garbage", [b"<html>busy</html>", b'"a key"', b"[]", b'{"data": 7}'])
def test_a_vendor_that_talks_nonsense_has_not_said_yes(ada, cartesia, garbage):
    cartesia.garbage = garbage

    assert "could not be checked" in visible_text(brings(ada, cartesia=KEY).page)
    assert stored_keys(ada) == {}


@pytest.mark.parametrize(
    "odd", ["short", "with space inside", "x" * 201, "línea-de-clave", "a\nb-0123456789"]
)
def test_what_is_no_key_is_not_even_tried(ada, cartesia, odd):
    guest = guest_for_visit(ada)
    guest.open_page(DESK)
    guest.post_forged(BRING, cartesia=odd)

    assert "does not look like a key" in visible_text(guest.page)
    assert odd not in guest.page
    assert cartesia.asked == []


def test_an_empty_form_is_told_so(ada, cartesia):
    assert "Please give a key" in visible_text(brings(ada).page)


def test_nobody_tries_keys_one_after_the_other(ada, cartesia):
    for _ in range(KEY_CHECK_LIMIT.max_count):
        brings(ada, cartesia=WRONG)

    assert "At most 6 tries" in visible_text(brings(ada, cartesia=KEY).page)
    assert stored_keys(ada) == {}
    assert len(cartesia.asked) == KEY_CHECK_LIMIT.max_count


def test_the_form_hides_what_is_typed_and_asks_browsers_to_forget_it(ada, safe):
    page = guest_for_visit(ada).open_page(DESK)

    assert '<input type="password" name="gemini" autocomplete="off"' in page


def test_a_house_without_a_master_key_offers_none(ada):
    guest = guest_for_visit(ada)

    assert "own key" not in guest.open_page()
    page = guest.client.get(DESK)
    assert page.status_code == 404
    assert "This bar keeps no keys of guests" in visible_text(page.text)
    guest.client.handler.enforce_csrf_checks = False
    guest.client.post(BRING, {"cartesia": KEY, "page": "keys"})
    assert "cannot keep keys" in visible_text(guest.open_page())
    assert stored_keys(ada) == {}


# --- sealed, bound, and gone -------------------------------------------------------------------------


def test_a_key_lies_sealed_in_its_row_and_names_its_master(ada, safe):
    store.save_keys(ada, OwnKeys(gemini=KEY))

    sealed = Visit.objects.get(pk=ada.pk).encrypted_keys
    assert KEY not in sealed
    assert sealed.split(":")[0] == encryption._master_key_fingerprint(MASTER)


def test_a_second_key_is_kept_beside_the_first(ada, safe):
    store.save_keys(ada, OwnKeys(gemini=KEY))
    store.save_keys(ada, OwnKeys(cartesia="another-key"))

    assert stored_keys(ada) == {"gemini": KEY, "cartesia": "another-key"}


def test_a_seal_moved_to_another_visit_does_not_open(ada, ben, safe, caplog):
    store.save_keys(ada, OwnKeys(gemini=KEY))
    stolen = Visit.objects.get(pk=ada.pk)
    Visit.objects.filter(pk=ben.pk).update(
        encrypted_keys=stolen.encrypted_keys, keys_expire_at=stolen.keys_expire_at
    )

    assert stored_keys(ben) == {}
    store.delete_undecryptable_keys(Visit.objects.get(pk=ben.pk))
    assert "sealed for another visit" in caplog.text
    assert Visit.objects.get(pk=ben.pk).encrypted_keys == ""


def test_a_key_is_gone_after_two_hours_even_if_nobody_swept(ada, safe):
    store.save_keys(ada, OwnKeys(gemini=KEY))

    with time_machine.travel(timezone.now() + timedelta(hours=2, seconds=1), tick=False):
        assert stored_keys(ada) == {}
        Visit.objects.update(
            keys_expire_at=timezone.now() + timedelta(days=1)
        )  # the row lies: the seal does not
        assert stored_keys(ada) == {}


def test_the_sweep_removes_what_is_over(ada, ben, cy, safe):
    for visit in (ada, ben, cy):
        store.save_keys(visit, OwnKeys(gemini=KEY))
    Visit.objects.filter(pk=ada.pk).update(last_seen_at=timezone.now() - timedelta(days=1))
    Visit.objects.filter(pk=ben.pk).update(keys_expire_at=timezone.now() - timedelta(seconds=1))

    expire_visits()

    assert list(Visit.objects.exclude(encrypted_keys="")) == [cy]


def test_a_guest_who_begins_anew_leaves_nothing_behind(ada, safe):
    store.save_keys(ada, OwnKeys(gemini=KEY))
    guest = guest_for_visit(ada)
    guest.client.handler.enforce_csrf_checks = False
    guest.client.post("/start/")

    assert Visit.objects.get(pk=ada.pk).encrypted_keys == ""


def test_a_master_key_is_replaced_without_anybody_noticing(ada, safe, settings):
    store.save_keys(ada, OwnKeys(gemini=KEY))

    settings.MAYA_MASTER_KEY = f"{NEXT_MASTER},{MASTER}"
    assert stored_keys(ada) == {"gemini": KEY}
    store.save_keys(ada, OwnKeys(cartesia="another-key"))

    settings.MAYA_MASTER_KEY = NEXT_MASTER
    assert stored_keys(ada) == {"gemini": KEY, "cartesia": "another-key"}


@pytest.mark.parametrize("master", [NEXT_MASTER, ""])
def test_a_key_whose_master_is_gone_is_dropped_with_a_line_for_staff(ada, safe, settings, master, caplog):
    store.save_keys(ada, OwnKeys(gemini=KEY))
    settings.MAYA_MASTER_KEY = master

    assert stored_keys(ada) == {}
    guest = guest_for_visit(ada)
    guest.open_page()
    guest.say("A martini")

    assert "Martini" in visible_text(guest.page)
    assert "its own keys are dropped" in caplog.text
    assert Visit.objects.get(pk=ada.pk).encrypted_keys == ""


def test_a_seal_that_was_tampered_with_does_not_open(ada, safe):
    sealed = encryption.encrypt_keys(ada.code, {"gemini": KEY})

    for broken in (sealed[:-2], sealed.replace(":", ":x"), "nonsense", ":", sealed.split(":")[1]):
        with pytest.raises(DecryptionFailed):
            encryption.decrypt_keys(ada.code, broken)


@pytest.mark.parametrize("master", ["x", "short,short", MASTER + ",", f"{MASTER},nonsense", "0" * 44 + "!"])
def test_a_malformed_master_key_stops_the_start_in_one_sentence(settings, master):
    settings.MAYA_MASTER_KEY = master
    found = [one for one in check_settings() if one.id == "maya_site.E020"]

    assert len(found) == 1
    assert found[0].msg.startswith("MAYA_MASTER_KEY is malformed: make one with")
    assert "Fernet.generate_key()" in found[0].msg
    assert master not in found[0].msg or len(master) < 2


def test_well_formed_master_keys_are_no_trouble(settings):
    for master in ("", MASTER, f"{MASTER}, {NEXT_MASTER}"):
        settings.MAYA_MASTER_KEY = master
        assert not [one for one in check_settings() if one.id == "maya_site.E020"]
