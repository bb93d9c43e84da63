"""Which voice is available, for people and monitoring. Vendors are probed at most once a minute."""

from __future__ import annotations

from typing import NamedTuple

from bartender.speech.tts.registry import is_cooling_down, local_voice_names, vendor_voice
from maya_site.core.errors import ProviderError
from maya_site.core.providers import PROBE_CACHE


class TTSStatus(NamedTuple):
    is_configured: bool
    is_available: bool
    description: str


def get_tts_status() -> TTSStatus:
    local, spec = local_voice_names(), vendor_voice()
    if spec is None:
        return TTSStatus(False, True, f"{local}, no key needed" if local else "text only")
    meanwhile = f"{local or 'text alone'} meanwhile"
    if is_cooling_down(spec):
        return TTSStatus(True, False, f"{spec.display_name} rests after failures; {meanwhile}")
    try:
        return TTSStatus(True, True, PROBE_CACHE.probe(spec) or spec.display_name)
    except ProviderError as error:
        return TTSStatus(True, False, f"{spec.display_name} {error.reason}; {meanwhile}")
