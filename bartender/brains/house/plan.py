"""What comes of one thing said: tool calls, words, and what to keep in mind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bartender.brains.base import Call, Scene
from bartender.brains.house.draft import Draft
from bartender.brains.house.lines import Lines
from bartender.brains.house.notebook import Notebook
from bartender.brains.house.smalltalk import chat, feeling
from bartender.conversation.events import Emotion
from bartender.menu.snapshot import Drink

CHANGES = {"add_to_order", "change_order_line", "remove_from_order", "clear_order"}


@dataclass
class Plan:
    scene: Scene
    book: Notebook
    draft: Draft = field(default_factory=Draft)
    calls: list[Call] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    emotion: Emotion = "neutral"
    asked: bool = False
    otherwise: list[str] = field(default_factory=list)  # what is said where the memory has no answer

    def call(self, name: str, **arguments: Any) -> None:
        self.calls.append(Call(name, arguments))

    def say(self, text: str, emotion: Emotion = "happy") -> None:
        if text and text not in self.said:
            self.said.append(text)
            self.emotion = emotion

    def talk(self, kind: str) -> None:
        self.say(chat(kind, self.scene), feeling(kind))

    def ask(self, text: str, **pending: Any) -> None:
        self.book.pending = pending
        self.asked = True
        self.say(text, "thinking")

    @property
    def lines(self) -> Lines:
        return Lines(self.scene, self.book)

    def drink(self, name: str) -> Drink | None:
        return self.scene.menu.find(name)


def finish(plan: Plan) -> None:
    """What was ordered in this breath goes on the tab, after all corrections in it."""
    last = [call for call in plan.calls if call.name not in CHANGES]
    plan.calls = [call for call in plan.calls if call.name in CHANGES]
    for group in plan.draft.groups:
        plan.call("add_to_order", item=group.item, quantity=group.quantity, modifiers=list(group.modifiers))
    plan.calls += last
