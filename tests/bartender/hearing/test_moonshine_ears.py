"""Ears of this machine, where they are installed; and what is done where they are not."""

import pytest

from bartender.hearing import house, moonshine
from bartender.hearing.base import Began, Mark, Microphone, Words
from bartender.hearing.moonshine import MoonshineEars
from tests.bartender.hearing.sounds import silence, spoken

installed = pytest.mark.skipif(
    not moonshine.weights_here(), reason="Moonshine is an extra: requirements/get_moonshine"
)


class Script:
    """A worker that has understood what a test says it has."""

    def __init__(self, *said):
        self.said = list(said)
        self.asked = 0

    async def ask(self, **_wish):
        self.asked += 1
        yield 2, f'"{self.said.pop(0)}"'.encode()


async def told_of(worker, *parts):
    microphone = Microphone()
    for part in parts:
        if isinstance(part, Mark):
            microphone.mark(part)
        else:
            microphone.put(part)
    microphone.close()
    return [one async for one in MoonshineEars(worker).listen(microphone, ["Negroni"])]


async def test_a_turn_is_heard_again_as_it_grows_and_once_more_at_its_end():
    worker = Script("a dry", "a dry martini")

    told = await told_of(worker, silence(300), Mark.BEGAN, silence(1_200), silence(400), Mark.ENDED)

    assert told == [Began(), Words("a dry"), Words("a dry martini", final=True)]


async def test_a_button_pressed_without_a_word_is_nothing_said():
    worker = Script()

    assert await told_of(worker, silence(2_000), Mark.LET_GO) == [Words("", final=True)]
    assert worker.asked == 0


def test_without_a_key_and_weights_nobody_hears(settings, monkeypatch):
    monkeypatch.setattr(house, "weights_here", lambda: False)
    settings.CARTESIA_API_KEY = ""
    assert house.whose_ears() is None

    settings.CARTESIA_API_KEY = "ck"
    assert [ears.name for ears in house.ears_there_are()] == ["cartesia"]


@installed
@pytest.mark.slow
async def test_moonshine_understands_an_order():
    ears = MoonshineEars()
    try:
        text = await ears.transcribe(silence(200) + await spoken("Two old fashioneds please") + silence(200))
    finally:
        ears.worker.stop()

    assert "old" in text.lower()
    assert "fashion" in text.lower()


@installed
@pytest.mark.slow
async def test_silence_is_nothing():
    ears = MoonshineEars()
    try:
        assert await ears.transcribe(silence(2_000)) == ""
    finally:
        ears.worker.stop()
