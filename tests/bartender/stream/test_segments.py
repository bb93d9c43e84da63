"""Which sentence of a reply is being said: whatever comes first, the text or the voice."""

from bartender.conversation.events import Said, TurnStarted
from bartender.stream.telling import Telling


def told(frames):
    return [
        (frame["data"]["segment_id"], frame["data"]["spoken_status"])
        for frame in frames
        if frame["type"] == "bot-output"
    ]


def telling(*parts, aloud=True):
    begun = Telling("one", "hello", aloud=aloud)
    frames = [*begun.frames(TurnStarted("one", "house", "", True))]
    for part in parts:
        frames += begun.frames(Said(part))
    return begun, frames


def test_two_sentences_are_begun_and_ended_in_their_order():
    begun, frames = telling("Good evening. ", "What can I get you? ")

    assert told(frames) == [(1, "new"), (2, "new")]
    assert told(begun.spoken(4)) == [(1, "in-progress")]
    assert told(begun.spoken(8)) == []
    assert told(begun.spoken(12)) == [(1, "completed")]
    assert told(begun.spoken(18)) == [(2, "in-progress")]
    assert told(begun.spoken(33)) == [(2, "completed")]


def test_a_voice_that_is_ahead_of_the_sentence_waits_for_it():
    begun, _frames = telling("Good evening")

    assert told(begun.spoken(12)) == []
    assert told(begun.close("done")) == [(1, "new"), (1, "in-progress"), (1, "completed")]


def test_what_has_no_words_is_passed_by():
    begun, frames = telling("One moment. ", "🍸! ", "Here you are. ")

    assert told(frames) == [(1, "new"), (2, "new"), (3, "new")]
    assert told(begun.spoken(len("One moment. 🍸! Here you are. ")))[-1] == (3, "completed")


def test_a_reply_that_is_read_only_has_no_status():
    _begun, frames = telling("Good evening. ", aloud=False)

    assert told(frames) == [(1, None)]
