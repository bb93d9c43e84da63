"""Registers Cartesia's text-to-speech as a provider, without importing its SDK."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from bartender.speech.tts.base import TTSEngine, TTSProviderSpec
from bartender.speech.tts.cartesia.context import SynthesisOptions
from bartender.speech.tts.cartesia.engine import CartesiaTTS
from bartender.speech.tts.cartesia.errors import NAME
from bartender.speech.tts.cartesia.key_check import check_key
from bartender.speech.tts.cartesia.probe import probe_voice
from maya_site.core.errors import ProviderDown
from maya_site.core.providers import OwnKeySupport


@sensitive_variables()
def _engine(key: str, *, own_key: bool) -> CartesiaTTS:
    options = SynthesisOptions(settings.CARTESIA_MODEL, settings.CARTESIA_VOICE_ID)
    return CartesiaTTS(key, options, settings.CARTESIA_BASE_URL, own_key=own_key)


def _build() -> TTSEngine:
    return _engine(settings.CARTESIA_API_KEY, own_key=False)


@sensitive_variables()
def _build_with_own_key(key: str) -> TTSEngine:
    return _engine(key, own_key=True)


def _probe() -> str:
    failure = probe_voice(settings.CARTESIA_API_KEY, settings.CARTESIA_VOICE_ID, settings.CARTESIA_BASE_URL)
    if failure:
        raise ProviderDown(NAME, failure)
    return f"Cartesia, {settings.CARTESIA_MODEL}"


SPEC = TTSProviderSpec(
    name=NAME,
    display_name="Cartesia",
    build=_build,
    settings=("CARTESIA_API_KEY", "CARTESIA_VOICE_ID", "CARTESIA_MODEL", "CARTESIA_BASE_URL"),
    enabled_by=("CARTESIA_API_KEY",),
    url_settings=("CARTESIA_BASE_URL",),
    probe=_probe,
    probe_interval_seconds=60.0,
    prices=Path(__file__).with_name("prices.yaml"),
    own_key=OwnKeySupport(check=check_key, build=_build_with_own_key),
)
