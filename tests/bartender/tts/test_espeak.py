"""The voice that is always there: espeak-ng, in a process of its own."""

import asyncio
import os
import signal

import numpy as np
import pytest

from bartender.speech.tts.base import SAMPLE_RATE_HZ, AudioChunk, WordStart
from bartender.speech.tts.local import LocalTTS
from bartender.speech.tts.text_stream import Phrase, TextStream
from bartender.speech.tts.worker import WorkerProcess
from bartender.speech.tts.workers.resample import Resampler
from maya_site.core.errors import ProviderDown

BILL = ("That's", "two", "Old", "Fashioneds,", "twenty-four", "dollars.")


def script(*pieces: tuple[str, ...]) -> TextStream:
    written, first = TextStream(), 0
    for words in pieces:
        written.add(Phrase(first, words))
        first += len(words)
    written.close()
    return written


async def spoken(voice: LocalTTS, *pieces: tuple[str, ...]) -> tuple[bytes, list[float]]:
    heard = [part async for part in voice.synthesize(script(*pieces))]
    sound = b"".join(part.pcm for part in heard if isinstance(part, AudioChunk))
    return sound, [part.at_ms for part in heard if isinstance(part, WordStart)]


async def test_she_says_the_bill_in_sound_that_is_speech(espeak):
    sound, begins = await spoken(espeak, BILL)

    samples = np.divide(np.frombuffer(sound, np.int16), 32768.0)
    seconds = len(samples) / SAMPLE_RATE_HZ
    assert 1.5 < seconds < 5
    assert 0.02 < np.sqrt((samples**2).mean()) < 0.5  # neither silence nor a roar
    assert np.abs(samples).max() < 1
    energy = np.abs(np.fft.rfft(samples)) ** 2
    above = float(energy[len(energy) * 3 // 4 :].sum()) / float(energy.sum())
    assert above < 0.05  # noise has a quarter of its energy there
    assert len(begins) == len(BILL)
    assert begins == sorted(begins)
    assert begins[0] < 50
    assert begins[-1] < seconds * 1000


async def test_the_words_of_a_second_sentence_begin_after_the_first(espeak):
    first, _ = await spoken(espeak, BILL)
    _sound, begins = await spoken(espeak, BILL, ("Thank", "you."))

    assert begins[6] >= len(first) / 48


async def test_a_second_guest_is_spoken_to_at_the_same_time(espeak):
    together = await asyncio.gather(*(spoken(espeak, BILL) for _ in range(5)))

    lengths = [len(sound) for sound, _begins in together]  # no two breaths of hers are quite alike
    assert max(lengths) < 1.2 * min(lengths)
    assert all(len(begins) == len(BILL) for _sound, begins in together)


async def test_a_process_that_dies_is_started_anew(espeak):
    await spoken(espeak, BILL)
    worker = espeak.worker
    os.kill(worker._process.pid, signal.SIGKILL)
    async with asyncio.timeout(5):
        await worker._reader_task
    sound, _ = await spoken(espeak, BILL)

    assert sound


async def test_a_process_that_hangs_is_given_up_and_started_anew(espeak):
    await spoken(espeak, BILL)
    worker = espeak.worker
    os.kill(worker._process.pid, signal.SIGSTOP)
    worker.response_timeout_seconds = 0.05
    with pytest.raises(ProviderDown):
        await spoken(espeak, BILL)
    worker.response_timeout_seconds = 10
    sound, _ = await spoken(espeak, BILL)

    assert sound


async def test_a_program_that_is_no_voice_is_down_and_not_waited_for():
    worker = WorkerProcess("nobody", "this")  # the Zen of Python is no frame
    with pytest.raises(ProviderDown):
        await worker.ensure_started()
    await asyncio.sleep(0.01)


async def test_too_many_at_once_are_refused_and_not_queued(espeak):
    espeak.worker._pending.update({-number: asyncio.Queue() for number in range(1, 33)})
    with pytest.raises(ProviderDown):
        await spoken(espeak, BILL)


def test_resampling_in_pieces_is_resampling_at_once():
    source = np.random.default_rng(7).uniform(-1, 1, 5_000).astype(np.float32)
    whole = Resampler(22_050, SAMPLE_RATE_HZ)
    at_once = np.concatenate([whole.feed(source), whole.close()])
    pieces = Resampler(22_050, SAMPLE_RATE_HZ)
    cut = [pieces.feed(part) for part in np.split(source, [1, 2, 40, 700, 701, 4_000])]

    assert np.allclose(np.concatenate([*cut, pieces.close()]), at_once)
    assert abs(len(at_once) - 5_000 * SAMPLE_RATE_HZ / 22_050) < 2


def test_resampling_keeps_a_tone_and_adds_none():
    tone = np.sin(np.arange(22_050) * 2 * np.pi * 3_000 / 22_050).astype(np.float32)
    resampler = Resampler(22_050, SAMPLE_RATE_HZ)
    heard = np.concatenate([resampler.feed(tone), resampler.close()])[100:-100]
    wanted = np.sin(np.arange(100, 100 + len(heard)) * 2 * np.pi * 3_000 / SAMPLE_RATE_HZ)

    assert np.abs(heard - wanted).max() < 0.01
