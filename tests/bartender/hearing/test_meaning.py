"""Who is meant by what is heard, and whether anybody speaks at all."""

import pytest

from bartender.hearing.activity import Activity, Change
from bartender.hearing.meaning import said_to_her
from tests.bartender.hearing.sounds import frames, noise, silence, spoken

STORY = "Well, let me tell you how the Negroni came to be: a count asked for gin in place of soda."


@pytest.mark.parametrize("text", ["mm-hm", "Uh-huh.", "hmm", "Oh! Ah.", "", "  ", "…"])
def test_a_nod_is_not_for_her(text):
    assert not said_to_her(text)


@pytest.mark.parametrize("text", ["stop", "yes", "no", "um, a negroni", "okay", "the gin one"])
def test_a_word_is(text):
    assert said_to_her(text, STORY)


@pytest.mark.parametrize(
    "text", ["the negroni came to be", "a count asked for gin", "tell you how the Negronis came to be"]
)
def test_her_own_words_are_not(text):
    assert not said_to_her(text, STORY)
    assert said_to_her(text, "")


def test_what_may_yet_become_an_echo_is_waited_for():
    assert not said_to_her("a negroni", STORY, final=False)
    assert said_to_her("a negroni", STORY)


def changes(*sounds):
    activity = Activity()
    return [change for frame in frames(*sounds) for change in activity.feed(frame)]


def test_silence_and_noise_are_nobody():
    assert changes(silence(3_000)) == []
    assert changes(noise(3_000, level=300)) == []


async def test_a_sentence_begins_once_and_ends_once():
    said = await spoken("two old fashioneds please")

    assert changes(silence(500), said, silence(1_200)) == [Change.BEGAN, Change.ENDED]
