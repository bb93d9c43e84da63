"""Traces of turns, named as OpenTelemetry names the work of language models. The only importer of it.

Off without OTEL_EXPORTER_OTLP_ENDPOINT: nothing of it is imported then, and a span is one shared object that
does nothing. On, spans leave in batches from a thread of their own. What guests say, what Maya answers, what
a tool was given and the text of an error never leave the house: no setting changes that.

    with tracing.execute_tool("add_to_order") as span:
        ...
        span.ended("refused")
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar, Token
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from django.conf import settings

if TYPE_CHECKING:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

Value = str | int | float | bool
AGENT = "Maya"
# A collector that hangs costs the sending thread this much for each batch, and the stopping server no more.
SEND_WITHIN = 2.0
FLUSH_WITHIN = 3.0
EVERY_MS = 1_000
MOST_WAITING = 2_048
# Somebody left while the work went on: the guest said "stop", or hung up. Nothing failed.
LEFT = (asyncio.CancelledError, GeneratorExit)


class Span(Protocol):
    """One piece of work. What it may tell is fixed here, so that nothing else can slip out."""

    def __enter__(self) -> Span: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def ended(self, outcome: str) -> None:
        """How it went, in a word of ours: done, stopped, refused."""

    def failed(self, error: BaseException) -> None:
        """By its type: an error's text may hold what a guest said."""

    def found(self, number: int) -> None:
        """How many passages a retrieval brought."""

    def used(self, model: str, read: int, written: int, cached: int, thoughts: int) -> None:
        """Tokens of the model that really answered."""

    def said(self, characters: Mapping[str, int]) -> None:
        """What each voice was given to say."""


class _Off:
    def __enter__(self) -> _Off:
        return self

    def __exit__(self, *_: object) -> None: ...

    def ended(self, outcome: str) -> None: ...

    def failed(self, error: BaseException) -> None: ...

    def found(self, number: int) -> None: ...

    def used(self, model: str, read: int, written: int, cached: int, thoughts: int) -> None: ...

    def said(self, characters: Mapping[str, int]) -> None: ...


OFF = _Off()


class _On:
    def __init__(self, operation: str, subject: str, attributes: Mapping[str, Value]) -> None:
        self.name = f"{operation} {subject}".rstrip()
        self.attributes = {"gen_ai.operation.name": operation, **attributes}
        self._token: Token[_On | None] | None = None
        self._span: trace.Span

    def __enter__(self) -> _On:
        self._span = _start(self.name, self.attributes, CURRENT.get())
        self._token = CURRENT.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, LEFT):
            self.ended("stopped")
        elif error is not None:
            self.failed(error)
        if self._token is not None:
            with suppress(ValueError):  # a generator that another task closes: its context is gone already
                CURRENT.reset(self._token)
        self._span.end()

    def ended(self, outcome: str) -> None:
        self._span.set_attribute("maya.outcome", outcome)

    def failed(self, error: BaseException) -> None:
        from opentelemetry.trace import StatusCode

        kind = type(error)
        self._span.set_attribute("error.type", f"{kind.__module__}.{kind.__qualname__}")
        self._span.set_status(StatusCode.ERROR)

    def found(self, number: int) -> None:
        self._span.set_attribute("maya.retrieval.passages", number)

    def used(self, model: str, read: int, written: int, cached: int, thoughts: int) -> None:
        self._span.update_name(f"chat {model}")
        self._span.set_attributes(
            {
                "gen_ai.response.model": model,
                "gen_ai.usage.input_tokens": read,
                "gen_ai.usage.output_tokens": written + thoughts,
                "gen_ai.usage.cache_read.input_tokens": cached,
                "gen_ai.usage.reasoning.output_tokens": thoughts,
            }
        )

    def said(self, characters: Mapping[str, int]) -> None:
        self._span.set_attributes({f"maya.characters.{voice}": many for voice, many in characters.items()})

    def ids(self) -> dict[str, str]:
        here = self._span.get_span_context()
        return {"trace_id": f"{here.trace_id:032x}", "span_id": f"{here.span_id:016x}"}


# In whose work we are. Threads that are lent, and tasks that are made on the way, inherit it.
CURRENT: ContextVar[_On | None] = ContextVar("maya_span", default=None)


def invoke_agent(brain: str, visit: str) -> Span:
    """A turn, from the guest's words to the end of the answer."""
    named = {"gen_ai.agent.name": AGENT, "maya.brain": brain, "gen_ai.conversation.id": visit[:8]}
    return _span("invoke_agent", AGENT, named)


def chat(brain: str) -> Span:
    """One round of a brain."""
    return _span("chat", brain, {"gen_ai.request.model": brain})


def execute_tool(name: str) -> Span:
    return _span("execute_tool", name, {"gen_ai.tool.name": name, "gen_ai.tool.type": "function"})


def retrieval(source: str) -> Span:
    """A look into the house's memory."""
    return _span("retrieval", source, {"gen_ai.data_source.id": source})


def speech(voice: str) -> Span:
    """A reply turned into sound, maybe past the end of its turn. The conventions have no name for it yet."""
    return _span("speech", voice, {"gen_ai.provider.name": voice, "gen_ai.output.type": "speech"})


def here() -> dict[str, str]:
    """For a line of the log: the trace it belongs to, if there is one."""
    now = CURRENT.get()
    return now.ids() if now else {}


def start() -> None:
    """Imports what it needs. Asked when the server opens, so that no guest waits for it."""
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        _provider(settings.OTEL_EXPORTER_OTLP_ENDPOINT)


def stop() -> None:
    """Send what waits, and do not wait long for a collector that hangs."""
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        last = threading.Thread(target=_provider(settings.OTEL_EXPORTER_OTLP_ENDPOINT).shutdown, daemon=True)
        _provider.cache_clear()
        last.start()
        last.join(FLUSH_WITHIN)


def _span(operation: str, subject: str, attributes: Mapping[str, Value]) -> Span:
    return _On(operation, subject, attributes) if settings.OTEL_EXPORTER_OTLP_ENDPOINT else OFF


def _start(name: str, attributes: Mapping[str, Value], parent: _On | None) -> trace.Span:
    from opentelemetry import trace

    tracer = _provider(settings.OTEL_EXPORTER_OTLP_ENDPOINT).get_tracer("maya")
    around = trace.set_span_in_context(parent._span) if parent else None
    return tracer.start_span(name, around, trace.SpanKind.INTERNAL, attributes)


@lru_cache(maxsize=1)
def _provider(endpoint: str) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=SEND_WITHIN)
    provider = TracerProvider(resource=Resource.create({"service.name": "maya"}))
    provider.add_span_processor(BatchSpanProcessor(exporter, MOST_WAITING, EVERY_MS))
    return provider
