"""One turn as it is told on one stream: the turn's events in, the frames of the wire out."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bartender.conversation.events import Event, Mood, PhaseChanged, Said, ToolUsed, TurnEnded, TurnStarted
from bartender.wire import Frame, frame, news

SENTENCE = re.compile(r".+?[.!?…]+[\"'”’)]*\s+", re.DOTALL)


def remark(id: str, who: str, text: str, *, aloud: bool) -> Iterator[Frame]:
    """A line that the guest did not ask for, told as an answer to nothing. `who`: Maya, or the bar."""
    yield frame("bot-llm-started", {"who": who}, id)
    yield frame("bot-llm-text", {"text": text}, id)
    status = "new" if aloud else None
    told = {"text": text, "aggregated_by": "sentence", "will_be_spoken": aloud, "spoken_status": status}
    yield frame("bot-output", told, id)
    yield frame("bot-llm-stopped", {"outcome": "done"}, id)


@dataclass
class Segment:
    """A sentence that is to be said aloud; `start` and `end` are the places of its words in the reply."""

    number: int
    text: str
    start: int
    end: int
    begun: bool = False

    def told(self) -> dict[str, Any]:
        return {"segment_id": self.number, "text": self.text, "aggregated_by": "sentence"}


class Telling:
    """The tab goes its own way. All frames of a turn carry the guest's id of that turn."""

    def __init__(self, id: str, said: str, *, aloud: bool = False) -> None:
        self.id = id
        self.said = said
        self.aloud = aloud
        self.began = time.perf_counter()
        self.first_text: float | None = None
        self.ended = False
        self._sentence = ""
        self._tools = 0
        self._told = 0  # letters of the reply that were told as sentences
        self._aloud = 0  # letters that the voice has come to
        self._sentences = 0
        self._silent: deque[Segment] = deque()  # not said to their end

    def frames(self, event: Event) -> Iterator[Frame]:
        match event:
            case TurnStarted(notice=notice):
                if notice:
                    yield news("notice", text=notice)
                yield frame("user-llm-text", {"text": self.said}, self.id)
                yield frame("bot-llm-started", {}, self.id)
            case Said(text):
                yield from self._text(text)
            case ToolUsed():
                yield from self._tool(event)
            case Mood(emotion):
                yield news("emotion", emotion=emotion)
            case PhaseChanged(phase):
                yield news("phase", phase=phase)
            case TurnEnded():
                yield from self._ended(event)

    def _ended(self, event: TurnEnded) -> Iterator[Frame]:
        yield from self._outputs(last=True)
        if event.sources:
            yield news("sources", turn=self.id, passages=event.sources)
        yield self._metrics(event)
        yield from self.close(event.outcome)

    def close(self, outcome: str) -> Iterator[Frame]:
        """The end of the turn, also where it was cut off."""
        if not self.ended:
            self.ended = True
            yield from self._outputs(last=True)
            yield frame("bot-llm-stopped", {"outcome": outcome}, self.id)

    def _text(self, text: str) -> Iterator[Frame]:
        if self.first_text is None:
            self.first_text = time.perf_counter() - self.began
        self._sentence += text
        yield frame("bot-llm-text", {"text": text}, self.id)
        yield from self._outputs()

    def _outputs(self, *, last: bool = False) -> Iterator[Frame]:
        while found := SENTENCE.match(self._sentence):
            self._sentence = self._sentence[found.end() :]
            yield from self._output(found[0])
        if last and self._sentence:
            sentence, self._sentence = self._sentence, ""
            if sentence.strip():
                yield from self._output(sentence)

    def _output(self, sentence: str) -> Iterator[Frame]:
        start, self._told = self._told, self._told + len(sentence)
        end = start + max((found.end() for found in re.finditer(r"\w", sentence)), default=0)
        self._sentences += 1
        segment = Segment(self._sentences, sentence.strip(), start, end)
        yield self._status(segment, "new" if self.aloud else None)
        if self.aloud:
            self._silent.append(segment)
            yield from self.spoken(self._aloud)

    def spoken(self, at: int) -> Iterator[Frame]:
        """The voice has come to this letter of the reply: which sentences it began, and which it ended."""
        self._aloud = max(at, self._aloud)
        while self._silent and self._silent[0].start < self._aloud:
            segment = self._silent[0]
            if not segment.begun:
                segment.begun = True
                yield self._status(segment, "in-progress")
            if self._aloud < segment.end:
                return
            self._silent.popleft()
            yield self._status(segment, "completed")

    def _status(self, segment: Segment, status: str | None) -> Frame:
        told = {"will_be_spoken": self.aloud, "spoken_status": status}
        return frame("bot-output", segment.told() | told, self.id)

    def _tool(self, used: ToolUsed) -> Iterator[Frame]:
        self._tools += 1
        call = {"function_name": used.name, "tool_call_id": f"{self.id}:{self._tools}"}
        yield frame("llm-function-call-started", {"function_name": used.name}, self.id)
        yield frame("llm-function-call-in-progress", call | {"arguments": used.arguments}, self.id)
        ended = {"cancelled": False, "result": {"ok": used.ok, "text": used.text}}
        yield frame("llm-function-call-stopped", call | ended, self.id)

    def _metrics(self, ended: TurnEnded) -> Frame:
        measured = {"processing": [{"processor": "turn", "value": ended.elapsed_ms / 1000}]}
        if self.first_text is not None:
            measured["ttfb"] = [{"processor": ended.brain, "value": self.first_text}]
        return frame("metrics", measured, self.id)
