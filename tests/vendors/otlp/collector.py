"""A collector of traces on loopback: it takes OTLP over HTTP and reads the real protobuf.

with Collector() as collector:
    collector.status = 503      # and from then on it is unwell
    collector.wait(2)           # spans
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

ERROR = 2
TIMEOUT_SECONDS = 10.0


@dataclass
class ReceivedSpan:
    """A span as it came over the wire."""

    name: str
    trace: str
    id: str
    parent: str
    failed: bool
    attributes: dict[str, Any] = field(default_factory=dict)


class Collector:
    def __init__(self) -> None:
        self.status = 200
        self.hang = threading.Event()
        self.hang.set()  # cleared: it takes a request and does not answer
        self.bodies: list[bytes] = []
        self.spans: list[ReceivedSpan] = []
        self.service = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Collector:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hang.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(TIMEOUT_SECONDS)

    def wait_for_spans(self, number: int) -> list[ReceivedSpan]:
        """Until that many spans came."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while len(self.spans) < number and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(self.spans) >= number, [span.name for span in self.spans]
        return self.spans

    def span_named(self, name: str) -> ReceivedSpan:
        return next(span for span in self.spans if span.name == name)

    def receive(self, body: bytes) -> None:
        self.bodies.append(body)
        asked = ExportTraceServiceRequest.FromString(body)
        for group in asked.resource_spans:
            self.service = _parse_attributes(group.resource.attributes)["service.name"]
            for scope in group.scope_spans:
                self.spans += [_parse_span(span) for span in scope.spans]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.hang.wait(TIMEOUT_SECONDS)
                right = (self.path, self.headers["Content-Type"]) == ("/v1/traces", "application/x-protobuf")
                status = collector.status if right else 404
                if status == 200:
                    collector.receive(body)
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None: ...

        return Handler


def _parse_span(span: Span) -> ReceivedSpan:
    return ReceivedSpan(
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        failed=span.status.code == ERROR,
        attributes=_parse_attributes(span.attributes),
    )


def _parse_attributes(attributes: Any) -> dict[str, Any]:
    return {one.key: _parse_value(one.value) for one in attributes}


def _parse_value(value: AnyValue) -> Any:
    return getattr(value, value.WhichOneof("value") or "string_value")
