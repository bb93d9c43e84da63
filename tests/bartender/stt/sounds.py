"""What a microphone may hear: silence, a noise that is loud enough, and words that espeak-ng says."""

import array
import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

from bartender.speech.stt.base import BYTES_PER_MS, SAMPLE_RATE_HZ
from bartender.speech.tts.worker import WorkerProcess
from bartender.speech.tts.workers import pipe
from bartender.speech.tts.workers.resample import Resampler, to_pcm

FRAME = 40 * BYTES_PER_MS


def silence(ms: int) -> bytes:
    return bytes(ms * BYTES_PER_MS)


@cache
def noise(ms: int, level: int = 6_000) -> bytes:
    chance = random.Random(7)
    return array.array(
        "h", (chance.randrange(-level, level) for _ in range(ms * SAMPLE_RATE_HZ // 1000))
    ).tobytes()


async def synthesize_speech(text: str, voice: str = "en-us+m3") -> bytes:
    """Another's voice than Maya's."""
    worker = WorkerProcess("guest", "bartender.speech.tts.workers.espeak", voice, "150")
    try:
        said = [body async for kind, body in worker.request(words=text.split()) if kind == pipe.AUDIO]
    finally:
        worker.stop()
        await asyncio.sleep(0.01)  # the loop lets go of its pipes
    samples = np.frombuffer(b"".join(said), "<i2").astype(np.float32) / np.float32(32768)
    return to_pcm(Resampler(24_000, SAMPLE_RATE_HZ).feed(samples))


def synthesize_speech_sync(text: str) -> bytes:
    """For tests that are no coroutines."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(synthesize_speech(text))).result()


def microphone_frames(*sounds: bytes) -> list[bytes]:
    """As a microphone sends it."""
    whole = b"".join(sounds)
    return [whole[at : at + FRAME] for at in range(0, len(whole), FRAME)]
