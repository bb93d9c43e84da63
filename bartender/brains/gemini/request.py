"""What is sent to Gemini for one round: the evening so far, the guest's words, and what came of each call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.genai.types import (
    AutomaticFunctionCallingConfig,
    Content,
    FunctionCall,
    FunctionResponse,
    GenerateContentConfig,
    HttpOptions,
    Part,
    ThinkingConfig,
    ThinkingLevel,
)

from bartender.brains.base import Result, Scene
from bartender.brains.gemini.declared import declared
from bartender.brains.gemini.history import window
from bartender.brains.gemini.house import Manner
from bartender.brains.gemini.prompt import system_text

# What the vendor accepts in place of a signature on a call that another model made.
FOREIGN = b"skip_thought_signature_validator"
SILENCE = "(The guest says nothing.)"


def config(scene: Scene, model: str, manner: Manner) -> GenerateContentConfig:
    return GenerateContentConfig(
        system_instruction=system_text(scene),
        temperature=manner.temperature,
        max_output_tokens=manner.most_tokens,
        # A bar's talk needs little thought, and the guest waits for it.
        thinking_config=ThinkingConfig(thinking_level=ThinkingLevel.LOW) if "gemini-3" in model else None,
        automatic_function_calling=AutomaticFunctionCallingConfig(disable=True),
        automatic_continuation=False,
        # As they go over the wire: the SDK would copy and convert fifteen schemas for every request.
        http_options=HttpOptions(extra_body={"tools": [{"functionDeclarations": declared(scene.menu)}]}),
    )


def contents(scene: Scene, rounds: Sequence[Sequence[Result]], kept: Mapping[int, Content]) -> list[Content]:
    """`kept` are this model's own answers of the turn's earlier rounds, exactly as they came."""
    told = [
        _words("user" if one.who == "guest" else "model", one.text)
        for one in window(scene.history)
        if one.text
    ]
    told.append(_words("user", scene.said.strip() or SILENCE))
    for number, results in enumerate(rounds):
        told += _round(results, kept.get(number))
    return told


def _words(role: str, text: str) -> Content:
    return Content(role=role, parts=[Part(text=text)])


def _round(results: Sequence[Result], made: Content | None) -> list[Content]:
    done = [one for one in results if one.facts.get("kind") != "correction"]
    heard = " ".join(one.text for one in results if one.facts.get("kind") == "correction")
    made = made or _rebuilt(done)
    if not done:
        return [*([made] if made.parts else []), _words("user", f"(The house, not the guest: {heard})")]
    calls = [part.function_call for part in made.parts or [] if part.function_call]
    answers = [_answer(call, result) for call, result in zip(calls, done, strict=True)]
    if heard and answers[-1].response is not None:
        answers[-1].response["house"] = heard
    return [made, Content(role="user", parts=[Part(function_response=one) for one in answers])]


def _rebuilt(done: Sequence[Result]) -> Content:
    """Calls of another brain."""
    calls = [FunctionCall(name=one.call.name, args=one.call.arguments) for one in done]
    signed = [FOREIGN, *[None] * len(calls)]
    parts = [
        Part(function_call=call, thought_signature=sign) for call, sign in zip(calls, signed, strict=False)
    ]
    return Content(role="model", parts=parts)


def _answer(call: FunctionCall, result: Result) -> FunctionResponse:
    """With the id that the API gave, or without one where it gave none."""
    told: dict[str, Any] = {"said": result.text, "facts": result.facts}
    response: dict[str, Any] = {"output": told} if result.ok else {"error": result.text}
    return FunctionResponse(id=call.id, name=call.name, response=response)
