"""What such servers refuse: a client that is wrong gets its 400, also in a test of something else. Where
servers of different makes disagree, the strictest one is followed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

from tests.vendors.gemini.script import HttpError
from tests.vendors.openai_compatible.script import RecordedChat

FIELDS = {"model", "messages", "tools", "parallel_tool_calls", "stream", "stream_options"}
FIELDS |= {"temperature", "max_tokens"}


def error(status: int, message: str, kind: str, code: object = None) -> HttpError:
    return HttpError(status, {"error": {"message": message, "type": kind, "param": None, "code": code}})


def refusal(asked: RecordedChat, *, keys: set[str], models: set[str]) -> HttpError | None:
    if keys and asked.headers.get("authorization", "") not in {f"Bearer {key}" for key in keys}:
        return error(401, "Invalid API Key", "authentication_error")
    if asked.model not in models:
        return error(404, f'model "{asked.model}" not found, try pulling it first', "not_found_error")
    wrong = next(_wrong(asked), None)
    return error(400, wrong, "invalid_request_error") if wrong else None


def _wrong(asked: RecordedChat) -> Iterator[str]:
    for name in sorted(set(asked.body) - FIELDS):
        yield f"{name}: Extra inputs are not permitted"
    if not asked.messages:
        yield "messages must not be empty"
    for one in asked.messages:
        if not isinstance(one.get("content"), str):
            yield "content must be text"
    yield from _wrong_tools(asked)
    yield from _wrong_order(asked.messages)


def _wrong_tools(asked: RecordedChat) -> Iterator[str]:
    for tool in asked.body.get("tools", []):
        function = tool.get("function", {})
        if tool.get("type") != "function" or function.get("parameters", {}).get("type") != "object":
            yield f"the schema of {function.get('name')} must be of type object"
        if '"enum": []' in json.dumps(tool):
            yield "enum must not be empty"


def _wrong_order(messages: list[dict[str, Any]]) -> Iterator[str]:
    """The system text comes first, guest and model take turns, and each call has its result."""
    for before, one in itertools.pairwise([{"role": ""}, *messages]):
        if one["role"] == "system" and before["role"]:
            yield "the system message must come first"
        if one["role"] == before["role"] in ("user", "assistant"):
            yield "conversation roles must alternate user/assistant"
    yield from _wrong_calls(messages)


def _wrong_calls(messages: list[dict[str, Any]]) -> Iterator[str]:
    open_ids: list[str] = []
    for one in messages:
        if one["role"] == "tool":
            yield from _wrong_result(one, open_ids)
        elif open_ids:
            yield "each tool call must have its tool message"
        open_ids += [call["id"] for call in one.get("tool_calls", [])]
        for call in one.get("tool_calls", []):
            if not isinstance(json.loads(call["function"]["arguments"]), dict):
                yield "the arguments of a call must be an object"
    if open_ids:
        yield "each tool call must have its tool message"


def _wrong_result(message: dict[str, Any], open_ids: list[str]) -> Iterator[str]:
    if not open_ids or message.get("tool_call_id") != open_ids.pop(0):
        yield "a tool message must answer the call before it"
    if not isinstance(json.loads(message["content"]), dict):
        yield "the result of a call must be an object"
