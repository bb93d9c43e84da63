"""Declares the tools, validates what a brain sent, runs them, and turns a refusal into an answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from pydantic import ValidationError

from bartender.brains.base import Call, Result
from bartender.records.visits import Visit
from bartender.tools.schemas import Asked
from maya_site.lib import tracing
from maya_site.lib.counters import TOOL_CALLS
from maya_site.lib.errors import Refused
from payments.ledger import Cause

MAX_CALLS = 6
ENOUGH = "That's as much as I can do at once. Tell me the rest in a moment."

A = TypeVar("A", bound=Asked)


@dataclass(frozen=True)
class Guest:
    """For whom a tool runs, and why. An argument, never ambient state."""

    visit: Visit
    cause: Cause


@dataclass(frozen=True)
class Done:
    """What a tool has to say: one sentence, and the committed facts behind it."""

    text: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tool:
    name: str
    asks: type[Asked]
    run: Callable[[Guest, Any], Done]

    @property
    def about(self) -> str:
        return (self.asks.__doc__ or "").strip()


REGISTRY: dict[str, Tool] = {}


def tool(name: str, asks: type[A]) -> Callable[[Callable[[Guest, A], Done]], Callable[[Guest, A], Done]]:
    def declare(run: Callable[[Guest, A], Done]) -> Callable[[Guest, A], Done]:
        REGISTRY[name] = Tool(name, asks, run)
        return run

    return declare


@dataclass
class Toolbelt:
    """The tools of one turn. A call's key is what the guest did: turn, tool, what it is about, how often.

    Nothing that a brain makes up (call ids, wording, order of fields) is part of the key.
    """

    visit: Visit
    turn: str
    source: str = "tool"
    used: list[str] = field(default_factory=list)

    def use(self, calls: Sequence[Call]) -> list[Result]:
        return [self._traced(call) for call in calls]

    def _traced(self, call: Call) -> Result:
        with tracing.execute_tool(call.name if call.name in REGISTRY else "unknown") as span:
            result = self._use(call)
            span.ended("done" if result.ok else "refused")
        return result

    def _use(self, call: Call) -> Result:
        wanted = REGISTRY.get(call.name)
        if wanted is None:
            return self._count("unknown", Result(call, False, f"There is no tool called {call.name[:40]}."))
        if len(self.used) >= MAX_CALLS:
            return self._count(call.name, Result(call, False, _(ENOUGH)))
        try:
            asked = wanted.asks.model_validate(call.arguments)
        except ValidationError as error:
            self.used.append(call.name)
            return self._count(call.name, Result(call, False, _in_words(error)))
        return self._count(call.name, self._run(wanted, call, asked))

    def _run(self, wanted: Tool, call: Call, asked: Asked) -> Result:
        guest = Guest(self.visit, Cause(self._key(wanted.name, asked), source=self.source, turn=self.turn))
        try:
            done = wanted.run(guest, asked)
        except Refused as error:
            return Result(
                call, False, str(error), {"kind": "refused", "error": type(error).__name__, **_data(error)}
            )
        return Result(call, True, done.text, done.facts)

    def _key(self, name: str, asked: Asked) -> str:
        """(turn, tool, canonical item, ordinal): the same guest's words give the same keys again."""
        about = asked.model_dump(exclude_none=True)
        subject = f"{name}:{about.get('line', '')}:{str(about.get('item', '')).lower()}"
        self.used.append(subject)
        return f"{self.turn}:{subject}:{self.used.count(subject)}"[:150]

    def _count(self, name: str, result: Result) -> Result:
        TOOL_CALLS.labels(name, "ok" if result.ok else "refused").inc()
        return result


def _in_words(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "arguments"
    return f"{where}: {first['msg']}"


def _data(error: Refused) -> dict[str, Any]:
    """What the error carries besides its text, if it can be written down."""
    return {name: value for name, value in vars(error).items() if _plain(value)}


def _plain(value: Any) -> bool:
    try:
        json.dumps(value)
    except TypeError:
        return False
    return True
