"""One turn as it is told on one stream: the turn's events in, the frames of the wire out."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from bartender.conversation.events import Event, Mood, PhaseChanged, Said, ToolUsed, TurnEnded, TurnStarted
from bartender.wire import Frame, frame, news

SENTENCE = re.compile(r".+?[.!?…]+[\"'”’)]*\s+", re.DOTALL)


def remark(id: str, who: str, text: str) -> Iterator[Frame]:
    """A line that the guest did not ask for, told as an answer to nothing. `who`: Maya, or the bar."""
    yield frame("bot-llm-started", {"who": who}, id)
    yield frame("bot-llm-text", {"text": text}, id)
    told = {"text": text, "aggregated_by": "sentence", "will_be_spoken": False, "spoken_status": None}
    yield frame("bot-output", told, id)
    yield frame("bot-llm-stopped", {"outcome": "done"}, id)


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
            yield self._output(found[0])
        if last and self._sentence.strip():
            yield self._output(self._sentence)
            self._sentence = ""

    def _output(self, sentence: str) -> Frame:
        told = {"text": sentence.strip(), "aggregated_by": "sentence"}
        spoken = {"will_be_spoken": self.aloud, "spoken_status": "new" if self.aloud else None}
        return frame("bot-output", told | spoken, self.id)

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
