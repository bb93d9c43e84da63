"""Builds the request of one round: the conversation so far, the guest's words, and the result of each
call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bartender.brains.base import TurnContext
from bartender.brains.llm.config import GenerationSettings
from bartender.brains.llm.conversation import (
    SKIPPED_CALL_RESPONSE,
    build_conversation,
    correction_text,
    result_response,
    split_corrections,
)
from bartender.brains.llm.prompt import build_system_prompt
from bartender.brains.llm.tool_declarations import tool_declarations
from bartender.brains.openai_compatible.tool_calls import ModelCall
from bartender.facts import ToolResult
from bartender.menu.snapshot import Menu

MALFORMED_CALL_RESPONSE = {"error": "Not done: the arguments are no JSON object. Send the call again."}
NO_PARAMETERS = {"type": "object", "properties": {}}

Message = dict[str, Any]


@dataclass(frozen=True)
class OwnAnswer:
    """This model's answer of an earlier round of the turn."""

    text: str
    calls: tuple[ModelCall, ...]


def build_request(
    context: TurnContext,
    model: str,
    generation_settings: GenerationSettings,
    rounds: Sequence[Sequence[ToolResult]],
    own_answers: Mapping[int, OwnAnswer],
) -> dict[str, Any]:
    options = {
        "temperature": generation_settings.temperature,
        "max_tokens": generation_settings.max_output_tokens,
    }
    return {
        "model": model,
        "messages": build_messages(context, rounds, own_answers),
        "tools": _function_tools(context.menu),
        "parallel_tool_calls": True,  # off by default in some servers
        "stream": True,
        "stream_options": {"include_usage": True},
        **{name: value for name, value in options.items() if value is not None},
    }


def build_messages(
    context: TurnContext, rounds: Sequence[Sequence[ToolResult]], own_answers: Mapping[int, OwnAnswer]
) -> list[Message]:
    conversation = build_conversation(context)
    messages = [
        _message("system", build_system_prompt(context.menu)),
        *(_message("user" if one.role == "guest" else "assistant", one.text) for one in conversation.history),
        _message("user", f"{conversation.notes}\n{conversation.guest_text}"),
    ]
    for number, results in enumerate(rounds):
        messages += _round_messages(number, results, own_answers.get(number))
    return _merge_neighbours(messages)


def _message(role: str, text: str) -> Message:
    return {"role": role, "content": text}


def _round_messages(number: int, results: Sequence[ToolResult], own: OwnAnswer | None) -> list[Message]:
    done, correction = split_corrections(results)
    own = own or _rebuild_calls(number, done)
    if not done:
        return [
            *([_message("assistant", own.text)] if own.text else []),
            _message("user", correction_text(correction)),
        ]
    responses: list[dict[str, Any]] = [
        MALFORMED_CALL_RESPONSE if call.is_malformed else result_response(result)
        for call, result in zip(own.calls, done, strict=False)
    ]
    # The API wants a result for each call.
    responses += [SKIPPED_CALL_RESPONSE] * (len(own.calls) - len(responses))
    if correction:
        responses[-1] = responses[-1] | {"house": correction}
    return [
        _message("assistant", own.text) | {"tool_calls": [_tool_call(call) for call in own.calls]},
        *(
            {"role": "tool", "tool_call_id": call.id, "content": json.dumps(response)}
            for call, response in zip(own.calls, responses, strict=True)
        ),
    ]


def _rebuild_calls(number: int, results: Sequence[ToolResult]) -> OwnAnswer:
    """The calls of another brain, in the form of this model's own."""
    calls = (
        ModelCall(f"call_{number}_{place}", one.call.name, json.dumps(one.call.arguments))
        for place, one in enumerate(results)
    )
    return OwnAnswer("", tuple(calls))


def _tool_call(call: ModelCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def _merge_neighbours(messages: Sequence[Message]) -> list[Message]:
    """The templates of some models insist that guest and model take turns."""
    merged: list[Message] = []
    for message in messages:
        last = merged[-1] if merged else {}
        is_plain = "tool_calls" not in message and message["role"] in ("user", "assistant")
        if is_plain and last.get("role") == message["role"] and "tool_calls" not in last:
            merged[-1] = last | {"content": f"{last['content']}\n{message['content']}"}
        else:
            merged.append(message)
    return merged


@lru_cache(maxsize=8)
def _function_tools(menu: Menu) -> list[dict[str, Any]]:
    """Some servers insist on parameters."""
    return [
        {"type": "function", "function": {"parameters": NO_PARAMETERS} | tool}
        for tool in tool_declarations(menu)
    ]
