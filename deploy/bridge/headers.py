"""What travels from the host to Daphne, and what belongs to one connection alone."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from maya_site.core.client_addresses import scope_address
from maya_site.edge.asgi_types import Header, Scope

HOP_BY_HOP_HEADERS = {
    b"connection",
    b"keep-alive",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
# Who is asking is said by us: whatever the guest claims of it stays behind.
FORWARDED_HEADERS = {b"x-forwarded-for", b"x-forwarded-proto"}


def forward_headers(scope: Scope) -> list[Header]:
    """Daphne believes the one hop before it: us."""
    headers = [(name.lower(), value) for name, value in scope["headers"]]
    forwarded = [
        (name, value) for name, value in headers if name not in HOP_BY_HOP_HEADERS | FORWARDED_HEADERS
    ]
    safe = scope.get("scheme", "https") in {"https", "wss"}
    by_us = [
        (b"x-forwarded-for", scope_address(scope).encode()),
        (b"x-forwarded-proto", b"https" if safe else b"http"),
    ]
    return [*forwarded, *by_us]


def return_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[Header]:
    return [(bytes(name), bytes(value)) for name, value in headers if bytes(name) not in HOP_BY_HOP_HEADERS]


def request_target(scope: Scope) -> bytes:
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    query: bytes = scope.get("query_string") or b""
    return path.split(b"?")[0] + (b"?" + query if query else b"")
