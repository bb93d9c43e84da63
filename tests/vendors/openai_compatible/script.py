"""What the scripted chat server can be told to do, beside what the scripted Gemini can."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.vendors.gemini.script import (
    GUEST_WORDS_HEADING,
    Chunk,
    Disconnect,
    EndOfStream,
    Finish,
    HttpError,
    Pause,
    RawBytes,
    RecordedRequest,
    Tokens,
)


@dataclass(frozen=True)
class Call:
    """A tool call. `args` that are text go out as they are. `piece_chars`: how its arguments are cut; 0 sends
    them whole. An id or index that is None is left out, as some servers do; for "" and -1 the server makes
    one."""

    name: str
    args: Any = field(default_factory=dict)
    id: str | None = ""
    index: int | None = -1
    piece_chars: int = 5


@dataclass(frozen=True)
class CallsTogether:
    """Several calls in one chunk."""

    calls: Sequence[Call]


@dataclass(frozen=True)
class Reasoning:
    """A thought in a field of its own."""

    text: str


ChatStep = (
    str
    | Call
    | CallsTogether
    | Reasoning
    | Pause
    | RawBytes
    | Chunk
    | Finish
    | Tokens
    | Disconnect
    | EndOfStream
)
ChatRound = Sequence[ChatStep] | HttpError


class RecordedChat(RecordedRequest):
    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body.get("messages", []))

    @property
    def said(self) -> str:
        """The guest's words of this turn, without the bar's notes above them."""
        last = next((str(one["content"]) for one in reversed(self.messages) if one["role"] == "user"), "")
        return last.rpartition(f"{GUEST_WORDS_HEADING}\n")[2]

    @property
    def notes(self) -> str:
        """What the bar says of this turn, up to the guest's words."""
        asked = [str(one["content"]) for one in self.messages if one["role"] == "user"]
        notes = next(text for text in reversed(asked) if GUEST_WORDS_HEADING in text)
        return notes.rpartition(f"{GUEST_WORDS_HEADING}\n")[0]

    @property
    def results(self) -> list[dict[str, Any]]:
        """The results that this request brings for the calls of the round before."""
        found: list[dict[str, Any]] = []
        for one in reversed(self.messages):
            if one["role"] != "tool":
                break
            found.insert(0, json.loads(one["content"]))
        return found

    @property
    def system(self) -> str:
        return "\n".join(str(one["content"]) for one in self.messages if one["role"] == "system")

    @property
    def tools(self) -> dict[str, dict[str, Any]]:
        return {one["function"]["name"]: one["function"]["parameters"] for one in self.body.get("tools", [])}
