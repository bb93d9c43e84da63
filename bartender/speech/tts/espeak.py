"""espeak-ng, a small voice on this machine. Needs no key and no network, and is fast everywhere."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from bartender.speech.tts.base import TTSEngine, TTSProviderSpec
from bartender.speech.tts.local import LocalTTS
from bartender.speech.tts.worker import WorkerProcess

NAME = "espeak"
PACKAGES = ("espeakng_loader",)
WORKER_MODULE = "bartender.speech.tts.workers.espeak"


def _build() -> TTSEngine:
    return LocalTTS(NAME, SPEC.display_name, WorkerProcess(NAME, WORKER_MODULE))


SPEC = TTSProviderSpec(
    name=NAME,
    display_name=gettext_noop("espeak-ng, a voice of this machine"),
    short_name="espeak-ng",
    build=_build,
    packages=PACKAGES,
    is_stand_in=True,
    languages=frozenset({"en", "es"}),
)
