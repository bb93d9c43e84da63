"""What is sent to Gemini for one round: the evening so far, the guest's words, and what came of each call.

Contents and tools are written as they go over the wire, into the SDK's `extra_body`. Given as the SDK's own
types they would be validated and converted anew for every request: that took 15 of a turn's 20 ms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.genai.types import (
    AutomaticFunctionCallingConfig,
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
FOREIGN = "skip_thought_signature_validator"
LEFT_OUT = "Not done: too many at once."
SILENCE = "(The guest says nothing.)"
# The SDK insists on contents of its own; `extra_body` takes their place.
REPLACED = "-"

Content = dict[str, Any]


def config(
    scene: Scene, model: str, manner: Manner, rounds: Sequence[Sequence[Result]], kept: Mapping[int, Content]
) -> GenerateContentConfig:
    tools = [{"functionDeclarations": declared(scene.menu)}]
    return GenerateContentConfig(
        system_instruction=system_text(scene),
        temperature=manner.temperature,
        max_output_tokens=manner.most_tokens,
        # A bar's talk needs little thought, and the guest waits for it.
        thinking_config=ThinkingConfig(thinking_level=ThinkingLevel.LOW) if "gemini-3" in model else None,
        automatic_function_calling=AutomaticFunctionCallingConfig(disable=True),
        automatic_continuation=False,
        http_options=HttpOptions(
            extra_body={"contents": contents(scene, rounds, kept), "tools": tools},
        ),
    )


def contents(scene: Scene, rounds: Sequence[Sequence[Result]], kept: Mapping[int, Content]) -> list[Content]:
    """`kept` are this model's own answers of the turn's earlier rounds, exactly as they came."""
    earlier = [one for one in window(scene.history) if one.text]
    told = [_words("user" if one.who == "guest" else "model", one.text) for one in earlier]
    told.append(_words("user", scene.said.strip() or SILENCE))
    for number, results in enumerate(rounds):
        told += _round(results, kept.get(number))
    return told


def as_content(parts: Sequence[Part]) -> Content:
    """Signatures as base64, ids where the API gave some: nothing is lost on the way there and back."""
    dumped = [part.model_dump(mode="json", by_alias=True, exclude_none=True) for part in parts]
    return {"role": "model", "parts": dumped}


def _words(role: str, text: str) -> Content:
    return {"role": role, "parts": [{"text": text}]}


def _round(results: Sequence[Result], made: Content | None) -> list[Content]:
    done = [one for one in results if one.facts.get("kind") != "correction"]
    heard = " ".join(one.text for one in results if one.facts.get("kind") == "correction")
    made = made or _rebuilt(done)
    if not done:
        return [*([made] if made["parts"] else []), _words("user", f"(The house, not the guest: {heard})")]
    calls = [part["functionCall"] for part in made["parts"] if "functionCall" in part]
    answers = [_answer(call, result) for call, result in zip(calls, done, strict=False)]
    answers += [_answered(call, {"error": LEFT_OUT}) for call in calls[len(done) :]]  # each wants its answer
    if heard:
        answers[-1]["response"]["house"] = heard
    return [made, {"role": "user", "parts": [{"functionResponse": one} for one in answers]}]


def _rebuilt(done: Sequence[Result]) -> Content:
    """Calls of another brain."""
    calls = [{"functionCall": {"name": one.call.name, "args": one.call.arguments}} for one in done]
    return {"role": "model", "parts": [call | {"thoughtSignature": FOREIGN} for call in calls]}


def _answer(call: dict[str, Any], result: Result) -> dict[str, Any]:
    told = {"output": {"said": result.text, "facts": result.facts}} if result.ok else {"error": result.text}
    return _answered(call, told)


def _answered(call: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """With the id that the API gave, or without one where it gave none."""
    return {**({"id": call["id"]} if "id" in call else {}), "name": call["name"], "response": told}
