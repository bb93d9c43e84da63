"""What the API refuses: a client that is wrong gets its 400, also in a test of something else."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from tests.vendors.gemini.faults import bad_key, invalid, unknown_model
from tests.vendors.gemini.script import HttpError, RecordedRequest

FIELDS = {
    "contents",
    "systemInstruction",
    "system_instruction",
    "tools",
    "toolConfig",
    "tool_config",
    "safetySettings",
    "safety_settings",
    "generationConfig",
    "generation_config",
    "cachedContent",
    "labels",
    "continuationToken",
}
PARTS = {"text", "thought", "thoughtSignature", "functionCall", "functionResponse", "inlineData"}
# The two values with which a call that another model made may be signed.
FOREIGN = {"skip_thought_signature_validator", "context_engineering_is_the_way_to_go"}
UNSIGNED = (
    "Function call is missing a thought_signature in functionCall parts. This is required for tools to work "
    "correctly, and missing thought_signature may lead to degraded model performance."
)


def refusal(
    asked: RecordedRequest, *, keys: set[str], models: set[str], given: dict[str, Any]
) -> HttpError | None:
    """`given` are the function calls this server made, by their signature."""
    lent = asked.headers.get("authorization", "").startswith("Bearer ")  # of a cloud project
    if keys and not lent and asked.headers.get("x-goog-api-key", "") not in keys:
        return bad_key()
    if models and asked.model not in models:
        return unknown_model(asked.model)
    wrong = next(_wrong(asked, given), None) if asked.method == "POST" else None
    return invalid(wrong) if wrong else None


def _wrong(asked: RecordedRequest, given: dict[str, Any]) -> Iterator[str]:
    for name in sorted(set(asked.body) - FIELDS):
        yield f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'
    if not asked.contents:
        yield "contents is not specified"
    for one in asked.contents:
        if one.get("role") not in ("user", "model"):
            yield "Please use a valid role: user, model."
        if not one.get("parts"):
            yield "contents.parts must not be empty."
        for part in one.get("parts", []):
            if not set(part) & PARTS or set(part) - PARTS - {"role"}:
                yield f"Invalid value at 'contents.parts': {sorted(part)}"
    yield from _wrong_tools(asked)
    yield from _wrong_pairs(asked.contents)
    yield from _wrong_signatures(asked.contents, given)


def _wrong_tools(asked: RecordedRequest) -> Iterator[str]:
    for name, schema in asked.tools.items():
        if not name.replace("_", "").isalnum():
            yield f"Invalid function name {name}"
        if schema and schema.get("type") != "object":
            yield f"functionDeclarations parameters schema of {name} should be of type OBJECT"
        yield from (f"{name}.{where}: enum must not be empty" for where in _empty_enums(schema, "parameters"))


def _empty_enums(schema: Any, where: str) -> Iterator[str]:
    if isinstance(schema, dict):
        if schema.get("enum") == []:
            yield where
        for name, inner in schema.items():
            yield from _empty_enums(inner, f"{where}.{name}")


def _wrong_pairs(contents: list[dict[str, Any]]) -> Iterator[str]:
    """Each turn of calls is followed by one content that answers each of them, by name and id."""
    for place, one in enumerate(contents):
        called = [part["functionCall"] for part in one["parts"] if "functionCall" in part]
        after = contents[place + 1]["parts"] if place + 1 < len(contents) else []
        answered = [part["functionResponse"] for part in after if "functionResponse" in part]
        if called and len(called) != len(answered):
            yield (
                "Please ensure that the number of function response parts is equal to the number of function "
                "call parts of the function call turn."
            )
        elif called and _names(called) != _names(answered):
            yield "Function response does not match the function call by id and name."
        if place == 0 and any("functionResponse" in part for part in one["parts"]):
            yield "Please ensure that function response turn comes immediately after a function call turn."
        if any(
            "functionResponse" in part and "response" not in part["functionResponse"] for part in one["parts"]
        ):
            yield "functionResponse.response is required."


def _names(parts: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((part.get("name", ""), part.get("id") or "") for part in parts)


def _wrong_signatures(contents: list[dict[str, Any]], given: dict[str, Any]) -> Iterator[str]:
    """In the turn under way each round's first call is signed, and each signature stands where it stood."""
    spoke = [
        place
        for place, one in enumerate(contents)
        if any("text" in part and one["role"] == "user" for part in one["parts"])
    ]
    for one in contents[spoke[-1] if spoke else 0 :]:
        calls = [part for part in one["parts"] if "functionCall" in part]
        if not calls:
            continue
        signature = calls[0].get("thoughtSignature", "")
        if not signature:
            yield UNSIGNED
        made = given.get(signature)
        if made is None and not _foreign(signature):
            yield "Corrupted thought signature."
        elif made is not None and made["functionCall"] != calls[0]["functionCall"]:
            yield "Thought signature does not match its function call."


def _foreign(signature: str) -> bool:
    try:
        plain = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        plain = signature
    return bool({plain, signature} & FOREIGN)
