"""A whole evening by content: a small Gemini that pours what is named, for rehearsals without a key."""

from __future__ import annotations

import re

from tests.vendors.gemini.script import (
    FunctionCall,
    HttpError,
    Pause,
    RecordedRequest,
    ResponseRule,
    ScriptedRound,
)

WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
REQUEST_PATTERNS = (
    (r"\b(?:pay|close me out|check please|the bill)\b", FunctionCall("create_payment")),
    (r"\b(?:owe|how much|total|damage)\b", FunctionCall("get_bill")),
    (r"\b(?:send it|that's all|that is all|place)\b", FunctionCall("place_order")),
    (r"\b(?:clear|scratch that|start over)\b", FunctionCall("clear_order")),
    (
        r"\b(?:recommend|suggest|fruity|classy|strong)\b",
        FunctionCall("get_recommendation", {"preference": "classy"}),
    ),
    (r"\b(?:menu|what do you have)\b", FunctionCall("get_menu")),
)


def answer_request(asked: RecordedRequest) -> ScriptedRound | None:
    """First what the guest wants done; then what came of it, in the tools' own words."""
    if asked.results:
        return [f"[happy] {_guest_text(asked)}"]
    calls = [*_drinks(asked), *_tip(asked), *_requested_calls(asked)]
    return calls[:6] or ["[happy] Lovely to have you here. ", "What may I pour you tonight?"]


def slowly(rule: ResponseRule, seconds: float) -> ResponseRule:
    def wait(asked: RecordedRequest) -> ScriptedRound | None:
        answer = rule(asked)
        return answer if answer is None or isinstance(answer, HttpError) else [Pause(seconds), *answer]

    return wait


def _guest_text(asked: RecordedRequest) -> str:
    told = [one["response"].get("output") or one["response"].get("error") for one in asked.results]
    texts = [one.get("said", "") if isinstance(one, dict) else str(one) for one in told]
    return " ".join(text for text in texts if text) or "There we are."


def _drinks(asked: RecordedRequest) -> list[FunctionCall]:
    """The live menu is the enum of the tool that adds a drink."""
    names = asked.tools.get("add_to_order", {}).get("properties", {}).get("item", {}).get("enum", [])
    found = []
    for name in names:
        if hit := re.search(rf"(?:\b(\w+) )?\b{re.escape(name.lower())}(?:s|es)?\b", asked.said.lower()):
            quantity = WORDS.get(hit[1] or "", 1)
            found.append(FunctionCall("add_to_order", {"item": name, "quantity": quantity}))
    return found


def _tip(asked: RecordedRequest) -> list[FunctionCall]:
    hit = re.search(r"(\d+) ?(?:%|percent)", asked.said)
    return [FunctionCall("set_tip", {"percent": int(hit[1])})] if hit else []


def _requested_calls(asked: RecordedRequest) -> list[FunctionCall]:
    return [ask for pattern, ask in REQUEST_PATTERNS if re.search(pattern, asked.said.lower())][:1]
