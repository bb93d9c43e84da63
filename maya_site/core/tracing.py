"""Traces of turns, named by OpenTelemetry's conventions for language models. The only module that imports
OpenTelemetry.

Without OTEL_EXPORTER_OTLP_ENDPOINT nothing of it is imported, and a span is one shared object that does
nothing. With it, spans are sent in batches from a thread of their own. What guests say, what Maya answers,
what a tool was given and the text of an error are never sent; no setting changes that.

    with tracing.execute_tool("add_to_order") as span:
        ...
        span.set_outcome("refused")
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from contextvars import ContextVar, Token
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from django.conf import settings

from maya_site.core.release import VERSION

if TYPE_CHECKING:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

Value = str | int | float | bool
AGENT_NAME = "Maya"
# A collector that hangs costs the sending thread this much for each batch, and the stopping server no more.
EXPORT_TIMEOUT_SECONDS = 2.0
FLUSH_TIMEOUT_SECONDS = 3.0
EXPORT_INTERVAL_MS = 1_000
MAX_QUEUE = 2_048
# Somebody left while the work went on: the guest said "stop", or hung up. Nothing failed.
CANCELLATIONS = (asyncio.CancelledError, GeneratorExit)


class Span(Protocol):
    """One piece of work. Its methods fix what it may record, so that nothing else can be sent."""

    def __enter__(self) -> Span: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def set_outcome(self, outcome: str) -> None:
        """How the work ended: done, stopped or refused."""

    def record_error(self, error: BaseException) -> None:
        """Records the type of an error. Its text may hold what a guest said."""

    def set_passage_count(self, count: int) -> None:
        """How many passages a retrieval found."""

    def set_token_usage(
        self, model: str, input_tokens: int, output_tokens: int, cached_tokens: int, reasoning_tokens: int
    ) -> None:
        """Tokens of the model that answered."""

    def set_spoken_characters(self, characters: Mapping[str, int]) -> None:
        """How many characters each voice was given."""


class _NoopSpan(AbstractContextManager["_NoopSpan"]):
    def __exit__(self, *_: object) -> None: ...

    def set_outcome(self, outcome: str) -> None: ...

    def record_error(self, error: BaseException) -> None: ...

    def set_passage_count(self, count: int) -> None: ...

    def set_token_usage(
        self, model: str, input_tokens: int, output_tokens: int, cached_tokens: int, reasoning_tokens: int
    ) -> None: ...

    def set_spoken_characters(self, characters: Mapping[str, int]) -> None: ...


NOOP_SPAN = _NoopSpan()


class _RecordingSpan:
    def __init__(self, operation: str, subject: str, attributes: Mapping[str, Value]) -> None:
        self.name = f"{operation} {subject}".rstrip()
        self.attributes = {"gen_ai.operation.name": operation, **attributes}
        self._token: Token[_RecordingSpan | None] | None = None
        self._span: trace.Span

    def __enter__(self) -> _RecordingSpan:
        self._span = _start_otel_span(self.name, self.attributes, CURRENT_SPAN.get())
        self._token = CURRENT_SPAN.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, CANCELLATIONS):
            self.set_outcome("stopped")
        elif error is not None:
            self.record_error(error)
        if self._token is not None:
            with suppress(ValueError):  # a generator that another task closes: its context is gone already
                CURRENT_SPAN.reset(self._token)
        self._span.end()

    def set_outcome(self, outcome: str) -> None:
        self._span.set_attribute("maya.outcome", outcome)

    def record_error(self, error: BaseException) -> None:
        from opentelemetry.trace import StatusCode

        kind = type(error)
        self._span.set_attribute("error.type", f"{kind.__module__}.{kind.__qualname__}")
        self._span.set_status(StatusCode.ERROR)

    def set_passage_count(self, count: int) -> None:
        self._span.set_attribute("maya.retrieval.passages", count)

    def set_token_usage(
        self, model: str, input_tokens: int, output_tokens: int, cached_tokens: int, reasoning_tokens: int
    ) -> None:
        self._span.update_name(f"chat {model}")
        self._span.set_attributes(
            {
                "gen_ai.response.model": model,
                "gen_ai.usage.input_tokens": input_tokens,
                "gen_ai.usage.output_tokens": output_tokens + reasoning_tokens,
                "gen_ai.usage.cache_read.input_tokens": cached_tokens,
                "gen_ai.usage.reasoning.output_tokens": reasoning_tokens,
            }
        )

    def set_spoken_characters(self, characters: Mapping[str, int]) -> None:
        self._span.set_attributes({f"maya.characters.{voice}": many for voice, many in characters.items()})

    def trace_ids(self) -> dict[str, str]:
        here = self._span.get_span_context()
        return {"trace_id": f"{here.trace_id:032x}", "span_id": f"{here.span_id:016x}"}


# In whose work we are. Threads that are lent, and tasks that are made on the way, inherit it.
CURRENT_SPAN: ContextVar[_RecordingSpan | None] = ContextVar("maya_span", default=None)


def invoke_agent(brain: str, visit: str) -> Span:
    """The span of a turn, from the guest's words to the end of the answer."""
    named = {"gen_ai.agent.name": AGENT_NAME, "maya.brain": brain, "gen_ai.conversation.id": visit[:8]}
    return _new_span("invoke_agent", AGENT_NAME, named)


def chat(brain: str) -> Span:
    """The span of one round of a brain."""
    return _new_span("chat", brain, {"gen_ai.request.model": brain})


def execute_tool(name: str) -> Span:
    return _new_span("execute_tool", name, {"gen_ai.tool.name": name, "gen_ai.tool.type": "function"})


def retrieval(source: str) -> Span:
    """The span of a look into the memory."""
    return _new_span("retrieval", source, {"gen_ai.data_source.id": source})


def speech(voice: str) -> Span:
    """The span of a reply turned into sound; it may outlast its turn. The conventions have no name for it
    yet."""
    return _new_span("speech", voice, {"gen_ai.provider.name": voice, "gen_ai.output.type": "speech"})


def current_trace_ids() -> dict[str, str]:
    """The id of the current trace for a log line, if there is one."""
    now = CURRENT_SPAN.get()
    return now.trace_ids() if now else {}


def start() -> None:
    """Imports and starts OpenTelemetry, if it is configured. Called when the server opens, so that no guest
    waits for it."""
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        _tracer_provider(settings.OTEL_EXPORTER_OTLP_ENDPOINT)


def stop() -> None:
    """Sends what waits, without waiting long for a collector that hangs."""
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        last = threading.Thread(
            target=_tracer_provider(settings.OTEL_EXPORTER_OTLP_ENDPOINT).shutdown, daemon=True
        )
        _tracer_provider.cache_clear()
        last.start()
        last.join(FLUSH_TIMEOUT_SECONDS)


def _new_span(operation: str, subject: str, attributes: Mapping[str, Value]) -> Span:
    return (
        _RecordingSpan(operation, subject, attributes) if settings.OTEL_EXPORTER_OTLP_ENDPOINT else NOOP_SPAN
    )


def _start_otel_span(name: str, attributes: Mapping[str, Value], parent: _RecordingSpan | None) -> trace.Span:
    from opentelemetry import trace

    tracer = _tracer_provider(settings.OTEL_EXPORTER_OTLP_ENDPOINT).get_tracer("maya")
    around = trace.set_span_in_context(parent._span) if parent else None
    return tracer.start_span(name, around, trace.SpanKind.INTERNAL, attributes)


def _resource_attributes() -> dict[str, str]:
    return {
        "service.name": "maya",
        "service.version": VERSION,
        "vcs.ref.head.revision": settings.MAYA_COMMIT,
        "deployment.environment.name": settings.PYTHON_ENV,
    }


@lru_cache(maxsize=1)
def _tracer_provider(endpoint: str) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT_SECONDS)
    provider = TracerProvider(resource=Resource.create(_resource_attributes()))
    provider.add_span_processor(BatchSpanProcessor(exporter, MAX_QUEUE, EXPORT_INTERVAL_MS))
    return provider
