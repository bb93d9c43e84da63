"""Declares tools, validates a brain's calls, runs them, and turns refusals into results.

What a tool asks for stands above it. Nothing of it is a price, a tab or a guest: a brain has no say in those.
The docstring of its arguments is what a model reads of the tool, so to change one is to change the prompt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol, TypeVar, get_args, get_type_hints

from django.utils.translation import gettext as _
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    ValidationError,
    model_validator,
)

from bartender.dialogue.types import ToolCall
from bartender.errors import AlreadyOrdered
from bartender.facts import FACTS, Effect, Fact, ToolResult
from bartender.facts.service import Refused
from bartender.models.visits import Visit
from bartender.text.speakable import to_speakable
from maya_site.core import tracing
from maya_site.core.errors import Refusal
from maya_site.core.metrics import TOOL_CALLS
from payments.ledger import OperationContext

MAX_TOOL_CALLS = 16  # a table of twelve orders in one sentence, with changes and a tip beside it
TOO_MANY_CALLS_TEXT = "That's as much as I can do at once. Tell me the rest in a moment."

RunT = TypeVar("RunT", bound=Callable[..., Fact])


# --- what a tool may ask for ---------------------------------------------------------------------------


def _parse_integer(value: Any) -> Any:
    """Models also write 2 as 2.0 and as "2". Raises ValueError for anything that is not a whole number."""
    if isinstance(value, str) and re.fullmatch(r"\s*(?:0|[1-9]\d{0,8})(?:\.0{1,9})?\s*", value, re.ASCII):
        return int(float(value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e9:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("give a whole number in figures, like 2")


Integer = Annotated[StrictInt, BeforeValidator(_parse_integer)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Units = Annotated[Integer, Field(ge=1, le=99)]
LineNumber = Annotated[Integer, Field(ge=1, le=9_999, description="The line's number, from get_order")]


class ToolArguments(BaseModel):
    """Unknown fields are refused, not ignored: a brain that sends a price must learn that it has no say in
    it."""

    model_config = ConfigDict(extra="forbid", str_max_length=200)

    @model_validator(mode="before")
    @classmethod
    def _left_out(cls, given: Any) -> Any:
        """A field that is given as null counts as not given."""
        return (
            {name: one for name, one in given.items() if one is not None}
            if isinstance(given, dict)
            else given
        )


class NoArguments(ToolArguments):
    """Takes nothing."""


# --- tools ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ToolContext:
    """For whom a tool runs, and why. It is passed as an argument, never kept in global state."""

    visit: Visit
    cause: OperationContext | None  # None: the tool may only read
    declined_items: frozenset[str] | None = None  # drinks that the guest refuses in this turn; empty: any

    @property
    def operation(self) -> OperationContext:
        """The operation context for services that write. Raises PermissionError if the tool may only read."""
        if self.cause is None:
            raise PermissionError(
                "This tool may only read: declare it with the permission of what it changes."
            )
        return self.cause


@dataclass(frozen=True)
class ToolSpec:
    """All that is known of a tool. `permission`: the effect it may have besides reading."""

    name: str
    arguments_type: type[ToolArguments]
    facts: tuple[type[Fact], ...]  # what it may return
    permission: Effect
    run: Callable[[ToolContext, Any], Fact]

    @property
    def description(self) -> str:
        """What a model is told of the tool: the docstring of its arguments, on one line."""
        return " ".join((self.arguments_type.__doc__ or "").split())


REGISTRY: dict[str, ToolSpec] = {}


def tool(name: str, *, permission: Effect) -> Callable[[RunT], RunT]:
    """Registers `run(context: ToolContext, arguments: ItsSchema) -> ItsFact`.

    The annotations are the schema, and the facts that it returns, joined by "|" if there are several. Raises
    TypeError if they are anything else, and ValueError if the name is taken or a fact has an effect that
    `permission` does not allow.
    """

    def declare(run: RunT) -> RunT:
        hints: dict[str, Any] = get_type_hints(run)
        arguments, returned = hints.get("arguments"), hints.get("return")
        if not (isinstance(arguments, type) and issubclass(arguments, ToolArguments)):
            raise TypeError(f"{name}: annotate `arguments` with a subclass of ToolArguments.")
        facts = get_args(returned) or (returned,)
        for fact in facts:
            if fact not in FACTS.values():
                raise TypeError(f"{name}: annotate what it returns with registered facts, not {fact}.")
            if fact.effect not in ("reads", permission):
                raise ValueError(
                    f"{name} has the permission {permission!r}, {fact.__name__} the effect {fact.effect!r}."
                )
        other = REGISTRY[name].run if name in REGISTRY else run
        if (other.__module__, other.__qualname__) != (run.__module__, run.__qualname__):
            raise ValueError(f"There is a tool {name} already, in {other.__module__}.")
        REGISTRY[name] = ToolSpec(name, arguments, facts, permission, run)
        return run

    return declare


def unregister_tool(name: str) -> None:
    """Raises KeyError if there is no such tool."""
    del REGISTRY[name]


class CallGuard(Protocol):
    """Checks a model's calls of one turn: see `DuplicateCallGuard` in duplicate_calls.py."""

    def earlier_result(self, call: ToolCall) -> ToolResult | None: ...

    def check_call(self, visit: Visit, arguments: ToolArguments, permission: Effect) -> None: ...

    def record_call(
        self, call: ToolCall, arguments: ToolArguments, permission: Effect, result: ToolResult
    ) -> None: ...


@dataclass
class ToolRunner:
    """Runs the tools of one turn.

    A call's idempotency key is made of the turn, the tool, what the call is about, and how often that came.
    Nothing that a brain makes up (call ids, wording, order of fields) is part of it.
    """

    visit: Visit
    turn_id: str
    source: str = "tool"
    declined_items: frozenset[str] | None = None
    call_subjects: list[str] = field(default_factory=list)

    def run_calls(self, calls: Sequence[ToolCall], guard: CallGuard | None = None) -> list[ToolResult]:
        """Runs the calls in order, at most MAX_TOOL_CALLS in a turn. `guard`: for a model's calls, it checks
        repeated ones against the guest's words."""
        results = []
        for call in calls:
            spec = REGISTRY.get(call.name)
            name = spec.name if spec else "unknown"
            with tracing.execute_tool(name) as span:
                result = (
                    self._run_call(spec, call, guard)
                    if spec
                    else ToolResult(call, False, f"There is no tool called {call.name[:40]}.")
                )
                span.set_outcome("done" if result.ok else "refused")
            TOOL_CALLS.labels(name, "ok" if result.ok else "refused").inc()
            results.append(result)
        return results

    def _run_call(self, spec: ToolSpec, call: ToolCall, guard: CallGuard | None) -> ToolResult:
        if len(self.call_subjects) >= MAX_TOOL_CALLS:
            return ToolResult(call, False, _(TOO_MANY_CALLS_TEXT))
        try:
            arguments = spec.arguments_type.model_validate(call.arguments)
        except ValidationError as error:
            self.call_subjects.append(call.name)
            return ToolResult(call, False, _validation_message(error))
        if guard and (first := guard.earlier_result(call)):
            return _refusal_result(call, AlreadyOrdered(), first.text)
        key = self._idempotency_key(spec.name, arguments)
        cause = OperationContext(key, source=self.source, turn=self.turn_id)
        context = ToolContext(self.visit, cause if spec.permission != "reads" else None, self.declined_items)
        try:
            if guard:
                guard.check_call(self.visit, arguments, spec.permission)
            result = ToolResult.of(call, spec.run(context, arguments))
        except Refusal as error:
            echoes = guard is not None and hasattr(error, "requested_name")
            result = _refusal_result(call, error, to_speakable(str(error)) if echoes else "")
        if guard:
            guard.record_call(call, arguments, spec.permission, result)
        return result

    def _idempotency_key(self, name: str, arguments: ToolArguments) -> str:
        """Turn, tool, line or item, and ordinal: the same words of a guest give the same keys again."""
        about = arguments.model_dump(exclude_none=True)
        subject = f"{name}:{about.get('line', '')}:{str(about.get('item', '')).lower()}"
        self.call_subjects.append(subject)
        return f"{self.turn_id}:{subject}:{self.call_subjects.count(subject)}"[:150]


def _refusal_result(call: ToolCall, error: Refusal, text: str = "") -> ToolResult:
    """The result of a refused call, with the error's attributes that JSON can hold. Its `kind` is left out:
    the fact has a field of that name."""
    details = {
        name: value for name, value in vars(error).items() if name != "kind" and _is_json_serializable(value)
    }
    return ToolResult(call, False, text or str(error), Refused(type(error).__name__, details))


def _validation_message(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "arguments"
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"


def _is_json_serializable(value: Any) -> bool:
    try:
        json.dumps(value)
    except TypeError:
        return False
    return True
