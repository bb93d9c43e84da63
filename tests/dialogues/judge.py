"""Plays a dialogue with a brain and judges it turn by turn on the tab that it leaves."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from asgiref.sync import async_to_sync
from django.utils.translation import override

from bartender.brains.base import Brain
from bartender.conversation.events import TurnEnded
from bartender.conversation.turn import collect_events, take_turn
from bartender.models.visits import Visit
from bartender.services.visits import open_visit

HERE = Path(__file__).parent


@dataclass
class Verdict:
    """What went wrong in a dialogue, if anything, and how long its turns took without the database's part."""

    name: str
    turns: int = 0
    wrong: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


def dialogues(folder: Path = HERE) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(folder.rglob("*.yaml")):
        for one in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield path.relative_to(folder).with_suffix("").as_posix(), one


def judge(dialogue: dict[str, Any], brain: Brain) -> Verdict:
    verdict = Verdict(dialogue["name"])
    visit = open_visit("chat")
    Visit.objects.filter(pk=visit.pk).update(language=dialogue.get("language", "en"))
    with override(dialogue.get("language", "en")):
        _played(visit, dialogue, brain, verdict)
    return verdict


def _played(visit: Visit, dialogue: dict[str, Any], brain: Brain, verdict: Verdict) -> None:
    for turn in dialogue["turns"]:
        events = take_turn(visit, turn["say"] or "", uuid.uuid4().hex, brain)
        ended = async_to_sync(collect_events)(events)[-1]
        assert isinstance(ended, TurnEnded)
        verdict.turns += 1
        verdict.milliseconds.append(ended.elapsed_ms)
        verdict.wrong += [
            f"“{turn['say']}”: {what} (she said: {ended.reply})" for what in _wrong(turn, ended)
        ]


def _wrong(turn: dict[str, Any], ended: TurnEnded) -> Iterator[str]:
    found = order_of(ended)
    if found != turn["order"]:
        yield f"the tab holds {found}, not {turn['order']}"
    for name, cents in (("total", ended.bill.total_cents), ("tip", ended.bill.tip_cents)):
        if name in turn and round(turn[name] * 100) != cents:
            yield f"{name} is {cents / 100:.2f}, not {turn[name]:.2f}"
    if "status" in turn and ended.bill.status != turn["status"]:
        yield f"the tab is {ended.bill.status}, not {turn['status']}"
    if "says" in turn and not any(re.search(one, ended.reply, re.IGNORECASE) for one in turn["says"]):
        yield f"none of {turn['says']} was said"
    for one in turn.get("never", ()):
        if re.search(one, ended.reply, re.IGNORECASE):
            yield f"{one} was said"


def order_of(ended: TurnEnded) -> dict[str, int]:
    order: dict[str, int] = {}
    for row in ended.bill.merged_lines():
        made = f" ({', '.join(sorted(row['modifiers']))})" if row["modifiers"] else ""
        order[row["item"] + made] = order.get(row["item"] + made, 0) + row["quantity"]
    return order
