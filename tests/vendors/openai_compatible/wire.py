"""The answer on the wire: server-sent events with comments in between, cut anywhere, and [DONE] at the
end."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.vendors.gemini.script import Chunk, Disconnect, EndOfStream, Finish, Pause, RawBytes, Tokens
from tests.vendors.openai_compatible.script import Call, CallsTogether, ChatStep, Reasoning, RecordedChat

COMMENT = b": keep-alive\n\n"
DONE = b"data: [DONE]\n\n"
ENDS = (Finish, EndOfStream, Disconnect)
_numbers = itertools.count(1)


@dataclass
class ChatWriter:
    asked: RecordedChat
    slice_bytes: int
    tokens: Tokens | None = None
    calls_made: int = 0
    given: list[dict[str, Any]] = field(default_factory=list)  # unused: nothing is signed here

    def steps(self, round: Sequence[ChatStep]) -> Iterator[bytes | Pause | Disconnect | EndOfStream]:
        whole = [*round] if round and isinstance(round[-1], ENDS) else [*round, Finish("")]
        yield from self._sliced(COMMENT + self._delta({"role": "assistant", "content": ""}))
        for step in whole:
            for part in self._step(step):
                if isinstance(part, bytes):
                    yield from self._sliced(part)
                else:
                    yield part

    def _sliced(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), self.slice_bytes):
            yield data[start : start + self.slice_bytes]

    def _step(self, step: ChatStep) -> Iterator[bytes | Pause | Disconnect | EndOfStream]:
        match step:
            case Pause() | EndOfStream():
                yield step
            case Disconnect():
                yield self._delta({"content": "The rest of it never comes"})[:60]
                yield step
            case Tokens():
                self.tokens = step
            case _:
                yield from self._events(step)

    def _events(self, step: ChatStep) -> Iterator[bytes]:
        match step:
            case str():
                yield self._delta({"content": step}) + COMMENT
            case Reasoning(text):
                yield self._delta({"content": None, "reasoning_content": text})
            case Call():
                yield from self._call_pieces(step)
            case CallsTogether(calls):
                yield self._delta({"tool_calls": [self._call(call, call.args) for call in calls]})
            case Chunk(says):
                yield self._event(dict(says))
            case Finish(reason):
                yield self._end(reason)
            case RawBytes(data):
                yield data

    def _call_pieces(self, call: Call) -> Iterator[bytes]:
        if not call.piece_chars:
            yield self._delta({"tool_calls": [self._call(call, call.args)]})
            return
        first = self._call(call, "")
        yield self._delta({"content": None, "tool_calls": [first]})
        text = _as_text(call.args)
        place = {"index": first["index"]} if "index" in first else {}
        for start in range(0, len(text), call.piece_chars):
            piece = {"function": {"arguments": text[start : start + call.piece_chars]}}
            yield self._delta({"tool_calls": [place | piece]})

    def _call(self, call: Call, args: Any) -> dict[str, Any]:
        told: dict[str, Any] = {
            "type": "function",
            "function": {"name": call.name, "arguments": _as_text(args)},
        }
        if call.index is not None:
            told["index"] = self.calls_made if call.index < 0 else call.index
        if call.id is not None:
            told["id"] = call.id or f"call_{next(_numbers):08d}"
        self.calls_made += 1
        return told

    def _end(self, reason: str) -> bytes:
        reason = reason or ("tool_calls" if self.calls_made else "stop")
        end = self._delta({}, reason)
        if (self.asked.body.get("stream_options") or {}).get("include_usage"):
            end += self._event({"choices": [], "usage": self._usage()})
        return end + DONE

    def _usage(self) -> dict[str, Any]:
        used = self.tokens or Tokens(self.asked.size // 4, 10)
        return {
            "prompt_tokens": used.prompt,
            "completion_tokens": used.output + used.thoughts,
            "total_tokens": used.prompt + used.output + used.thoughts,
            "prompt_tokens_details": {"cached_tokens": used.cached},
            "completion_tokens_details": {"reasoning_tokens": used.thoughts},
        }

    def _delta(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        return self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def _event(self, says: dict[str, Any]) -> bytes:
        head = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": self.asked.model,
        }
        return b"data: " + json.dumps(head | says, ensure_ascii=False).encode(errors="replace") + b"\n\n"


def _as_text(args: Any) -> str:
    return args if isinstance(args, str) else json.dumps(args)
