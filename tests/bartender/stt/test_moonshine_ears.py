"""Ears of this machine, where they are installed; and what is done where they are not."""

import pytest

from bartender.speech.stt import moonshine, registry
from bartender.speech.stt.base import AudioMarker, MicrophoneStream, SpeechStarted, Transcript
from bartender.speech.stt.moonshine import MoonshineSTT
from tests.bartender.stt.sounds import silence, synthesize_speech

installed = pytest.mark.skipif(
    not moonshine.has_weights(), reason="Moonshine is an extra: requirements/get_moonshine"
)


class Script:
    """A worker that has understood what a test says it has."""

    def __init__(self, *said):
        self.said = list(said)
        self.asked = 0

    async def request(self, **_wish):
        self.asked += 1
        yield 2, f'"{self.said.pop(0)}"'.encode()


async def recognise(worker, *parts):
    microphone = MicrophoneStream()
    for part in parts:
        if isinstance(part, AudioMarker):
            microphone.put_marker(part)
        else:
            microphone.put(part)
    microphone.close()
    return [one async for one in MoonshineSTT(worker).transcribe_stream(microphone, ["Negroni"])]


async def test_a_turn_is_heard_again_as_it_grows_and_once_more_at_its_end():
    worker = Script("a dry", "a dry martini")

    told = await recognise(
        worker,
        silence(300),
        AudioMarker.SPEECH_STARTED,
        silence(1_200),
        silence(400),
        AudioMarker.SPEECH_STOPPED,
    )

    assert told == [SpeechStarted(), Transcript("a dry"), Transcript("a dry martini", is_final=True)]


async def test_a_button_pressed_without_a_word_is_nothing_said():
    worker = Script()

    assert await recognise(worker, silence(2_000), AudioMarker.PUSH_TO_TALK_RELEASED) == [
        Transcript("", is_final=True)
    ]
    assert worker.asked == 0


def test_without_a_key_and_weights_nobody_hears(settings, monkeypatch):
    monkeypatch.setattr(moonshine, "has_weights", lambda: False)
    settings.CARTESIA_API_KEY = ""
    assert registry.preferred_provider() is None

    settings.CARTESIA_API_KEY = "ck"
    assert [ears.name for ears in registry.build_engines()] == ["cartesia"]


@installed
@pytest.mark.slow
async def test_moonshine_understands_an_order():
    ears = MoonshineSTT()
    try:
        text = await ears.transcribe(
            silence(200) + await synthesize_speech("Two old fashioneds please") + silence(200)
        )
    finally:
        ears.worker.stop()

    assert "old" in text.lower()
    assert "fashion" in text.lower()


@installed
@pytest.mark.slow
async def test_silence_is_nothing():
    ears = MoonshineSTT()
    try:
        assert await ears.transcribe(silence(2_000)) == ""
    finally:
        ears.worker.stop()
