"""Builds the request of one round: the conversation so far, the guest's words, and the result of each call.

Contents and tools are written as they go over the wire, into the SDK's `extra_body`. As the SDK's own types
they would be validated and converted for every request, which took 15 of a turn's 20 ms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from google.genai.types import (
    AutomaticFunctionCallingConfig,
    GenerateContentConfig,
    HttpOptions,
    Part,
    ThinkingConfig,
    ThinkingLevel,
)

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
from bartender.facts import ToolResult
from bartender.menu.snapshot import Menu

# What the vendor accepts in place of a signature on a call that another model made.
SKIPPED_SIGNATURE = "skip_thought_signature_validator"
# The SDK insists on contents of its own; `extra_body` takes their place.
PLACEHOLDER_CONTENTS = "-"

Content = dict[str, Any]


def build_config(
    context: TurnContext,
    model: str,
    generation_settings: GenerationSettings,
    rounds: Sequence[Sequence[ToolResult]],
    own_contents: Mapping[int, Content],
) -> GenerateContentConfig:
    tools = [{"functionDeclarations": _function_declarations(context.menu)}]
    return GenerateContentConfig(
        system_instruction=build_system_prompt(context.menu),
        temperature=generation_settings.temperature,
        max_output_tokens=generation_settings.max_output_tokens,
        # A bar's talk needs little thought, and the guest waits for it.
        thinking_config=ThinkingConfig(thinking_level=ThinkingLevel.LOW) if "gemini-3" in model else None,
        automatic_function_calling=AutomaticFunctionCallingConfig(disable=True),
        automatic_continuation=False,
        http_options=HttpOptions(
            extra_body={"contents": build_contents(context, rounds, own_contents), "tools": tools},
        ),
    )


@lru_cache(maxsize=8)
def _function_declarations(menu: Menu) -> list[dict[str, Any]]:
    return [
        {("parametersJsonSchema" if name == "parameters" else name): value for name, value in tool.items()}
        for tool in tool_declarations(menu)
    ]


def build_contents(
    context: TurnContext, rounds: Sequence[Sequence[ToolResult]], own_contents: Mapping[int, Content]
) -> list[Content]:
    """`own_contents`: this model's own answers of the turn's earlier rounds, exactly as they came."""
    conversation = build_conversation(context)
    parts = [
        _text_content("user" if one.role == "guest" else "model", one.text) for one in conversation.history
    ]
    parts.append(_text_content("user", conversation.notes, conversation.guest_text))
    for number, results in enumerate(rounds):
        parts += _round_contents(results, own_contents.get(number))
    return parts


def content_from_parts(parts: Sequence[Part]) -> Content:
    """An answer as JSON that can be sent back unchanged: signatures in base64, ids if the API gave some."""
    dumped = [part.model_dump(mode="json", by_alias=True, exclude_none=True) for part in parts]
    return {"role": "model", "parts": dumped}


def _text_content(role: str, *texts: str) -> Content:
    return {"role": role, "parts": [{"text": text} for text in texts]}


def _round_contents(results: Sequence[ToolResult], own_content: Content | None) -> list[Content]:
    done, corrections = split_corrections(results)
    own_content = own_content or _rebuild_calls(done)
    if not done:
        return [
            *([own_content] if own_content["parts"] else []),
            _text_content("user", correction_text(corrections)),
        ]
    calls = [part["functionCall"] for part in own_content["parts"] if "functionCall" in part]
    answers = [
        _response_to_call(call, result_response(result)) for call, result in zip(calls, done, strict=False)
    ]
    answers += [
        _response_to_call(call, SKIPPED_CALL_RESPONSE) for call in calls[len(done) :]
    ]  # the API wants a response to each call
    if corrections:
        answers[-1]["response"] = answers[-1]["response"] | {"house": corrections}
    return [own_content, {"role": "user", "parts": [{"functionResponse": one} for one in answers]}]


def _rebuild_calls(results: Sequence[ToolResult]) -> Content:
    """The calls of another brain, in the form of this model's own."""
    calls = [{"functionCall": {"name": one.call.name, "args": one.call.arguments}} for one in results]
    return {"role": "model", "parts": [call | {"thoughtSignature": SKIPPED_SIGNATURE} for call in calls]}


def _response_to_call(call: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """The response with the id that the API gave to the call, if it gave one."""
    return {**({"id": call["id"]} if "id" in call else {}), "name": call["name"], "response": response}
