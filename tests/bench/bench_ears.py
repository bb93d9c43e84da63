"""How well Moonshine understands a dozen orders that espeak-ng says: python -m tests.bench.bench_ears

Word errors, time to load, and time of the processor for each second of sound. A synthetic voice is harder to
understand than most guests, so the errors are an upper guess.
"""

import asyncio
import os
import re
import time

import django
from rapidfuzz.distance import Levenshtein

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
django.setup()

from bartender.speech.stt.base import BYTES_PER_MS  # noqa: E402
from bartender.speech.stt.moonshine import MoonshineSTT, has_weights  # noqa: E402
from tests.bartender.stt.sounds import silence, synthesize_speech  # noqa: E402

ORDERS = (
    "two old fashioneds please",
    "a dry gin martini",
    "can I have a negroni",
    "one whiskey on the rocks and one neat",
    "make that three",
    "a glass of water please",
    "what do you recommend tonight",
    "same again please",
    "take the beer off my tab",
    "I would like to pay now",
    "a lemonade for my friend",
    "what is in a long island",
)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


async def measure() -> None:
    ears = MoonshineSTT()
    began = time.perf_counter()
    await ears.worker.ensure_started()
    print(f"loaded in {time.perf_counter() - began:.2f} s")
    wrong = total = 0
    heard_ms = took = 0.0
    for order in ORDERS:
        pcm = silence(200) + await synthesize_speech(order, "en-us+f3") + silence(300)
        began = time.perf_counter()
        said = await ears.transcribe(pcm)
        took += time.perf_counter() - began
        heard_ms += len(pcm) / BYTES_PER_MS
        wrong += Levenshtein.distance(words(order), words(said))
        total += len(words(order))
        print(f"{order:40} {said}")
    ears.worker.stop()
    await asyncio.sleep(0.05)
    print(f"word errors {wrong / total:.1%}, real-time factor {took / heard_ms * 1000:.2f}")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    if not has_weights():
        raise SystemExit("Moonshine is an extra: requirements/get_moonshine")
    asyncio.run(measure())
