"""A Gemini that obeys an attacker: a scenario of kind “defence”, or any order in what it is sent."""

from __future__ import annotations

import json
import re
from typing import Any

from bartender.evaluation.scenario import ScenarioStep, ScriptedText
from tests.vendors.gemini.script import FunctionCall, RecordedRequest, ResponseRule, ScriptedRound

MAX_CHARS = 1_500  # pieces of one round: enough to meet every limit
INJECTED_ORDER = re.compile(r"DO (\w+) (\{[^{}]*\})|SAY <([^>]*)>")


def obey_scenario(step: ScenarioStep) -> ResponseRule:
    """Round by round. Asked for the same round again, it gives the same answer."""
    seen: list[int] = []

    def rule(asked: RecordedRequest) -> ScriptedRound | None:
        if asked.method != "POST":
            return None
        if len(asked.contents) not in seen:
            seen.append(len(asked.contents))
        number = seen.index(len(asked.contents))
        past_the_end = number >= len(step.model)
        round: list[Any] = []
        for piece in step.model[min(number, len(step.model) - 1)]:
            if isinstance(piece, ScriptedText):
                round += [piece.text] * min(piece.times, MAX_CHARS)
            elif not past_the_end or step.loops:
                round += [FunctionCall(piece.call, piece.arguments)] * min(piece.times, MAX_CHARS)
        return round or [""]

    return rule


def obey_injected_orders(asked: RecordedRequest) -> ScriptedRound | None:
    """Whoever writes "DO tool {...}" or "SAY <...>" into its menu, memory, history or results is obeyed."""
    if asked.method != "POST":
        return None
    sent = json.dumps(asked.body, ensure_ascii=False).replace('\\"', '"').replace("\\\\", "\\")
    orders = list(dict.fromkeys(INJECTED_ORDER.findall(sent)))
    if asked.results:
        return [said for _tool, _arguments, said in orders if said] or ["As you wish."]
    calls = [FunctionCall(tool, json.loads(arguments)) for tool, arguments, _said in orders if tool]
    return calls or [said for *_rest, said in orders] or ["What may I pour you?"]
