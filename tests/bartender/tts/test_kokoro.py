"""Kokoro, where it was added."""

import pytest

from bartender.speech.tts.kokoro import SPEC
from bartender.speech.tts.local import MAX_REAL_TIME_FACTOR, NeuralTTS
from bartender.speech.tts.registry import TTSRegistry
from tests.bartender.tts.test_espeak import BILL, spoken


@pytest.fixture
def kokoro(voices: TTSRegistry) -> NeuralTTS:
    engine = voices.engine(SPEC)
    assert isinstance(engine, NeuralTTS)
    return engine


@pytest.mark.slow
@pytest.mark.skipif(not SPEC.is_installed, reason="./run_maya.sh kokoro adds it")
async def test_she_says_the_bill_with_her_neural_voice(kokoro):
    await kokoro.worker.ready()
    sound, begins = await spoken(kokoro, BILL)

    assert 1_500 < len(sound) / 48 < 5_000
    assert begins == sorted(begins)
    assert len(begins) == len(BILL)


async def test_a_machine_that_is_too_slow_for_it_is_found_out_once(espeak):
    voice = NeuralTTS("kokoro", "", espeak.worker)
    assert voice.is_cooling_down  # it was not measured yet
    voice.worker.ready_info = {"real_time_factor": MAX_REAL_TIME_FACTOR + 1}
    voice.worker.ensure_started = _at_once  # type: ignore[method-assign]
    await voice.warm_up()

    assert voice.is_cooling_down
    assert voice.cooldown_until > 0


async def test_a_machine_that_is_fast_enough_speaks_with_it(espeak):
    voice = NeuralTTS("kokoro", "", espeak.worker)
    voice.worker.ready_info = {"real_time_factor": MAX_REAL_TIME_FACTOR / 2}
    voice.worker.ensure_started = _at_once  # type: ignore[method-assign]
    await voice.warm_up()

    assert not voice.is_cooling_down


async def _at_once() -> None:
    pass
