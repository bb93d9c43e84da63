"""One registry of providers: each describes itself whole, and one that nobody has heard of is added by its
description and one line in the settings."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polib
import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client

from bartender.costs.prices import price_table, speech_cost_microcents
from bartender.models.visits import Visit
from bartender.provider_status.badges import provider_badges
from bartender.services.own_keys.encryption import OwnKeys
from bartender.services.own_keys.store import own_keys_of
from bartender.speech.tts.base import AudioChunk, TTSProviderSpec
from bartender.speech.tts.registry import get_tts_registry, tts_for_visit
from bartender.speech.tts.text_stream import Phrase, TextStream
from maya_site.core.errors import ProviderError
from maya_site.core.providers import PROBE_CACHE, ProviderKind, ProviderSpec, find_provider, providers
from maya_site.ops.checks import check_settings
from payments.providers.base import PaymentProviderSpec
from payments.providers.stripe.registration import API
from tests.bartender.page_fixtures import guest_for_visit, visible_text
from tests.vendors import tone
from tests.vendors.tone import GUEST_KEY, KEY, ScriptedTone

ROOT = Path(__file__).resolve().parents[2]
TONE = "tests.vendors.tone.SPEC"
NOBODY = "http://127.0.0.1:9"
# What asks money for each use says how much.
PRICED_KINDS = {ProviderKind.LANGUAGE_MODEL, ProviderKind.TTS}


def spanish_sentences():
    return {entry.msgid for entry in polib.pofile(ROOT / "locale" / "es" / "LC_MESSAGES" / "django.po")}


def gaps(spec: ProviderSpec[Any], env_example: str) -> list[str]:
    """Everything that is missing before guests, staff and monitors can rely on a provider."""
    found = spec.find_gaps()
    shown = set(re.findall(r"^#?\s*([A-Z_]+)=", env_example, re.MULTILINE))
    found += [f"{name} is not in .env.example" for name in spec.settings if name not in shown]
    words = [spec.display_name, *([spec.tender] if isinstance(spec, PaymentProviderSpec) else [])]
    found += [f"“{text}” has no Spanish" for text in words if " " in text and text not in spanish_sentences()]
    if spec.kind in PRICED_KINDS and not spec.is_stand_in and spec.prices is None:
        found.append("it asks money and has no prices")
    if spec.own_key and not spec.enabled_by:
        found.append("a guest can lend a key where the venue needs none")
    return found


def settings_of(spec: ProviderSpec[Any], settings) -> None:
    """As somebody would set them who never reaches the vendor."""
    for name in spec.enabled_by:
        setattr(settings, name, "a-key-of-nobody-0001")
    for name in spec.url_settings:
        setattr(settings, name, NOBODY)


EVERY = pytest.mark.parametrize("spec", providers(ProviderSpec), ids=lambda spec: f"{spec.kind} {spec.name}")


@EVERY
def test_every_provider_is_described_whole(spec):
    assert gaps(spec, (ROOT / ".env.example").read_text()) == []


@EVERY
def test_every_provider_makes_what_its_kind_is_used_for(spec, settings):
    if not spec.is_installed:
        pytest.skip(f"{spec.name} is an extra")
    settings_of(spec, settings)

    made = spec.build()

    assert isinstance(made, spec.protocol)
    assert spec.is_configured


@EVERY
@pytest.mark.django_db
def test_every_probe_of_a_vendor_that_does_not_answer_says_so_in_words(spec, settings):
    settings.TILL_CONNECT_SECONDS = settings.TILL_READ_SECONDS = 0.5
    settings.TILL_PAUSE_SECONDS, settings.TILL_TRIES = 0.01, 1
    settings_of(spec, settings)
    if spec.probe is None or spec.is_stand_in:
        assert PROBE_CACHE.probe(spec) is not None
        return
    with pytest.raises(ProviderError) as raised:
        PROBE_CACHE.probe(spec)
    assert raised.value.reason
    assert "a-key-of-nobody" not in str(raised.value)


@pytest.mark.parametrize(
    "change, gap",
    [
        ({"display_name": ""}, "it has no display_name"),
        ({"display_name": "A voice from afar"}, "“A voice from afar” has no Spanish"),
        ({"name": "To Ne"}, "its name must be lower-case letters, digits and _"),
        ({"settings": ("TONE_KEY", "TONE_URL", "TONE_PITCH")}, "settings.TONE_PITCH does not exist"),
        ({"settings": ("TONE_KEY",)}, "TONE_URL is missing in its settings"),
        ({"prices": None}, "it asks money and has no prices"),
        ({"prices": Path("nowhere.yaml")}, "its prices, nowhere.yaml, do not exist"),
        ({"probe": None}, "nobody can ask whether it answers: it has no probe"),
        ({"enabled_by": ()}, "a guest can lend a key where the venue needs none"),
        ({"is_stand_in": True}, "a stand-in needs no settings"),
    ],
)
def test_what_is_missing_is_named(settings, change, gap):
    settings.TONE_KEY, settings.TONE_URL = "", ""
    example = "TONE_KEY=\nTONE_URL=\nTONE_PITCH="
    assert gaps(tone.SPEC, example) == []

    assert gap in gaps(replace(tone.SPEC, **change), example)


def test_a_till_without_a_tender_is_not_whole():
    assert "it has no tender" in replace(API, tender="").find_gaps()


def test_what_is_missing_stops_the_start(settings):
    settings.PROVIDERS = [TONE]  # and nobody has made its settings

    found = [message for message in check_settings() if message.id == "maya_site.E027"]

    assert [message.msg for message in found] == [
        "The text to speech provider tone: settings.TONE_KEY does not exist.",
        "The text to speech provider tone: settings.TONE_URL does not exist.",
    ]


@pytest.mark.parametrize("path", ["nobody.at.home", "tests.vendors.tone.KEY"])
def test_a_line_that_names_no_provider_is_refused_by_name(settings, path):
    settings.PROVIDERS = [path]

    with pytest.raises(ImproperlyConfigured, match=path):
        providers(ProviderSpec)


def test_two_of_one_name_are_refused(settings):
    settings.PROVIDERS = [TONE, "tests.site.test_providers.SECOND_TONE"]

    with pytest.raises(ImproperlyConfigured, match="two of kind text to speech called tone"):
        providers(ProviderSpec)


SECOND_TONE = replace(tone.SPEC, display_name="Another")


@pytest.mark.usefixtures("jobs_in_the_server")
class TestAVendorThatNobodyHasHeardOf:
    """Its line in PROVIDERS, its settings: everything else is already there."""

    @pytest.fixture
    def vendor(self, settings, db):
        PROBE_CACHE.clear()
        with ScriptedTone() as server:
            settings.PROVIDERS = [TONE, *settings.PROVIDERS]
            settings.TONE_KEY, settings.TONE_URL = KEY, server.address
            yield server

    @staticmethod
    def voice_in_check_services(capsys):
        call_command("check_services", json=True)
        return json.loads(capsys.readouterr().out)["voice"]

    def test_is_found_by_kind_and_name(self, vendor):
        assert find_provider(TTSProviderSpec, "tone") is tone.SPEC

    def test_is_in_check_services_and_on_the_page(self, vendor, ada, capsys):
        assert self.voice_in_check_services(capsys) == {
            "kind": "real",
            "answers": True,
            "says": "Tone, a sine",
        }
        assert ("real", "Voice: Tone") in provider_badges(ada)
        assert "Voice: Tone" in guest_for_visit(ada).open_page()

    def test_is_in_healthz(self, vendor):
        assert Client().get("/healthz").json()["checks"]["voice"] == "ok"

    def test_that_is_away_is_degraded_and_told(self, vendor, settings, capsys):
        settings.TONE_URL = NOBODY

        answer = Client().get("/healthz")
        with pytest.raises(CommandError, match="does not answer: voice"):
            call_command("check_services")

        assert (answer.status_code, answer.json()["checks"]["voice"]) == (200, "degraded")
        assert "Tone does not answer; " in capsys.readouterr().out

    def test_without_its_setting_is_not_chosen(self, vendor, settings, ada, capsys):
        settings.TONE_KEY = ""

        assert self.voice_in_check_services(capsys)["kind"] == "simulated"
        assert "Voice: Tone" not in {badge.says for badge in provider_badges(ada)}

    def test_whose_address_is_none_stops_the_start(self, vendor, settings):
        settings.TONE_URL = "tone.example"

        assert "maya_site.E022" in {message.id for message in check_settings()}

    async def test_speaks_and_costs_what_it_asks(self, vendor, settings):
        engine = tts_for_visit(Visit())
        assert engine is not None
        assert engine.name == "tone"

        assert len(await sound_of(engine)) == 480 * len("One IPA.")
        await get_tts_registry().close()

        assert vendor.spoken == [(KEY, "One IPA.")]
        assert speech_cost_microcents("tone", 1_000_000, date(2026, 10, 1)) == 7 * 100 * 1_000_000
        assert "cartesia" in price_table()["voices"]  # beside the others'

    def test_takes_a_guests_own_key(self, vendor, settings, ada):
        settings.MAYA_MASTER_KEY = Fernet.generate_key().decode()
        guest = guest_for_visit(ada)
        guest.open_page("/keys/")

        guest.submit_form("/keys/bring/", tone="a-key-of-nobody-0001")
        assert "Tone does not take that key" in visible_text(guest.page)
        guest.submit_form("/keys/bring/", tone=GUEST_KEY)

        assert "Your Tone key works" in visible_text(guest.page)
        ada.refresh_from_db()
        assert dict(own_keys_of(ada)) == {"tone": GUEST_KEY}
        assert ("real", "Voice: Tone · on your own key") in provider_badges(ada)

    async def test_speaks_by_that_key_to_that_guest(self, vendor):
        engine = tts_for_visit(Visit(), OwnKeys(tone=GUEST_KEY))
        assert engine is not None

        await sound_of(engine)
        await get_tts_registry().close()

        assert vendor.spoken == [(GUEST_KEY, "One IPA.")]


async def sound_of(engine) -> bytes:
    script = TextStream("en")
    script.add(Phrase(0, ("One", "IPA.")))
    script.close()
    return b"".join([part.pcm async for part in engine.synthesize(script) if isinstance(part, AudioChunk)])
