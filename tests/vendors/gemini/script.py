"""What the scripted Gemini can be told to do. A round is one answer: texts, calls and faults in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# The line below which a request has the guest's own words. This server runs without Maya's code.
GUEST_WORDS_HEADING = "=== THE GUEST SAYS"
SIGNATURE = "b3BhcXVlLXRob3VnaHQtc2lnbmF0dXJl"


@dataclass(frozen=True)
class FunctionCall:
    """A function call. Calls that follow one another come in one chunk, as parallel calls do. The id and the
    thought signature are made by the server unless given; None leaves them out."""

    name: str
    args: Any = field(default_factory=dict)
    id: str | None = ""
    signature: str | None = ""


@dataclass(frozen=True)
class Thought:
    """A thought: never for the guest."""

    text: str


@dataclass(frozen=True)
class SignedText:
    """A text part that carries a thought signature."""

    text: str
    signature: str = SIGNATURE


@dataclass(frozen=True)
class Pause:
    seconds: float


@dataclass(frozen=True)
class RawBytes:
    """Bytes as they are, between two chunks."""

    data: bytes


@dataclass(frozen=True)
class Chunk:
    """One chunk of the stream, whatever it says."""

    says: Mapping[str, Any]


@dataclass(frozen=True)
class Finish:
    reason: str = "STOP"
    message: str = ""


@dataclass(frozen=True)
class Tokens:
    """What usageMetadata says from here on. Without it: a guess by length."""

    prompt: int = 0
    output: int = 0
    thoughts: int = 0
    cached: int = 0


@dataclass(frozen=True)
class Disconnect:
    """The line breaks in the middle of a chunk."""


@dataclass(frozen=True)
class EndOfStream:
    """A clean end without a finish reason."""


@dataclass(frozen=True)
class HttpError:
    """An HTTP error in place of a stream."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0

    @property
    def data(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


Step = (
    str
    | FunctionCall
    | Thought
    | SignedText
    | Pause
    | RawBytes
    | Chunk
    | Finish
    | Tokens
    | Disconnect
    | EndOfStream
)
ScriptedRound = Sequence[Step] | HttpError


@dataclass
class RecordedRequest:
    """One request as it came, and how it ended: whole, cut, or gone where the client hung up."""

    method: str
    path: str
    model: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    size: int
    at: float
    ended: str = ""
    ended_at: float = 0.0

    @property
    def contents(self) -> list[dict[str, Any]]:
        return list(self.body.get("contents", []))

    @property
    def said(self) -> str:
        """The guest's words of this turn: the last text of the user's."""
        texts = [
            part["text"]
            for one in self.contents
            if one.get("role") == "user"
            for part in one["parts"]
            if "text" in part
        ]
        return texts[-1] if texts else ""

    @property
    def notes(self) -> str:
        """What the bar says of this turn, above the guest's words."""
        texts = [part.get("text", "") for one in self.contents for part in one["parts"]]
        return next((text for text in reversed(texts) if text.endswith(GUEST_WORDS_HEADING)), "")

    @property
    def results(self) -> list[dict[str, Any]]:
        """The function responses that this request brings; empty in a turn's first round."""
        last = self.contents[-1]["parts"] if self.contents else []
        return [dict(part["functionResponse"]) for part in last if "functionResponse" in part]

    @property
    def system(self) -> str:
        found = self.body.get("systemInstruction") or self.body.get("system_instruction") or {}
        return "\n".join(part.get("text", "") for part in found.get("parts", []))

    @property
    def tools(self) -> dict[str, dict[str, Any]]:
        """The declared functions' parameters by name."""
        return {
            one["name"]: one.get("parameters_json_schema")
            or one.get("parametersJsonSchema")
            or one.get("parameters", {})
            for tool in self.body.get("tools", [])
            for one in tool.get("functionDeclarations") or tool.get("function_declarations") or []
        }


ResponseRule = Callable[[RecordedRequest], ScriptedRound | None]
