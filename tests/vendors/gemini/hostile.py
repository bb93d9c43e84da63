"""A Gemini that obeys an attacker: a scenario of kind “defence”, or any order in what it is sent."""

from __future__ import annotations

import json
import re
from typing import Any

from bartender.evaluation.scenario import Said, Step
from tests.vendors.gemini.script import Ask, Asked, Round, Rule

MOST = 1_500  # pieces of one round: enough to meet every limit
ORDER = re.compile(r"DO (\w+) (\{[^{}]*\})|SAY <([^>]*)>")


def obeying(step: Step) -> Rule:
    """Round by round. Asked for the same round again, it gives the same answer."""
    seen: list[int] = []

    def rule(asked: Asked) -> Round | None:
        if asked.method != "POST":
            return None
        if len(asked.contents) not in seen:
            seen.append(len(asked.contents))
        number = seen.index(len(asked.contents))
        past_the_end = number >= len(step.model)
        round: list[Any] = []
        for piece in step.model[min(number, len(step.model) - 1)]:
            if isinstance(piece, Said):
                round += [piece.text] * min(piece.times, MOST)
            elif not past_the_end or step.loops:
                round += [Ask(piece.call, piece.arguments)] * min(piece.times, MOST)
        return round or [""]

    return rule


def credulous(asked: Asked) -> Round | None:
    """Whoever writes "DO tool {...}" or "SAY <...>" into its menu, memory, history or results is obeyed."""
    if asked.method != "POST":
        return None
    sent = json.dumps(asked.body, ensure_ascii=False).replace('\\"', '"').replace("\\\\", "\\")
    orders = list(dict.fromkeys(ORDER.findall(sent)))
    if asked.results:
        return [said for _tool, _arguments, said in orders if said] or ["As you wish."]
    calls = [Ask(tool, json.loads(arguments)) for tool, arguments, _said in orders if tool]
    return calls or [said for *_rest, said in orders] or ["What may I pour you?"]
