"""Moonshine, a small transcription model that runs here in a process of its own. Needs no key and no network.

The model takes whole utterances, so partial transcripts transcribe the utterance again from its beginning.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_noop

from bartender.speech.stt.base import (
    BYTES_PER_MS,
    AudioMarker,
    MicrophoneStream,
    SpeechStarted,
    STTProviderSpec,
    Transcript,
    TranscriptionEvent,
)
from bartender.speech.tts.worker import WorkerProcess
from maya_site.core.errors import ProviderDown

PREROLL_BYTES = 400 * BYTES_PER_MS  # audio before the detected start of speech
MIN_UTTERANCE_BYTES = 250 * BYTES_PER_MS
MAX_UTTERANCE_BYTES = 20_000 * BYTES_PER_MS
PARTIAL_INTERVAL_BYTES = 1_200 * BYTES_PER_MS
WEIGHT_FILES = ("encoder_model.onnx", "decoder_model_merged.onnx", "tokenizer.json")


def model_dir() -> Path:
    return Path(settings.BASE_DIR) / ".moonshine"


def has_weights() -> bool:
    return all((model_dir() / name).exists() for name in WEIGHT_FILES)


class MoonshineSTT:
    name = "moonshine"
    display_name = gettext_noop("Moonshine, on this machine")

    def __init__(self, worker: WorkerProcess | None = None) -> None:
        self.worker = worker or WorkerProcess(
            self.name, "bartender.speech.stt.workers.moonshine", str(model_dir())
        )

    async def warm_up(self) -> None:
        with suppress(ProviderDown):
            await self.worker.ensure_started()

    async def transcribe_stream(
        self, microphone: MicrophoneStream, keyterms: Sequence[str]
    ) -> AsyncIterator[TranscriptionEvent]:
        pcm, reported_at, speaking = bytearray(), 0, False
        async for part in microphone.read_audio():
            if isinstance(part, bytes):
                pcm += part
            if part is AudioMarker.SPEECH_STARTED:
                speaking, reported_at = True, len(pcm)
                yield SpeechStarted()
            elif (
                part in (AudioMarker.SPEECH_STOPPED, AudioMarker.PUSH_TO_TALK_RELEASED)
                or len(pcm) > MAX_UTTERANCE_BYTES
            ):
                text = await self.transcribe(bytes(pcm)) if speaking else ""
                pcm.clear()
                speaking = False
                yield Transcript(text, is_final=True)
            elif not speaking:
                del pcm[:-PREROLL_BYTES]
            elif len(pcm) - reported_at >= PARTIAL_INTERVAL_BYTES:
                reported_at = len(pcm)
                yield Transcript(await self.transcribe(bytes(pcm)))

    async def transcribe(self, pcm: bytes) -> str:
        if len(pcm) < MIN_UTTERANCE_BYTES:
            return ""
        text = ""
        async for _kind, body in self.worker.request(pcm=base64.b64encode(pcm).decode()):
            text = json.loads(body)
        return text


SPEC = STTProviderSpec(
    name=MoonshineSTT.name,
    display_name=MoonshineSTT.display_name,
    short_name="Moonshine",
    build=MoonshineSTT,
    packages=("onnxruntime",),
    has_files=lambda: has_weights(),
    is_stand_in=True,
)
