"""Lets a voice of this machine say something, keeps it as a WAV file, and measures it.

python -m tests.bench.bench_say --to bill.wav
python -m tests.bench.bench_say --voice kokoro "What can I get you?"
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
import wave
from pathlib import Path

import numpy as np

import tests.clean_environment  # noqa: F401  before Django reads the settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
from bartender.speech.tts.alignment import TextAlignment
from bartender.speech.tts.base import SAMPLE_RATE_HZ, AudioChunk
from bartender.speech.tts.local import LocalTTS
from bartender.speech.tts.text_stream import TextStream
from bartender.speech.tts.worker import WorkerProcess

BILL = "That's two Old Fashioneds, $24.00."


async def say(voice: LocalTTS, text: str) -> tuple[bytes, float, float]:
    """The sound, the seconds to its first byte, and to its last."""
    script = TextStream()
    for piece in TextAlignment().add_sentence(text):
        script.add(piece)
    script.close()
    began, first, sound = time.perf_counter(), 0.0, b""
    async for heard in voice.synthesize(script):
        if isinstance(heard, AudioChunk):
            first = first or time.perf_counter() - began
            sound += heard.pcm
    return sound, first, time.perf_counter() - began


def pitch(samples: np.ndarray) -> float:
    """The middle of all voiced stretches, in Hz: by autocorrelation, and where it is a clear one."""
    found = []
    for start in range(0, len(samples) - 1_200, 600):
        part = samples[start : start + 1_200] * np.hanning(1_200)
        whole = np.correlate(part, part, "full")[1_199:]
        at = SAMPLE_RATE_HZ // 400 + int(np.argmax(whole[SAMPLE_RATE_HZ // 400 : SAMPLE_RATE_HZ // 70]))
        if whole[0] > 0.1 and whole[at] > 0.5 * whole[0]:
            found.append(SAMPLE_RATE_HZ / at)
    return float(np.median(found)) if found else 0.0


async def measure(asked: argparse.Namespace) -> None:
    worker = WorkerProcess(asked.voice, f"bartender.speech.tts.workers.{asked.voice}")
    voice = LocalTTS(asked.voice, "", worker)
    began = time.perf_counter()
    await worker.ensure_started()
    ready = time.perf_counter() - began
    runs = [await say(voice, asked.text) for _ in range(asked.times)]
    worker.stop()
    await asyncio.sleep(0.05)
    sound, first, whole = min(runs, key=lambda run: run[2])
    samples = np.frombuffer(sound, np.int16).astype(np.float64) / 32768
    energy = np.abs(np.fft.rfft(samples)) ** 2
    low = float(energy[: len(energy) * 4 // 12].sum()) / float(energy.sum())
    seconds = len(samples) / SAMPLE_RATE_HZ
    load, loud, peak = os.getloadavg()[0], np.sqrt((samples**2).mean()), np.abs(samples).max()
    print(f"{asked.voice}: ready in {ready * 1000:.0f} ms; {seconds:.2f} s of sound; load {load:.1f}")
    print(f"first byte {first * 1000:.0f} ms, real-time factor {whole / seconds:.3f} (best of {asked.times})")
    print(f"loudness {loud:.3f}, peak {peak:.2f}, pitch {pitch(samples):.0f} Hz")
    print(f"energy below 4 kHz {low:.0%} (white noise: 33%)")
    if asked.to:
        with wave.open(str(asked.to), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE_HZ)
            file.writeframes(sound)
        print(f"kept as {asked.to}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("text", nargs="?", default=BILL)
    parser.add_argument("--voice", choices=["espeak", "kokoro"], default="espeak")
    parser.add_argument("--to", type=Path)
    parser.add_argument("--times", type=int, default=5)
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
