"""Puts a round's tool calls together from their pieces, as servers of different makes send them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bartender.brains.llm.response import is_nested_too_deep
from bartender.dialogue.types import ToolCall

# No tool has a field of this name, so a call with it is refused, and not carried out as if it said nothing.
MALFORMED_FIELD = "malformed_json"
MAX_MALFORMED_CHARS = 200


@dataclass(frozen=True)
class ModelCall:
    """A call as it goes back to the model; `arguments` is valid JSON."""

    id: str
    name: str
    arguments: str
    is_malformed: bool = False


@dataclass
class PartialCall:
    index: int | None
    id: str = ""
    name: str = ""
    arguments: str = ""

    @property
    def is_complete(self) -> bool:
        return bool(self.arguments.strip()) and self.parsed_arguments() is not None

    def parsed_arguments(self) -> dict[str, Any] | None:
        """None if they are no JSON object. Without any it is an empty one."""
        try:
            found = json.loads(self.arguments.strip() or "{}", parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) and not is_nested_too_deep(found) else None


@dataclass
class ToolCallCollector:
    """`id_prefix`: of the ids that calls get which come without, because their results need one."""

    id_prefix: str = "call"
    partial_calls: list[PartialCall] = field(default_factory=list)

    def add(self, delta: Mapping[str, Any]) -> None:
        function = delta.get("function")
        function = function if isinstance(function, dict) else {}
        piece = PartialCall(
            _index(delta.get("index")),
            _text(delta.get("id")),
            _text(function.get("name")),
            _arguments_text(function.get("arguments")),
        )
        call = self._find_call(piece)
        if call is None:
            self.partial_calls.append(piece)
            return
        call.id = call.id or piece.id
        if piece.name != call.name:  # some servers repeat it with each piece
            call.name += piece.name
        call.arguments += piece.arguments

    def model_calls(self) -> list[ModelCall]:
        return [
            ModelCall(
                encodable(call.id) or f"{self.id_prefix}_{number}",
                encodable(call.name),
                json.dumps(call.parsed_arguments() or {}),
                call.parsed_arguments() is None,
            )
            for number, call in enumerate(self.partial_calls)
        ]

    def tool_calls(self) -> list[ToolCall]:
        return [
            ToolCall(made.name, _arguments_or_malformed(call), made.id)
            for call, made in zip(self.partial_calls, self.model_calls(), strict=True)
        ]

    def _find_call(self, piece: PartialCall) -> PartialCall | None:
        """The call that a piece goes on with; None if it begins one. Some servers send no index, some number
        every call 0, and some give no ids."""
        if piece.index is not None:
            found = [call for call in self.partial_calls if call.index == piece.index]
            found = [call for call in found if not (piece.id and call.id and call.id != piece.id)]
        elif piece.id:
            found = [call for call in self.partial_calls if call.id == piece.id]
        else:
            found = [] if piece.name else self.partial_calls
        last = found[-1] if found else None
        is_another = last is not None and last.is_complete and piece.name and piece.arguments and not piece.id
        return None if is_another else last


def _arguments_or_malformed(call: PartialCall) -> dict[str, Any]:
    if (arguments := call.parsed_arguments()) is not None:
        return arguments
    return {MALFORMED_FIELD: encodable(call.arguments[:MAX_MALFORMED_CHARS])}


def _arguments_text(value: object) -> str:
    """Some servers send an object in place of its text."""
    if isinstance(value, dict):
        return "nested too deep" if is_nested_too_deep(value) else json.dumps(value)
    return _text(value)


def encodable(text: str) -> str:
    """The text without halves of characters, which no request can carry."""
    return text.encode(errors="replace").decode()


def _index(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
