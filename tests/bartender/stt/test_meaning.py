"""Who is meant by what is heard, and whether anybody speaks at all."""

import pytest

from bartender.speech.stt.backchannel import is_guest_utterance
from bartender.speech.stt.vad import VadEvent, VoiceActivityDetector
from tests.bartender.stt.sounds import microphone_frames, noise, silence, synthesize_speech

STORY = "Well, let me tell you how the Negroni came to be: a count asked for gin in place of soda."


@pytest.mark.parametrize("text", ["mm-hm", "Uh-huh.", "hmm", "Oh! Ah.", "", "  ", "…"])
def test_a_nod_is_not_for_her(text):
    assert not is_guest_utterance(text)


@pytest.mark.parametrize("text", ["stop", "yes", "no", "um, a negroni", "okay", "the gin one"])
def test_a_word_is(text):
    assert is_guest_utterance(text, STORY)


@pytest.mark.parametrize(
    "text", ["the negroni came to be", "a count asked for gin", "tell you how the Negronis came to be"]
)
def test_her_own_words_are_not(text):
    assert not is_guest_utterance(text, STORY)
    assert is_guest_utterance(text, "")


def test_what_may_yet_become_an_echo_is_waited_for():
    assert not is_guest_utterance("a negroni", STORY, final=False)
    assert is_guest_utterance("a negroni", STORY)


def changes(*sounds):
    activity = VoiceActivityDetector()
    return [change for frame in microphone_frames(*sounds) for change in activity.feed(frame)]


def test_silence_and_noise_are_nobody():
    assert changes(silence(3_000)) == []
    assert changes(noise(3_000, level=300)) == []


async def test_a_sentence_begins_once_and_ends_once():
    said = await synthesize_speech("two old fashioneds please")

    assert changes(silence(500), said, silence(1_200)) == [VadEvent.SPEECH_STARTED, VadEvent.SPEECH_STOPPED]
