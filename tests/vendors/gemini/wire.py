"""The answer on the wire: server-sent events, each a JSON object with the parts of one chunk."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.vendors.gemini.script import (
    SIGNATURE,
    Chunk,
    Disconnect,
    EndOfStream,
    Finish,
    FunctionCall,
    Pause,
    RawBytes,
    RecordedRequest,
    SignedText,
    Step,
    Thought,
    Tokens,
)

_numbers = itertools.count(1)
ENDS = (Finish, EndOfStream, Disconnect)


@dataclass
class Writer:
    """Turns one round into bytes, pauses and its end, counting tokens by length as it goes."""

    asked: RecordedRequest
    tokens: Tokens | None = None
    written: int = 0
    signed: int = 0
    given: list[dict[str, Any]] = field(default_factory=list)  # function calls as they were sent

    def steps(self, round: Sequence[Step]) -> Iterator[bytes | Pause | Disconnect | EndOfStream]:
        whole = [*round] if round and isinstance(round[-1], ENDS) else [*round, Finish()]
        for step in self._grouped(whole):
            yield from self._step(step)

    def _grouped(self, round: Sequence[Step]) -> Iterator[Step | list[FunctionCall]]:
        for calls, steps in itertools.groupby(round, lambda step: isinstance(step, FunctionCall)):
            if calls:
                yield [step for step in steps if isinstance(step, FunctionCall)]
            else:
                yield from steps

    def _step(self, step: Step | list[FunctionCall]) -> Iterator[bytes | Pause | Disconnect | EndOfStream]:
        match step:
            case str() | SignedText() | Thought() | list():
                yield self._chunk(self._parts(step))
            case Chunk(says):
                yield event({"usageMetadata": self._usage(), "modelVersion": self.asked.model, **says})
            case Finish(reason, message):
                yield self._chunk([{"text": ""}] if reason == "STOP" else [], reason, message)
            case Tokens():
                self.tokens = step
            case Disconnect():
                yield self._chunk([{"text": "The rest of it never comes"}])[:60]
                yield step
            case RawBytes(data):
                yield data
            case Pause() | EndOfStream():
                yield step

    def _parts(self, step: Step | list[FunctionCall]) -> list[dict[str, Any]]:
        match step:
            case list():
                return [self._call(ask) for ask in step]
            case SignedText(text, signature):
                return [{"text": text, "thoughtSignature": signature}]
            case Thought(text):
                return [{"text": text, "thought": True}]
            case _:
                return [{"text": str(step)}]

    def _call(self, ask: FunctionCall) -> dict[str, Any]:
        number = next(_numbers)
        call: dict[str, Any] = {"name": ask.name, "args": ask.args}
        if ask.id is not None:
            call["id"] = ask.id or f"fc_{number}"
        part: dict[str, Any] = {"functionCall": call}
        # The first of parallel calls is signed, the others are not.
        if ask.signature or (ask.signature is not None and not self.signed):
            part["thoughtSignature"] = ask.signature or f"{SIGNATURE}{number:08d}"
        self.signed += 1
        self.given.append(part)
        return part

    def _chunk(self, parts: list[dict[str, Any]], finish: str = "", message: str = "") -> bytes:
        self.written += sum(len(part.get("text", "")) for part in parts)
        candidate: dict[str, Any] = {"index": 0}
        if parts:
            candidate["content"] = {"parts": parts, "role": "model"}
        if finish:
            candidate["finishReason"] = finish
        if message:
            candidate["finishMessage"] = message
        return event(
            {
                "candidates": [candidate],
                "usageMetadata": self._usage(),
                "modelVersion": self.asked.model,
                "responseId": f"resp_{id(self.asked):x}",
            }
        )

    def _usage(self) -> dict[str, int]:
        used = self.tokens or Tokens(self.asked.size // 4, self.written // 4 + self.signed * 20)
        told = {
            "promptTokenCount": used.prompt,
            "candidatesTokenCount": used.output,
            "thoughtsTokenCount": used.thoughts,
            "cachedContentTokenCount": used.cached,
        }
        total = used.prompt + used.output + used.thoughts
        return {name: count for name, count in told.items() if count} | {"totalTokenCount": total}


def event(says: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(says).encode() + b"\r\n\r\n"
