"""Ears of this machine: Moonshine, a small neural transcriber in a process of its own. No key, no network.

It hears a turn as a whole, so what was said so far is told by hearing it again from its beginning.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from bartender.hearing.base import BYTES_A_MS, Began, Mark, Microphone, Told, Words
from bartender.voices.worker import Worker
from maya_site.lib.errors import ProviderDown

BEFORE = 400 * BYTES_A_MS  # of what came before somebody was noticed to speak
LEAST = 250 * BYTES_A_MS
LONGEST = 20_000 * BYTES_A_MS
PARTIAL_EVERY = 1_200 * BYTES_A_MS
WEIGHTS = ("encoder_model.onnx", "decoder_model_merged.onnx", "tokenizer.json")


def folder() -> Path:
    return Path(settings.BASE_DIR) / ".moonshine"


def weights_here() -> bool:
    return all((folder() / name).exists() for name in WEIGHTS)


class MoonshineEars:
    name = "moonshine"
    says = "Moonshine, on this machine"

    def __init__(self, worker: Worker | None = None) -> None:
        self.worker = worker or Worker(self.name, "bartender.hearing.workers.moonshine", str(folder()))

    async def warm(self) -> None:
        with suppress(ProviderDown):
            await self.worker.ready()

    async def listen(self, microphone: Microphone, names: Sequence[str]) -> AsyncIterator[Told]:
        heard, told_at, speaking = bytearray(), 0, False
        async for part in microphone.sound():
            if isinstance(part, bytes):
                heard += part
            if part is Mark.BEGAN:
                speaking, told_at = True, len(heard)
                yield Began()
            elif part in (Mark.ENDED, Mark.LET_GO) or len(heard) > LONGEST:
                text = await self.transcribe(bytes(heard)) if speaking else ""
                heard.clear()
                speaking = False
                yield Words(text, final=True)
            elif not speaking:
                del heard[:-BEFORE]
            elif len(heard) - told_at >= PARTIAL_EVERY:
                told_at = len(heard)
                yield Words(await self.transcribe(bytes(heard)))

    async def transcribe(self, pcm: bytes) -> str:
        if len(pcm) < LEAST:
            return ""
        text = ""
        async for _kind, body in self.worker.ask(pcm=base64.b64encode(pcm).decode()):
            text = json.loads(body)
        return text
