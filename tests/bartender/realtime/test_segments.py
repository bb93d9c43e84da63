"""Which sentence of a reply is being said: whatever comes first, the text or the voice."""

from typing import Any
from unittest.mock import Mock

from bartender.conversation.events import TextDelta, TurnStarted
from bartender.realtime.protocol import SendText
from bartender.realtime.turns import TurnFrames


class Page:
    """What it was told of the sentences of one reply."""

    def __init__(self, *parts, aloud=True):
        self.frames: list[dict[str, Any]] = []
        # What reads aloud and what shows the tab stand beside the turn, and are not asked anything here.
        speech = Mock() if aloud else None
        self.turn = TurnFrames(SendText(id="one", content="hello"), self.frames.append, Mock(), speech)
        self.turn.handle_event(TurnStarted("one", "house", "", True))
        for part in parts:
            self.turn.handle_event(TextDelta(part))

    def news(self):
        """Since it was asked last."""
        frames, self.frames[:] = list(self.frames), []
        return [
            (frame["data"]["segment_id"], frame["data"]["spoken_status"])
            for frame in frames
            if frame["type"] == "bot-output"
        ]

    def when_said_to(self, char_position):
        self.turn.handle_spoken_text(char_position)
        return self.news()


def test_two_sentences_are_begun_and_ended_in_their_order():
    page = Page("Good evening. ", "What can I get you? ")

    assert page.news() == [(1, "new"), (2, "new")]
    assert page.when_said_to(4) == [(1, "in-progress")]
    assert page.when_said_to(8) == []
    assert page.when_said_to(12) == [(1, "completed")]
    assert page.when_said_to(18) == [(2, "in-progress")]
    assert page.when_said_to(33) == [(2, "completed")]


def test_a_voice_that_is_ahead_of_the_sentence_waits_for_it():
    page = Page("Good evening")

    assert page.when_said_to(12) == []
    page.turn.handle_abort("stopped")
    assert page.news() == [(1, "new"), (1, "in-progress"), (1, "completed")]


def test_what_has_no_words_is_passed_by():
    page = Page("One moment. ", "🍸! ", "Here you are. ")

    assert page.news() == [(1, "new"), (2, "new"), (3, "new")]
    assert page.when_said_to(len("One moment. 🍸! Here you are. "))[-1] == (3, "completed")


def test_a_reply_that_is_read_only_has_no_status():
    assert Page("Good evening. ", aloud=False).news() == [(1, None)]
