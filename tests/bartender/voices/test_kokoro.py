"""Kokoro, where it was added."""

import pytest

from bartender.voices.house import House, has_kokoro
from bartender.voices.local import FAST_ENOUGH, Neural
from tests.bartender.voices.test_espeak import BILL, spoken


@pytest.fixture
def kokoro(house: House) -> Neural:
    return next(voice for voice in house.local if isinstance(voice, Neural))


@pytest.mark.slow
@pytest.mark.skipif(not has_kokoro(), reason="./run_maya.sh kokoro adds it")
async def test_she_says_the_bill_with_her_neural_voice(kokoro):
    await kokoro.worker.ready()
    sound, begins = await spoken(kokoro, BILL)

    assert 1_500 < len(sound) / 48 < 5_000
    assert begins == sorted(begins)
    assert len(begins) == len(BILL)


async def test_a_machine_that_is_too_slow_for_it_is_found_out_once(house):
    voice = Neural("kokoro", "", house.local[-1].worker)
    assert voice.rests  # it was not measured yet
    voice.worker.told = {"real_time_factor": FAST_ENOUGH + 1}
    voice.worker.ready = _at_once  # type: ignore[method-assign]
    await voice.warm()

    assert voice.rests
    assert voice.rests_until > 0


async def test_a_machine_that_is_fast_enough_speaks_with_it(house):
    voice = Neural("kokoro", "", house.local[-1].worker)
    voice.worker.told = {"real_time_factor": FAST_ENOUGH / 2}
    voice.worker.ready = _at_once  # type: ignore[method-assign]
    await voice.warm()

    assert not voice.rests


async def _at_once() -> None:
    pass
